import { keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What sso reads from its environment. */
export const ssoEnvironment = z.object({
  ...serviceEnvironment(7601),
  // The token key `file:token` is made at the first start; cookies are signed with a key derived from the passphrase.
  ...keyStoreEnvironment,
  /** The signed manifest of units, people and clients: one compact JWS. */
  SSO_BOOTSTRAP_FILE: z.string().min(1),
  /** PEM of the public key (P-256) that must have signed it. */
  SSO_BOOTSTRAP_KEY_FILE: z.string().min(1),
  /** 1 shows on every page that nothing here has legal force. */
  SSO_SANDBOX: z
    .enum(["0", "1"])
    .default("0")
    .transform((text) => text === "1"),
});
