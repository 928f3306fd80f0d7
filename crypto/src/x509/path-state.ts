import type { Certificate } from "./certificate.ts";
import { createNameSpace, narrowed } from "./name-constraints.ts";
import type { NameSpace } from "./name-constraints.ts";
import { isSameName } from "./name.ts";
import type { PathPolicy } from "./path-policy.ts";
import { createPolicyGraph } from "./policy-graph.ts";
import type { PolicyGraph } from "./policy-graph.ts";

/** The state variables of RFC 5280 §6.1.2, while a path is walked from its anchor to its end. */
export interface PathState {
  readonly graph: PolicyGraph;
  names: NameSpace;
  /** How many further certificates may follow before each of these holds. */
  explicitPolicy: number;
  policyMapping: number;
  inhibitAnyPolicy: number;
  /** How many further intermediate certificates may follow. */
  pathLength: number;
}

/** @param length n: how many certificates the path has without its anchor. */
export function createPathState(policy: PathPolicy, length: number): PathState {
  const never = length + 1;
  return {
    graph: createPolicyGraph(),
    names: createNameSpace(policy.permittedSubtrees, policy.excludedSubtrees),
    explicitPolicy: policy.requireExplicitPolicy === true ? 0 : never,
    policyMapping: policy.inhibitPolicyMapping === true ? 0 : never,
    inhibitAnyPolicy: policy.inhibitAnyPolicy === true ? 0 : never,
    pathLength: Math.min(length, policy.mostIntermediates ?? Infinity),
  };
}

/** Whether a certificate names one and the same entity as issuer and subject (RFC 5280 §6.1). */
export function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return isSameName(issuer, subject);
}

/** RFC 5280 §6.1.4 (g): what an authority's certificate says of the names below it. */
export function takeInNameConstraints(state: PathState, { nameConstraints }: Certificate): void {
  if (nameConstraints !== undefined) state.names = narrowed(state.names, nameConstraints);
}

/** RFC 5280 §6.1.4 (h): a certificate that is not self-issued uses one step up. */
export function countDownPolicies(state: PathState): void {
  state.explicitPolicy = Math.max(0, state.explicitPolicy - 1);
  state.policyMapping = Math.max(0, state.policyMapping - 1);
  state.inhibitAnyPolicy = Math.max(0, state.inhibitAnyPolicy - 1);
}

/** RFC 5280 §6.1.4 (i), (j) and (m): an authority may only narrow what holds already. */
export function takeInLimits(state: PathState, certificate: Certificate): void {
  const { policyConstraints, inhibitAnyPolicy, basicConstraints } = certificate;
  state.explicitPolicy = Math.min(state.explicitPolicy, policyConstraints?.requireExplicitPolicy ?? Infinity);
  state.policyMapping = Math.min(state.policyMapping, policyConstraints?.inhibitPolicyMapping ?? Infinity);
  state.inhibitAnyPolicy = Math.min(state.inhibitAnyPolicy, inhibitAnyPolicy ?? Infinity);
  state.pathLength = Math.min(state.pathLength, basicConstraints?.pathLength ?? Infinity);
}
