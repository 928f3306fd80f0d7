import { judgeAlgorithm } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { attemptPaths, checkSignature, completedKey, isSameName } from "../x509/index.ts";
import type { Certificate, Chain } from "../x509/index.ts";
import type { CertificateList } from "./certificate-list.ts";
import { isSameEntity, maySignLists } from "./revocation-inquiry.ts";
import type { RevocationInquiry } from "./revocation-inquiry.ts";

/** Asks for the status of the certificates of another path; see `judgeChain`, which this must not import. */
export type ChainIsGood = (chain: Chain) => boolean;

/**
 * The key that signed the list and was entitled to: the certificate's own issuer, or another certificate of the list's
 * issuer that has a valid path to the same anchor (RFC 5280 §6.3.3 (f) and (g)).
 *
 * A name alone does not make the issuer: any authority under the anchor could give it away, and with it the power to take
 * back revocations of another. So the other certificate must have the name from the same authority as the issuer (RFC 5280
 * §8), unless the certificate itself names the list's issuer (an indirect list).
 *
 * @param path of the certificate whose status is wanted, its issuer second.
 * @returns SubjectPublicKeyInfo; undefined if nobody entitled signed the list.
 */
export function findListSigner(
  inquiry: RevocationInquiry,
  list: CertificateList,
  path: Chain,
  isGood: ChainIsGood,
): Uint8Array | undefined {
  if (!isAcceptableScheme(inquiry, list)) return undefined;
  const own = keyOfIssuer(inquiry, list, path.slice(1));
  if (own !== undefined) return own;
  const [, issuer] = path;
  const anchor = path[path.length - 1] ?? path[0];
  const answers = inquiry.signers.get(list) ?? [];
  const known = answers.find((answer) => answer.issuer === issuer && answer.anchor === anchor);
  if (known !== undefined) return known.key;
  const circlesBefore = inquiry.circles;
  const key = findElsewhere(inquiry, list, path, isGood);
  // What rests on an assumption is not kept.
  if (inquiry.circles === circlesBefore) inquiry.signers.set(list, [...answers, { issuer, anchor, key }]);
  return key;
}

/** @param issuers of the certificate whose status is wanted, the next one first. */
function keyOfIssuer(
  inquiry: RevocationInquiry,
  list: CertificateList,
  issuers: readonly Certificate[],
): Uint8Array | undefined {
  const [issuer] = issuers;
  if (issuer === undefined || !isSameName(issuer.subject, list.issuer) || !maySignLists(issuer))
    return undefined;
  const key = completedKey(issuers);
  return key !== undefined && isSignedBy(inquiry, list, issuer, key) ? key : undefined;
}

function isAcceptableScheme(
  { search, algorithms }: RevocationInquiry,
  { signatureScheme }: CertificateList,
): boolean {
  return (
    signatureScheme !== undefined &&
    judgeAlgorithm({ scheme: signatureScheme, at: search.at, policy: algorithms }).accepted
  );
}

function findElsewhere(
  inquiry: RevocationInquiry,
  list: CertificateList,
  path: Chain,
  isGood: ChainIsGood,
): Uint8Array | undefined {
  const { search, algorithms } = inquiry;
  const namesakes = search.bySubject.get(list.issuer.comparable)?.all ?? [];
  for (const candidate of namesakes) {
    if (!maySignLists(candidate) || !isSignedBy(inquiry, list, candidate, candidate.publicKey)) continue;
    for (const { chain, failures } of attemptPaths(search, candidate, { algorithms })) {
      if (failures.length === 0 && isEntitled(chain, list, path) && isGood(chain)) return candidate.publicKey;
    }
  }
  return undefined;
}

/** @param chain of a certificate with the list's issuer as its subject. */
function isEntitled(chain: Chain, { issuer: listIssuer }: CertificateList, path: Chain): boolean {
  const [certificate, ...issuers] = path;
  const [issuer, ...above] = issuers;
  if (issuer === undefined || !isSameEntity(topOf(chain), topOf(path))) return false;
  const isIndirect = !isSameName(certificate.issuer, listIssuer);
  return isIndirect || isSameEntity(namerOf(chain), namerOf([issuer, ...above]));
}

function topOf(chain: Chain): Certificate {
  return chain[chain.length - 1] ?? chain[0];
}

/** The authority that gave the first certificate its name: those that it issued to itself, as new keys, do not count. */
function namerOf(chain: Chain): Certificate {
  const named = chain.findIndex(({ issuer, subject }) => !isSameName(issuer, subject));
  return (named === -1 ? undefined : chain[named + 1]) ?? topOf(chain);
}

/** Key identifiers, if both say one, spare a signature check. */
function isSignedBy(
  { search }: RevocationInquiry,
  list: CertificateList,
  { subjectKeyIdentifier }: Certificate,
  key: Uint8Array,
): boolean {
  const wanted = list.authorityKey?.keyIdentifier;
  if (
    wanted !== undefined &&
    subjectKeyIdentifier !== undefined &&
    !equalBytes(wanted, subjectKeyIdentifier)
  ) {
    return false;
  }
  return checkSignature(search.memo, search.account, list, key) === true;
}
