import { DerError } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** CRLReason (RFC 5280 §5.3.1), by its numbers; 7 is not used. */
export const revocationReasonNumbers = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

export type RevocationReason = keyof typeof revocationReasonNumbers;

const enumerated = 0x0a;

/** Reads CRLReason. @throws DerError for a number that has no meaning. */
export function readRevocationReason(element: DerElement): RevocationReason {
  const names = Object.keys(revocationReasonNumbers) as RevocationReason[];
  const reason = names.find((name) => revocationReasonNumbers[name] === element.contents[0]);
  if (element.tag !== enumerated || element.contents.length !== 1 || reason === undefined)
    throw new DerError("der-bad-value", "not a CRLReason", element.offset);
  return reason;
}

/** Whether a revocation cannot be taken back: everything but a suspension (RFC 5280 §5.3.1, RFC 6960 §2.2). */
export function isForGood(reason: RevocationReason | undefined): boolean {
  return reason !== "certificateHold" && reason !== "removeFromCRL";
}
