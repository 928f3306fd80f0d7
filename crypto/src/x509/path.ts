import { equalBytes } from "../bytes/index.ts";
import type { Certificate } from "./certificate.ts";
import { findChains } from "./chains.ts";
import { extensionOids } from "./extensions.ts";

export { pathLimits } from "./chains.ts";

export type PathProblemCode =
  | "no-chain"
  | "expired"
  | "not-yet-valid"
  | "not-a-ca"
  | "key-usage"
  | "unknown-critical-extension"
  | "path-too-long";

/** One thing that is wrong with a path. */
export interface PathProblem {
  readonly code: PathProblemCode;
  /** Name of the certificate that has the problem. */
  readonly subject: string;
  /** A sentence for a person. */
  readonly detail: string;
}

export interface PathInput {
  readonly certificate: Certificate;
  /** Candidates from anywhere, e.g. from the document itself. They are not trusted. */
  readonly intermediates: readonly Certificate[];
  /** The certificates that the caller trusts, and nothing else is. */
  readonly anchors: readonly Certificate[];
  /** The time for which validity is judged. */
  readonly at: Date;
}

/** The path is good only if `found` is true and `problems` is empty. */
export interface PathResult {
  /** Every signature up to an anchor is right. Says nothing about validity, flags and usages: see `problems`. */
  readonly found: boolean;
  /** From the certificate to the anchor; empty if none was found. */
  readonly chain: readonly Certificate[];
  readonly problems: readonly PathProblem[];
}

/**
 * Plain path check: chain by names and signatures, validity of every certificate with the anchor's, CA flag,
 * keyCertSign, path length, and unknown critical extensions (a part of RFC 5280 §6.1; name constraints, policies and
 * revocation are not processed, so a critical one of the first two is a problem).
 *
 * An expired certificate still has a chain: `found` is true, and the problem `expired` tells the cause apart from a
 * missing or false issuer. Of several chains the first without problems is taken, else the one with the fewest.
 * Makes at most {@link pathLimits}.signatureChecks signature checks.
 *
 * @throws RangeError if `at` is not a time.
 */
export function checkPath(input: PathInput): PathResult {
  if (Number.isNaN(input.at.getTime())) throw new RangeError("the judging time is not a time");
  const obstacles: PathProblem[] = [];
  let best: { chain: readonly Certificate[]; problems: readonly PathProblem[] } | undefined;
  for (const found of findChains(input)) {
    if ("obstacle" in found) {
      obstacles.push(found.obstacle);
      continue;
    }
    const problems = problemsOf(found.chain, input.at);
    if (best === undefined || problems.length < best.problems.length) best = { chain: found.chain, problems };
    if (problems.length === 0) break;
  }
  return best === undefined ? { found: false, chain: [], problems: obstacles } : { found: true, ...best };
}

function problemsOf(chain: readonly Certificate[], at: Date): PathProblem[] {
  return chain.flatMap((certificate, index) => [
    ...validityProblems(certificate, at),
    ...extensionProblems(certificate),
    ...(index === 0 ? [] : issuerProblems(certificate, chain.slice(1, index))),
  ]);
}

/** RFC 5280 §4.1.2.5: both ends belong to the period. */
function validityProblems(certificate: Certificate, at: Date): PathProblem[] {
  const { notBefore, notAfter } = certificate;
  if (at < notBefore)
    return [problem("not-yet-valid", certificate, `It is valid from ${notBefore.toISOString()}.`)];
  if (at > notAfter)
    return [problem("expired", certificate, `It was valid until ${notAfter.toISOString()}.`)];
  return [];
}

/** What the usage extensions say is for the caller to judge; they are parsed into the certificate. */
const understoodExtensions: ReadonlySet<string> = new Set(Object.values(extensionOids));

function extensionProblems(certificate: Certificate): PathProblem[] {
  return certificate.extensions
    .filter(({ oid, isCritical }) => isCritical && !understoodExtensions.has(oid))
    .map(({ oid }) =>
      problem("unknown-critical-extension", certificate, `The critical extension ${oid} is unknown.`),
    );
}

/** @param below the certificates between this issuer and the end of the path. RFC 5280 §6.1.4 (k)–(n). */
function issuerProblems(issuer: Certificate, below: readonly Certificate[]): PathProblem[] {
  const problems: PathProblem[] = [];
  if (issuer.basicConstraints?.isCa !== true) {
    problems.push(
      problem("not-a-ca", issuer, "It issued a certificate but is not a certificate authority's."),
    );
  }
  if (issuer.keyUsage?.has("keyCertSign") === false) {
    problems.push(problem("key-usage", issuer, "Its key may not sign certificates (no keyCertSign)."));
  }
  const pathLength = issuer.basicConstraints?.pathLength;
  const intermediateCount = below.filter(
    ({ subject, issuer: by }) => !equalBytes(subject.raw, by.raw),
  ).length;
  if (pathLength !== undefined && intermediateCount > pathLength) {
    const detail = `It allows ${String(pathLength)} intermediate certificates below it; there are ${String(intermediateCount)}.`;
    problems.push(problem("path-too-long", issuer, detail));
  }
  return problems;
}

function problem(code: PathProblemCode, certificate: Certificate, detail: string): PathProblem {
  return { code, subject: certificate.subject.text, detail };
}
