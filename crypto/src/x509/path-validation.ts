import type { Certificate } from "./certificate.ts";
import type { ExhaustedBudget, PathBudget, PathSpending } from "./path-budget.ts";
import type { PathCandidate, PathFailure } from "./path-failure.ts";
import type { PathPolicy } from "./path-policy.ts";
import { findPaths, openSearch } from "./path-search.ts";
import type { Chain, PathSearch } from "./path-search.ts";
import type { ValidPolicies } from "./policy-graph.ts";
import { walkPath } from "./walk-path.ts";

export interface PathQuestion {
  readonly certificate: Certificate;
  /** Candidates from anywhere, e.g. from the document itself. They are not trusted. */
  readonly intermediates: readonly Certificate[];
  /** The certificates that the caller trusts, and nothing else is. */
  readonly anchors: readonly Certificate[];
  /** The time for which validity is judged. */
  readonly at: Date;
  readonly policy: PathPolicy;
  readonly budget?: PathBudget;
}

export interface PathValidation {
  readonly isValid: boolean;
  /** The valid path, or the one that came nearest, from the certificate towards the anchor. */
  readonly chain: readonly Certificate[];
  /** What is wrong with `chain`; empty if the path is valid. */
  readonly failures: readonly PathFailure[];
  /** The policies under which the path is valid. */
  readonly policies?: ValidPolicies;
  /** Paths that were not taken, in the order tried, at most {@link mostCandidatesKept}; each with its worst failure. */
  readonly candidates: readonly PathCandidate[];
  readonly spent: PathSpending;
  /** The limit that was hit, if one was: a valid path may have been missed. */
  readonly exhausted?: ExhaustedBudget;
}

/** Enough for a person to see what happened; a hostile graph has millions. */
export const mostCandidatesKept = 32;

/**
 * Looks for a path from a certificate to an anchor that is valid by RFC 5280 §6.1, without revocation.
 *
 * The first valid path is taken. If there is none, `failures` tells what is wrong with the path that came nearest, and
 * `candidates` why each of the others was not taken. What it costs is limited by the budget.
 *
 * @throws RangeError if `at` is not a time.
 */
export function validatePath(question: PathQuestion): PathValidation {
  if (Number.isNaN(question.at.getTime())) throw new RangeError("the judging time is not a time");
  const search = openSearch(question);
  const record = createRecord<PathAttempt>(nearness);
  for (const attempt of attemptPaths(search, question.certificate, question.policy)) {
    record.note(attempt);
    if (attempt.failures.length === 0) break;
  }
  const { exhausted, spent } = search.account;
  return {
    ...outcomeOf(question.certificate, record.best()),
    candidates: record.others().map(candidateOf),
    spent,
    ...(exhausted !== undefined && { exhausted }),
  };
}

/** The search always finds something to say; without it there would be no path and no failure, which is not valid. */
function outcomeOf(
  certificate: Certificate,
  best: PathAttempt | undefined,
): Pick<PathValidation, "isValid" | "chain" | "failures" | "policies"> {
  if (best === undefined) return { isValid: false, chain: [certificate], failures: [] };
  const { chain, failures, policies } = best;
  const isValid = failures.length === 0;
  return { isValid, chain, failures, ...(isValid && policies !== undefined && { policies }) };
}

/** One path that was followed, as far as it got. */
export interface PathAttempt {
  readonly chain: Chain;
  /** Whether it reached an anchor by right signatures. */
  readonly isComplete: boolean;
  /** Empty: the path is valid. */
  readonly failures: readonly PathFailure[];
  readonly policies?: ValidPolicies;
}

/** Every path the search finds, walked. Several calls may share one search, its memory and its budget. */
export function* attemptPaths(
  search: PathSearch,
  certificate: Certificate,
  policy: PathPolicy,
): Generator<PathAttempt, void, undefined> {
  for (const found of findPaths(search, certificate)) {
    if (found.isComplete) {
      const walked = walkPath(found.chain, { at: search.at, policy }, search.account);
      yield { chain: found.chain, isComplete: true, ...walked };
    } else {
      const { chain, code, clause, subject, detail } = found;
      yield { chain, isComplete: false, failures: [{ code, clause, subject, detail }] };
    }
  }
}

/** How far a path came; more is nearer. Of equal ones the first counts. */
export function nearness({ isComplete, failures }: PathAttempt): number {
  if (isComplete) return failures.length === 0 ? 4 : failures.every(isAboutTime) ? 3 : 2;
  return failures.some(({ code }) => code === "signature-wrong") ? 1 : 0;
}

function isAboutTime({ code }: { readonly code: string }): boolean {
  return code === "expired" || code === "not-yet-valid";
}

/** The failure that says most: one that no other time would mend, if there is one. */
export function worstFailure<Failure extends { readonly code: string }>(
  failures: readonly Failure[],
): Failure | undefined {
  return failures.find((failure) => !isAboutTime(failure)) ?? failures[0];
}

function candidateOf({ chain, failures }: PathAttempt): PathCandidate {
  const failure = worstFailure(failures);
  if (failure === undefined) throw new Error("a path without a failure is no mere candidate");
  return { chain, ...failure };
}

/** Keeps the best of what was tried, and a bounded number of the others in their order. */
export function createRecord<Attempt>(rank: (attempt: Attempt) => number): {
  note(attempt: Attempt): void;
  best(): Attempt | undefined;
  others(): readonly Attempt[];
} {
  const kept: Attempt[] = [];
  let best: Attempt | undefined;
  return {
    note: (attempt) => {
      if (best === undefined || rank(attempt) > rank(best)) best = attempt;
      if (kept.length <= mostCandidatesKept) kept.push(attempt);
    },
    best: () => best,
    others: () => kept.filter((attempt) => attempt !== best).slice(0, mostCandidatesKept),
  };
}
