import { governanceEnvironment, keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What the desk reads from its environment. */
export const deskEnvironment = z.object({
  ...serviceEnvironment(7600),
  ...keyStoreEnvironment,
  ...governanceEnvironment,
  /** The sign-on service, as its tokens call it. */
  SSO_ISSUER: z.url({ protocol: /^https?$/ }),
  /** As which the desk is registered there; its key is the ring `desk.client`. */
  CLIENT_ID: z.string().min(1).default("desk"),
  SEAL_URL: z.url({ protocol: /^https?$/ }).refine((url) => !url.endsWith("/"), "ends with a slash"),
  /** 1 shows on every page that nothing here has legal force. */
  DESK_SANDBOX: z
    .enum(["0", "1"])
    .default("0")
    .transform((text) => text === "1"),
});
