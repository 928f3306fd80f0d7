import { equalBytes, latin1Of } from "../bytes/index.ts";
import type { Certificate } from "./certificate.ts";
import { verifyCertificateSignature } from "./signature.ts";

/**
 * Real paths have two to four certificates; an attacker's document can bring any number that bear each other's names,
 * which would make the search exponential.
 */
export const pathLimits = { certificates: 10, signatureChecks: 64 } as const;

interface Search {
  readonly anchors: readonly Certificate[];
  /** Without duplicates, the anchors first. */
  readonly issuers: readonly Certificate[];
  signatureChecks: number;
}

/** Why the search could not go on at some place. */
export interface Obstacle {
  readonly code: "no-chain" | "path-too-long";
  readonly subject: string;
  readonly detail: string;
}

export type Found = { readonly chain: readonly Certificate[] } | { readonly obstacle: Obstacle };

/**
 * Every chain from the certificate to an anchor in which all signatures are right, and everything that stood in the
 * way of others. Lazy: costs nothing beyond what is taken from it.
 */
export function findChains(input: {
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
}): Generator<Found, void, undefined> {
  const distinct = new Map<string, Certificate>();
  for (const candidate of [...input.anchors, ...input.intermediates])
    distinct.set(latin1Of(candidate.raw), candidate);
  const issuers = [...distinct.values()];
  return extend({ anchors: input.anchors, issuers, signatureChecks: 0 }, [input.certificate]);
}

function* extend(
  search: Search,
  chain: readonly [Certificate, ...Certificate[]],
): Generator<Found, void, undefined> {
  const last = chain[chain.length - 1] ?? chain[0];
  if (includes(search.anchors, last)) {
    yield { chain };
    return;
  }
  // A certificate that is in the chain already would only lead round in a circle.
  const candidates = candidatesFor(last, search.issuers).filter((candidate) => !includes(chain, candidate));
  if (candidates.length === 0) {
    const isSelfIssued = equalBytes(last.subject.raw, last.issuer.raw);
    const detail = isSelfIssued
      ? "It names itself as its issuer and is not among the trusted certificates."
      : `No certificate of its issuer ${last.issuer.text} is known.`;
    yield obstacle("no-chain", last, detail);
    return;
  }
  if (chain.length >= pathLimits.certificates) {
    yield obstacle(
      "path-too-long",
      last,
      `The path has more than ${String(pathLimits.certificates)} certificates.`,
    );
    return;
  }
  // Two authorities may share a name after a key change, so every candidate is tried (RFC 5280 §4.1.2.4).
  for (const candidate of candidates) {
    if (search.signatureChecks >= pathLimits.signatureChecks) {
      yield obstacle(
        "no-chain",
        last,
        `Given up after ${String(pathLimits.signatureChecks)} signature checks.`,
      );
      return;
    }
    search.signatureChecks += 1;
    if (verifyCertificateSignature(last, candidate.publicKey)) yield* extend(search, [...chain, candidate]);
    else yield obstacle("no-chain", last, whyNotSigned(last, candidate));
  }
}

/** Those with the issuer's name, the one whose key identifier fits first: it costs the fewest signature checks. */
function candidatesFor(certificate: Certificate, issuers: readonly Certificate[]): Certificate[] {
  const wanted = certificate.authorityKeyIdentifier;
  const rank = ({ subjectKeyIdentifier: actual }: Certificate): number =>
    wanted !== undefined && actual !== undefined && equalBytes(wanted, actual) ? 0 : 1;
  return issuers
    .filter(({ subject }) => equalBytes(subject.raw, certificate.issuer.raw))
    .sort((left, right) => rank(left) - rank(right));
}

function whyNotSigned(certificate: Certificate, candidate: Certificate): string {
  const { signatureAlgorithm, signatureAlgorithmOid } = certificate;
  return signatureAlgorithm === undefined
    ? `Its signature algorithm ${signatureAlgorithmOid} is not supported.`
    : `It is not signed by the key of ${candidate.subject.text} with serial number ${candidate.serialNumber}.`;
}

function obstacle(code: Obstacle["code"], certificate: Certificate, detail: string): Found {
  return { obstacle: { code, subject: certificate.subject.text, detail } };
}

function includes(certificates: readonly Certificate[], wanted: Certificate): boolean {
  return certificates.some(({ raw }) => equalBytes(raw, wanted.raw));
}
