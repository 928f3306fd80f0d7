import { governanceEnvironment, keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** A day: a rotation that has to wait longer for copies is a client to be mended. */
const cacheSecondsMax = 24 * 60 * 60;

/** What sso reads from its environment. */
export const ssoEnvironment = z.object({
  ...serviceEnvironment(7601),
  // The token key is made at the first start; cookies are signed with a key derived from the passphrase.
  ...keyStoreEnvironment,
  ...governanceEnvironment,
  /** Seconds that a client may keep `/jwks`. A new token key is shown at least so long before it signs. */
  SSO_JWKS_MAX_AGE_SECONDS: z.coerce.number().int().min(10).max(cacheSecondsMax).default(300),
  /**
   * Seconds that the slowest client keeps its copy, whatever it is told. The default is that of Apache's mod_auth_openidc
   * (`OIDCJWKSRefreshInterval`); the suite's own services keep theirs five minutes at most.
   */
  SSO_CLIENT_CACHE_SECONDS: z.coerce.number().int().min(0).max(cacheSecondsMax).default(3600),
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
