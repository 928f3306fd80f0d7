import { governanceEnvironment, keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What the signing service reads from its environment. */
export const signingEnvironment = z.object({
  ...serviceEnvironment(7602),
  ...keyStoreEnvironment,
  ...governanceEnvironment,
  /** The sign-on service, whose tokens are believed. */
  SSO_ISSUER: z.url({ protocol: /^https?$/ }),
  /** This service as a client of the others; its key is the ring `signing.client`. */
  CLIENT_ID: z.string().min(1),
  PKI_URL: z.url({ protocol: /^https?$/ }),
  /** PEM; documents are believed under these roots and no others. */
  TRUST_FILE: z.string().min(1),
});
