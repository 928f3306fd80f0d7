import { equalBytes } from "../bytes/index.ts";
import type { Certificate } from "./certificate.ts";
import { completedKey, inheritsParameters } from "./dsa-parameters.ts";
import { likeliestFirst, sortNamesakes } from "./namesakes.ts";
import type { Namesakes } from "./namesakes.ts";
import { createOctetNames } from "./octet-names.ts";
import { mayContinue, openAccount, spend } from "./path-budget.ts";
import type { PathAccount, PathBudget } from "./path-budget.ts";
import { pathFailure } from "./path-failure.ts";
import type { PathCandidate } from "./path-failure.ts";
import { checkSignature, createSignatureMemo } from "./signature-memo.ts";
import type { SignatureMemo } from "./signature-memo.ts";

/** Everything that a search for paths works with; several searches of one judgement share one. */
export interface PathSearch {
  readonly at: Date;
  readonly anchors: readonly Certificate[];
  /** Without duplicates, by the comparable subject. */
  readonly bySubject: ReadonlyMap<string, Namesakes>;
  readonly account: PathAccount;
  readonly memo: SignatureMemo;
}

export type Chain = readonly [Certificate, ...Certificate[]];

/** A chain of right signatures that ends at an anchor, or one that could not be continued. */
export type FoundPath =
  { readonly chain: Chain; readonly isComplete: true } | (PathCandidate & { readonly isComplete: false });

export function openSearch(input: {
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly at: Date;
  readonly budget?: PathBudget | undefined;
}): PathSearch {
  const nameOf = createOctetNames();
  const bySubject = new Map<string, Certificate[]>();
  const seen = new Set<string>();
  for (const candidate of [...input.anchors, ...input.intermediates]) {
    const raw = nameOf(candidate.raw);
    if (seen.has(raw)) continue;
    seen.add(raw);
    const sameName = bySubject.get(candidate.subject.comparable);
    if (sameName === undefined) bySubject.set(candidate.subject.comparable, [candidate]);
    else sameName.push(candidate);
  }
  return {
    at: input.at,
    anchors: input.anchors,
    bySubject: new Map(
      [...bySubject].map(
        ([name, same]) => [name, sortNamesakes(same, input.anchors, input.at, nameOf)] as const,
      ),
    ),
    account: openAccount(input.budget),
    memo: createSignatureMemo(nameOf),
  };
}

/**
 * Every chain from the certificate to an anchor in which all signatures are right, and everything that stood in the way
 * of others. Goes from the end upwards (RFC 4158 §2.3), the likeliest issuer first; lazy, and within the budget.
 */
export function* findPaths(
  search: PathSearch,
  certificate: Certificate,
): Generator<FoundPath, void, undefined> {
  yield* extend(search, [certificate]);
}

function* extend(search: PathSearch, chain: Chain): Generator<FoundPath, void, undefined> {
  const { account } = search;
  if (includes(search.anchors, lastOf(chain))) {
    yield completed(search, chain);
  } else if (chain.length < account.budget.depth) {
    yield* goOn(search, chain);
  } else {
    account.exhausted ??= "depth";
    const detail = `The path has more than ${String(account.budget.depth)} certificates.`;
    yield obstacle("budget-exhausted", "RFC 5280 §6.1", chain, detail);
  }
}

function* goOn(search: PathSearch, chain: Chain): Generator<FoundPath, void, undefined> {
  const last = lastOf(chain);
  let isTried = false;
  // Two authorities may share a name after a key change, so every candidate is tried (RFC 5280 §4.1.2.4).
  for (const candidate of issuersOf(search, last)) {
    // Counted before it is looked at: certificates that lead round cost time too.
    if (!mayContinue(search.account) || !spend(search.account, "links")) {
      yield givenUp(chain);
      return;
    }
    if (leadsRound(search, chain, candidate)) continue;
    isTried = true;
    yield* tryIssuer(search, chain, candidate);
    if (isHopeless(search.account)) return;
  }
  if (!isTried) yield obstacle("no-chain", "RFC 5280 §6.1.3 (a)(4)", chain, whyNoIssuer(last));
}

