import type { Certificate } from "./certificate.ts";
import {
  authorityProblem,
  extendedUsageProblem,
  extensionProblem,
  keyProblem,
  purposeProblem,
  signatureAlgorithmProblem,
  validityProblem,
} from "./certificate-problems.ts";
import { nameProblem } from "./name-constraints.ts";
import type { PathAccount } from "./path-budget.ts";
import { pathFailure } from "./path-failure.ts";
import type { PathFailure } from "./path-failure.ts";
import type { PathPolicy } from "./path-policy.ts";
import { profileProblem } from "./profile-problems.ts";
import {
  countDownPolicies,
  createPathState,
  isSelfIssued,
  takeInLimits,
  takeInNameConstraints,
} from "./path-state.ts";
import type { PathState } from "./path-state.ts";
import { addPolicies, anyPolicy, clearPolicies, conclude, mapPolicies } from "./policy-graph.ts";
import type { ValidPolicies } from "./policy-graph.ts";

export interface WalkedPath {
  /** Everything that is wrong with the path, in the order of the algorithm; empty: the path is valid. */
  readonly failures: readonly PathFailure[];
  readonly policies: ValidPolicies;
}

export interface WalkRules {
  readonly at: Date;
  readonly policy: PathPolicy;
}

/**
 * Walks a chain from its anchor to its end by RFC 5280 §6.1, without signatures, which made the chain, and without
 * revocation. Every step is made, also after one failed, so that an expired certificate does not hide a forbidden one.
 *
 * The anchor is a certificate, and what it says about itself holds too: its validity, its flags, its constraints
 * (RFC 5937 §3.2; RFC 5280 §6.2 leaves it to us).
 *
 * @param chain from the end to the anchor; the anchor alone if that is the end.
 */
export function walkPath(
  chain: readonly [Certificate, ...Certificate[]],
  { at, policy }: WalkRules,
  account: PathAccount,
): WalkedPath {
  const state = createPathState(policy, chain.length - 1);
  const failures: PathFailure[] = [];
  const note = (failure: PathFailure | undefined): void => {
    if (failure !== undefined) failures.push(failure);
  };
  const [end, ...above] = chain;
  for (const [index, certificate] of above.reverse().entries()) {
    const below = above[index + 1] ?? end;
    note(validityProblem(certificate, at));
    if (index > 0) {
      note(nameAndPolicyProblem(certificate, state, account, false));
      note(mappingProblem(certificate, state, account));
      note(pathLengthProblem(certificate, state));
    }
    prepareForNext(certificate, state, index > 0);
    note(authorityProblem(certificate, index === 0));
    note(extensionProblem(certificate, false));
    if (policy.mustFollowProfile === true) note(profileProblem(certificate));
    if (policy.nestedExtendedKeyUsage === true) note(extendedUsageProblem(certificate, policy));
    note(signatureAlgorithmProblem(below, certificate, at, policy));
  }
  note(validityProblem(end, at));
  if (above.length > 0) note(nameAndPolicyProblem(end, state, account, true));
  const policies = conclude(state.graph, policy.initialPolicySet);
  if (above.length > 0) note(policyOutcomeProblem(end, state, policies));
  note(extensionProblem(end, true));
  if (policy.mustFollowProfile === true) note(profileProblem(end));
  note(keyProblem(end, at, policy));
  note(purposeProblem(end, policy));
  return { failures, policies };
}

/** RFC 5280 §6.1.3 (b)–(f) */
function nameAndPolicyProblem(
  certificate: Certificate,
  state: PathState,
  account: PathAccount,
  isLast: boolean,
): PathFailure | undefined {
  const selfIssued = isSelfIssued(certificate);
  const isExempt = selfIssued && !isLast;
  const nameFailure = isExempt ? undefined : nameProblem(certificate, state.names, account);
  if (certificate.certificatePolicies === undefined) clearPolicies(state.graph);
  else {
    const mayUseAny = state.inhibitAnyPolicy > 0 || isExempt;
    if (!addPolicies(state.graph, certificate.certificatePolicies, mayUseAny, account)) {
      return tooManyPolicies(certificate);
    }
  }
  if (nameFailure !== undefined) return nameFailure;
  if (state.explicitPolicy > 0 || state.graph.levels !== undefined) return undefined;
  const detail = "A policy is required here, and none that was valid so far goes on.";
  return pathFailure("policy-required", "RFC 5280 §6.1.3 (f)", certificate, detail);
}

/** RFC 5280 §6.1.4 (a) and (b) */
function mappingProblem(
  certificate: Certificate,
  state: PathState,
  account: PathAccount,
): PathFailure | undefined {
  const { policyMappings } = certificate;
  if (policyMappings === undefined) return undefined;
  const mapsAny = policyMappings.some(
    ({ issuerDomainPolicy, subjectDomainPolicy }) =>
      issuerDomainPolicy === anyPolicy || subjectDomainPolicy === anyPolicy,
  );
  if (mapsAny) {
    const detail = "It maps anyPolicy to another policy, or another to it.";
    return pathFailure("policy-mapping-wrong", "RFC 5280 §6.1.4 (a)", certificate, detail);
  }
  return mapPolicies(state.graph, policyMappings, state.policyMapping > 0, account)
    ? undefined
    : tooManyPolicies(certificate);
}

function tooManyPolicies(certificate: Certificate): PathFailure {
  const detail = "Given up: too many policies and mappings.";
  return pathFailure("budget-exhausted", "RFC 9618 §5", certificate, detail);
}

/** RFC 5280 §6.1.4 (l) */
function pathLengthProblem(certificate: Certificate, state: PathState): PathFailure | undefined {
  if (isSelfIssued(certificate)) return undefined;
  if (state.pathLength > 0) {
    state.pathLength -= 1;
    return undefined;
  }
  const detail = "An authority above it allows no further intermediate certificate.";
  return pathFailure("path-too-long", "RFC 5280 §6.1.4 (l)", certificate, detail);
}

/** RFC 5280 §6.1.4 (g)–(j) and (m); the anchor does not count as a step of the path. */
function prepareForNext(certificate: Certificate, state: PathState, isInPath: boolean): void {
  takeInNameConstraints(state, certificate);
  if (isInPath && !isSelfIssued(certificate)) countDownPolicies(state);
  takeInLimits(state, certificate);
}

/** RFC 5280 §6.1.5 (a), (b) and (g) */
function policyOutcomeProblem(
  end: Certificate,
  state: PathState,
  policies: ValidPolicies,
): PathFailure | undefined {
  const isRequired = state.explicitPolicy <= 1 || end.policyConstraints?.requireExplicitPolicy === 0;
  const hasOne = policies.userConstrained === "any" || policies.userConstrained.length > 0;
  if (!isRequired || hasOne) return undefined;
  const detail = "A policy is required, and the path is valid for none that is accepted.";
  return pathFailure("policy-required", "RFC 5280 §6.1.5 (g)", end, detail);
}
