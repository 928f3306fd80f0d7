import { equalBytes } from "../bytes/index.ts";
import { isSameName } from "../x509/index.ts";
import type { Certificate, PathAccount, PathSearch } from "../x509/index.ts";
import type { CertificateList } from "./certificate-list.ts";
import type { OcspResponse } from "./ocsp-response.ts";
import type { RevocationStatus } from "./revocation-status.ts";

/** What was gathered about revocation, from anywhere: none of it is trusted before it was checked. */
export interface Evidence {
  readonly crls: readonly CertificateList[];
  readonly ocspResponses: readonly OcspResponse[];
}

/** Everything that the questions about revocation of one judgement share. */
export interface RevocationInquiry {
  readonly search: PathSearch;
  readonly algorithms: "default" | "conformance";
  /** When the judging happens: evidence may be later than the judged time, but not later than this. */
  readonly now: Date;
  /** Complete lists by the comparable name of their issuer, the newest first. */
  readonly lists: ReadonlyMap<string, readonly CertificateList[]>;
  readonly deltas: ReadonlyMap<string, readonly CertificateList[]>;
  readonly ocspResponses: readonly OcspResponse[];
  /** Answers found already, by certificate. */
  readonly known: Map<Certificate, KnownStatus[]>;
  /** Certificates whose status is being asked now. */
  readonly asking: Set<Certificate>;
  /** How often a question led back to one of those. */
  circles: number;
  /** The signers of lists that were looked for. */
  readonly signers: Map<CertificateList, KnownSigner[]>;
}

/** The key that signed a list, for certificates of one issuer under one anchor; `undefined`: nobody who may. */
export interface KnownSigner {
  readonly issuer: Certificate | undefined;
  readonly anchor: Certificate;
  readonly key: Uint8Array | undefined;
}

/** An answer holds for one issuer's certificate and one anchor: another path may have other signers of lists. */
export interface KnownStatus {
  readonly issuer: Certificate | undefined;
  readonly anchor: Certificate | undefined;
  readonly status: RevocationStatus;
}

export function openInquiry(
  search: PathSearch,
  evidence: Evidence,
  options: { readonly algorithms: "default" | "conformance"; readonly now: Date },
): RevocationInquiry {
  return {
    search,
    ...options,
    lists: byIssuer(evidence.crls.filter(({ baseNumber }) => baseNumber === undefined)),
    deltas: byIssuer(evidence.crls.filter(({ baseNumber }) => baseNumber !== undefined)),
    ocspResponses: evidence.ocspResponses,
    known: new Map(),
    asking: new Set(),
    circles: 0,
    signers: new Map(),
  };
}

function byIssuer(lists: readonly CertificateList[]): Map<string, CertificateList[]> {
  const found = new Map<string, CertificateList[]>();
  for (const list of [...lists].sort(newestFirst)) {
    const sameIssuer = found.get(list.issuer.comparable);
    if (sameIssuer === undefined) found.set(list.issuer.comparable, [list]);
    else sameIssuer.push(list);
  }
  return found;
}

/** By time, and within a second by number. */
export function newestFirst(left: CertificateList, right: CertificateList): number {
  const later = right.thisUpdate.getTime() - left.thisUpdate.getTime();
  return later === 0 ? Number((right.number ?? 0n) - (left.number ?? 0n)) : later;
}

/**
 * Whether something was left unread because the budget was used up: then nothing follows from what was not found. The
 * depth of paths is no such limit, since it cuts off no honest one.
 */
export function isCutShort({ exhausted }: PathAccount): boolean {
  return exhausted !== undefined && exhausted !== "depth";
}

/** Whether a certificate's key may sign revocation lists (RFC 5280 §4.2.1.3). */
export function maySignLists({ keyUsage }: Certificate): boolean {
  return keyUsage === undefined || keyUsage.has("cRLSign");
}

/**
 * Whether two certificates are of one authority: of one name and key. RFC 5280 §6.3.3 (f) wants a list to be vouched for
 * by the certificate's own anchor.
 */
export function isSameEntity(left: Certificate, right: Certificate): boolean {
  return isSameName(left.subject, right.subject) && equalBytes(left.publicKey, right.publicKey);
}