function lastOf(chain: Chain): Certificate {
  return chain[chain.length - 1] ?? chain[0];
}

function* tryIssuer(
  search: PathSearch,
  chain: Chain,
  issuer: Certificate,
): Generator<FoundPath, void, undefined> {
  const last = lastOf(chain);
  // The parameters of such a key stand further up: its signatures are checked when the path is complete.
  const isRight =
    inheritsParameters(issuer) || checkSignature(search.memo, search.account, last, issuer.publicKey);
  if (isRight === undefined) yield givenUp(chain);
  else if (isRight) yield* extend(search, [...chain, issuer]);
  else yield wrongSignature(chain, last, issuer);
}

/** Nothing that is still to come can be followed. */
function isHopeless({ exhausted }: PathAccount): boolean {
  return (
    exhausted !== undefined &&
    exhausted !== "depth" &&
    exhausted !== "policyNodes" &&
    exhausted !== "nameComparisons"
  );
}

function completed(search: PathSearch, chain: Chain): FoundPath {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined || !inheritsParameters(issuer)) continue;
    const key = completedKey(chain.slice(index + 1));
    const isRight = key !== undefined && checkSignature(search.memo, search.account, certificate, key);
    if (isRight === undefined) return givenUp(chain);
    if (!isRight) return wrongSignature(chain, certificate, issuer);
  }
  return spend(search.account, "paths") ? { chain, isComplete: true } : givenUp(chain);
}

/** A certificate again, or its name and key again, would only lead round in a circle (RFC 4158 §5.2). */
function leadsRound({ memo: { nameOf } }: PathSearch, chain: Chain, candidate: Certificate): boolean {
  return chain.some(
    ({ raw, subject, publicKey }, index) =>
      nameOf(raw) === nameOf(candidate.raw) ||
      (index > 0 &&
        subject.comparable === candidate.subject.comparable &&
        nameOf(publicKey) === nameOf(candidate.publicKey)),
  );
}

/** Those with the issuer's name, the likeliest first. */
function issuersOf({ bySubject, memo }: PathSearch, certificate: Certificate): Iterable<Certificate> {
  const namesakes = bySubject.get(certificate.issuer.comparable);
  return namesakes === undefined ? [] : likeliestFirst(namesakes, certificate, memo.nameOf);
}

function whyNoIssuer(certificate: Certificate): string {
  return certificate.issuer.comparable === certificate.subject.comparable
    ? "It names itself as its issuer and is not among the trusted certificates."
    : `No certificate of its issuer ${certificate.issuer.text} is known.`;
}

function wrongSignature(chain: Chain, certificate: Certificate, issuer: Certificate): FoundPath {
  const { signatureScheme, signatureAlgorithmOid } = certificate;
  const clause = "RFC 5280 §6.1.3 (a)(1)";
  if (signatureScheme === undefined) {
    const detail = `Its signature algorithm ${signatureAlgorithmOid} is unknown.`;
    return obstacle("algorithm-unknown", clause, chain, detail, certificate);
  }
  const detail = `It is not signed by the key of ${issuer.subject.text} with serial number ${issuer.serialNumber}.`;
  return obstacle("signature-wrong", clause, chain, detail, certificate);
}

function givenUp(chain: Chain): FoundPath {
  const detail = "Given up here: the budget of this judgement is used up.";
  return obstacle("budget-exhausted", "RFC 5280 §6.1", chain, detail);
}

function obstacle(
  code: PathCandidate["code"],
  clause: string,
  chain: Chain,
  detail: string,
  certificate: Certificate = lastOf(chain),
): FoundPath {
  return { ...pathFailure(code, clause, certificate, detail), chain, isComplete: false };
}

function includes(certificates: readonly Certificate[], wanted: Certificate): boolean {
  return certificates.some((known) => known === wanted || equalBytes(known.raw, wanted.raw));
}
