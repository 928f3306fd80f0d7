import { judgeCertificate } from "@yinxin/crypto/revocation";
import type { CertificateList, RevocationStatus } from "@yinxin/crypto/revocation";
import type { Certificate } from "@yinxin/crypto/x509";

/** What is known of revoked certificates of officers, and when that is asked. */
export interface OfficerRevocation {
  /** Of whoever issues officers' certificates; from anywhere, since they are signed. */
  readonly crls: readonly CertificateList[];
  /** The time of the asking: a list of before that may speak of what was signed earlier. */
  readonly now: Date;
}

/** Whether an officer's certificate may be relied on at a time. */
export interface OfficerStanding {
  /** `unknown`: nothing is known to be wrong, but no usable list says that it is not revoked. */
  readonly standing: "good" | "revoked" | "unknown" | "not-valid";
  readonly detail: string;
  readonly clause?: string;
  /** With `good`: it was revoked later, or the key may have been in wrong hands since; what it signed must be proved to be older. */
  readonly revokedSince?: Date;
}

export interface OfficerCertificate {
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
}

/**
 * Judges an officer's certificate for a time (RFC 5280 §6.1, §6.3): the officer's own must be known not to be revoked; an authority
 * above it is not revoked as far as the lists say.
 */
export function judgeOfficer(
  { certificate, intermediates, anchors }: OfficerCertificate,
  at: Date,
  { crls, now }: OfficerRevocation,
): OfficerStanding {
  const judged = judgeCertificate({
    ...{ certificate, intermediates, anchors, at },
    now: now < at ? at : now,
    evidence: { crls, ocspResponses: [] },
    policy: { algorithms: "default", requiredKeyUsage: ["digitalSignature"], revocation: "if-present" },
  });
  const { detail = "", clause } = judged;
  const standing = judged.code === "revoked" ? "revoked" : standings[judged.result];
  if (standing !== "good") return { standing, detail, ...(clause !== undefined && { clause }) };
  return knownGood(judged.revocation);
}

const standings = { passed: "good", unknown: "unknown", failed: "not-valid" } as const;

/** Of a path that nothing is wrong with, what is known of the revocation of the certificates in it. */
function knownGood(revocation: readonly RevocationStatus[]): OfficerStanding {
  const [own] = revocation;
  if (own?.status !== "good") {
    const detail = own?.why ?? "There is no revocation list that covers it.";
    return { standing: "unknown", detail, clause: "RFC 5280 §6.3.3" };
  }
  const times = revocation.flatMap(({ revokedAt, invalidAt }) => [revokedAt ?? [], invalidAt ?? []].flat());
  const [since] = times.sort((one, other) => one.getTime() - other.getTime());
  const detail = "It was on no revocation list then.";
  return { standing: "good", detail, ...(since && { revokedSince: since }) };
}
