import { serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What sso reads from its environment. */
export const ssoEnvironment = z.object({
  ...serviceEnvironment(7601),
  /** Folder of the encrypted-file key store; the token key `file:token` is made in it at the first start. */
  KEY_STORE_FOLDER: z.string().min(1),
  /** File with the passphrase of the key store; cookies are signed with a key derived from it. */
  KEY_STORE_PASSPHRASE_FILE: z.string().min(1),
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
