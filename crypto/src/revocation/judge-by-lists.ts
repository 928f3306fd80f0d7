import { checkSignature, directoryNamesOf, isSameName, spend } from "../x509/index.ts";
import type { Certificate, Chain, DistributionPoint, Name } from "../x509/index.ts";
import type { CertificateList, RevokedEntry } from "./certificate-list.ts";
import { timeProblem } from "./evidence-time.ts";
import { allReasons, coversCertificate, pointsOf, reasonsCovered, updates } from "./list-scope.ts";
import { findListSigner } from "./list-signer.ts";
import type { ChainIsGood } from "./list-signer.ts";
import { isCutShort, newestFirst } from "./revocation-inquiry.ts";
import type { RevocationInquiry } from "./revocation-inquiry.ts";
import { isForGood } from "./revocation-reason.ts";
import type { RevocationStatus } from "./revocation-status.ts";

/** Of the lists that say nothing, so many are named. */
const mostProblemsTold = 5;

/**
 * What the revocation lists say about the first certificate of a path (RFC 5280 §6.3.3): good when lists for every
 * reason were found, current and signed by who may, and it is on none of them.
 *
 * The newest list is asked first, and the first that names the certificate decides. A revocation after the judged time
 * is reported with `good`. A stale list says nothing of who is not on it, but still who was revoked for good.
 */
export function judgeByLists(inquiry: RevocationInquiry, path: Chain, isGood: ChainIsGood): RevocationStatus {
  const [certificate] = path;
  const { account } = inquiry.search;
  const problems = new Set<string>();
  let covered = 0;
  let newest: CertificateList | undefined;
  for (const { list, point } of applicableLists(inquiry, certificate)) {
    const reasons = reasonsCovered(list, point);
    if ((reasons & ~covered) === 0) continue;
    const usable = prepareList(inquiry, list, path, isGood);
    if ("problem" in usable) {
      // What an older list says is not the latest word when a newer one could not be read.
      if (isCutShort(account)) break;
      problems.add(`The list of ${list.issuer.text} ${usable.problem}.`);
      continue;
    }
    newest ??= usable.decisive;
    const entry = findEntry(usable, certificate);
    if (entry !== undefined) return statusOfEntry(certificate, entry, usable.decisive, inquiry.search.at);
    covered |= reasons;
    if (covered === allReasons) return { certificate, status: "good", source: sourceOf(newest) };
  }
  const told = [...problems].slice(0, mostProblemsTold).join(" ");
  const why = isCutShort(account) ? `${told} Given up: the budget is used up.` : told || whyNone(covered);
  return { certificate, status: "unknown", why: why.trim() };
}

interface ApplicableList {
  readonly list: CertificateList;
  readonly point: DistributionPoint;
}

/** The newest first, whichever distribution point it is for; none if the budget does not allow to look at all. */
function applicableLists(
  { lists, search: { account } }: RevocationInquiry,
  certificate: Certificate,
): readonly ApplicableList[] {
  const found: ApplicableList[] = [];
  for (const point of pointsOf(certificate)) {
    for (const list of issuersAt(point, certificate).flatMap(
      ({ comparable }) => lists.get(comparable) ?? [],
    )) {
      if (!spend(account, "links")) return [];
      if (coversCertificate(list, point, certificate, account)) found.push({ list, point });
    }
  }
  return isCutShort(account) ? [] : found.sort((left, right) => newestFirst(left.list, right.list));
}

/** Who signs the lists of a distribution point. */
function issuersAt({ crlIssuer }: DistributionPoint, { issuer }: Certificate): readonly Name[] {
  return crlIssuer === undefined ? [issuer] : directoryNamesOf(crlIssuer);
}

interface UsableList {
  readonly list: CertificateList;
  readonly delta?: CertificateList;
  /** The one of the two that is the later word. */
  readonly decisive: CertificateList;
}

/** A list that may be relied on, brought up to date by a delta list where there is one (RFC 5280 §6.3.3 (c), (h)). */
function prepareList(
  inquiry: RevocationInquiry,
  list: CertificateList,
  path: Chain,
  isGood: ChainIsGood,
): UsableList | { readonly problem: string } {
  const [certificate] = path;
  const when = { at: inquiry.search.at, now: inquiry.now };
  const [unknown] = list.unknownCriticalExtensions;
  if (unknown !== undefined) return { problem: `has the unknown critical extension ${unknown}` };
  const deltas = (inquiry.deltas.get(list.issuer.comparable) ?? []).filter(
    (delta) =>
      updates(delta, list) &&
      delta.unknownCriticalExtensions.length === 0 &&
      timeProblem(delta, certificate, when) === undefined,
  );
  const problem = timeProblem(list, certificate, when);
  const isStillTrue = problem === undefined || (problem.isStale && namesForGood(list, certificate));
  if (!isStillTrue && deltas.length === 0) return { problem: problem.why };
  const key = findListSigner(inquiry, list, path, isGood);
  if (key === undefined) return { problem: "is not signed by anybody who may" };
  const { memo, account } = inquiry.search;
  const delta = deltas.find((candidate) => checkSignature(memo, account, candidate, key) === true);
  if (delta !== undefined) return { list, delta, decisive: delta };
  return isStillTrue ? { list, decisive: list } : { problem: problem.why };
}

/** No later list can take such a revocation back, so it does not matter how old this one is. */
function namesForGood(list: CertificateList, certificate: Certificate): boolean {
  const entry = entryOf(list, certificate);
  return entry !== undefined && isForGood(entry.reason);
}

/** RFC 5280 §6.3.3 (i)–(k): the delta list first; what it took off the list is not revoked. */
function findEntry({ list, delta }: UsableList, certificate: Certificate): RevokedEntry | undefined {
  const changed = delta === undefined ? undefined : entryOf(delta, certificate);
  if (changed !== undefined) return changed.reason === "removeFromCRL" ? undefined : changed;
  return entryOf(list, certificate);
}

/** The certificate's entry on a list, by its serial number and issuer. */
export function entryOf(
  { entries }: CertificateList,
  { serialNumber, issuer }: Certificate,
): RevokedEntry | undefined {
  const own = (entries.get(serialNumber) ?? []).filter(({ certificateIssuers }) =>
    certificateIssuers.some((name) => isSameName(name, issuer)),
  );
  // Of two entries for one certificate the later counts.
  return own[own.length - 1];
}

function statusOfEntry(
  certificate: Certificate,
  { revokedAt, reason, invalidAt }: RevokedEntry,
  list: CertificateList,
  at: Date,
): RevocationStatus {
  return {
    certificate,
    status: revokedAt > at ? "good" : "revoked",
    revokedAt,
    reason,
    ...(invalidAt && { invalidAt }),
    source: sourceOf(list),
  };
}

function sourceOf({ thisUpdate, nextUpdate, raw }: CertificateList): NonNullable<RevocationStatus["source"]> {
  return { kind: "crl", thisUpdate, ...(nextUpdate && { nextUpdate }), raw };
}

function whyNone(covered: number): string {
  return covered === 0
    ? "There is no revocation list that covers it."
    : "The lists do not cover every reason.";
}
