import { governanceEnvironment, keyStoreEnvironment, serviceEnvironment } from "@yinxin/service-kit/config";
import { z } from "zod";

/** What the seal service reads from its environment. */
export const sealEnvironment = z.object({
  ...serviceEnvironment(7603),
  // Seal owners' keys, the maker's, and this service's as a client.
  ...keyStoreEnvironment,
  ...governanceEnvironment,
  SSO_ISSUER: z.url(),
  /** This service as a client of the sign-on service; its keys are the ring `seal.client`. */
  CLIENT_ID: z.string().min(1),
  PKI_URL: z.url(),
  /** PEM: roots, which are trusted, and authorities under them, which are only known. */
  TRUST_FILE: z.string().min(1),
  /** TrueType or OpenType; seal faces are drawn with it and with no other. */
  SEAL_FONT_FILE: z.string().min(1),
  /** PostScript name of the member to use, if the font file is a collection. */
  SEAL_FONT_NAME: z.string().min(1).optional(),
  /** Organization in the maker's certificate. */
  SEAL_MAKER_ORGANIZATION: z.string().min(1).max(64).default("印信印章制作单位"),
});
