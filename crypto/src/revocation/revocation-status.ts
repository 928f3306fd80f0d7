import type { Certificate } from "../x509/index.ts";
import type { RevocationReason } from "./revocation-reason.ts";

/** What is known of one certificate's revocation at the judging time. */
export interface RevocationStatus {
  readonly certificate: Certificate;
  /** `not-checked`: the policy did not ask, or it is the anchor, which no one can revoke but the caller. */
  readonly status: "good" | "revoked" | "unknown" | "not-checked";
  /** Also with `good`: revoked, but only after the judging time. */
  readonly revokedAt?: Date;
  readonly reason?: RevocationReason;
  /** Since when the key may have been in wrong hands, as the authority says (RFC 5280 §5.3.2). */
  readonly invalidAt?: Date;
  readonly source?: RevocationSource;
  /** Why it is unknown: what was wrong with each piece of evidence that could have said something. */
  readonly why?: string;
}

/** The evidence that decided. */
export interface RevocationSource {
  readonly kind: "crl" | "ocsp";
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  /** DER of the list or response. */
  readonly raw: Uint8Array;
}
