import type { PathPolicy } from "../x509/index.ts";

/** What a caller asks of a certificate: a path that pleases him, and how much he must know of revocation. */
export interface CertificatePolicy extends PathPolicy {
  /**
   * `none`: do not look. `if-present`: a certificate that some usable evidence calls revoked is revoked, and missing
   * evidence is no obstacle (evidence that was there and not read, because the budget was used up, is one). `required`: every certificate below the anchor must be known to be good.
   */
  readonly revocation: "none" | "if-present" | "required";
}
