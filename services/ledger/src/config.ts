import { governanceEnvironment, keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What the ledger reads from its environment. */
export const ledgerEnvironment = z.object({
  ...serviceEnvironment(7604),
  ...keyStoreEnvironment,
  ...governanceEnvironment,
  /** The sign-on service, whose tokens are believed. */
  SSO_ISSUER: z.url({ protocol: /^https?$/ }),
  /** PEM; a sealed document is believed under these roots and no others. */
  TRUST_FILE: z.string(),
  /** This service as a client of the others; its keys are the ring `ledger.client`. */
  CLIENT_ID: z.string().min(1),
  /** The certificate service, which tells of authorities that came to be since TRUST_FILE was written. */
  PKI_URL: z.url({ protocol: /^https?$/ }),
  SEAL_URL: z.url({ protocol: /^https?$/ }),
  /** The font that goes into every license; see README.md. */
  LEDGER_FONT_FILE: z.string(),
  /** The log's name for good; a log that exists under another name is refused. */
  LEDGER_ORIGIN: z
    .string()
    .regex(/^[A-Za-z0-9./_-]{1,100}$/)
    .default("yinxin.local/ledger"),
});
