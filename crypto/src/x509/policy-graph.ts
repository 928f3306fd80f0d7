import type { PolicyInformation, PolicyMapping } from "./extension-values.ts";
import { spend } from "./path-budget.ts";
import type { PathAccount } from "./path-budget.ts";

export const anyPolicy = "2.5.29.32.0";

/** One policy at one depth of the path. At most one node of a depth has a policy, which keeps the graph small. */
interface PolicyNode {
  readonly policy: string;
  readonly qualifiers: PolicyInformation["qualifiers"];
  /** What the next certificate must say to continue this node. */
  expected: ReadonlySet<string>;
  readonly parents: PolicyNode[];
  /** How many nodes of the next depth name this one as a parent. */
  children: number;
}

/**
 * The valid policies of a path so far: the graph of RFC 9618 §3, which says the same as the tree of RFC 5280 §6.1.2 (a)
 * without growing exponentially. `levels` is undefined once no policy is left (NULL in the standard's words).
 */
export interface PolicyGraph {
  levels: Map<string, PolicyNode>[] | undefined;
}

/** RFC 5280 §6.1.2 (a): one node, anyPolicy. */
export function createPolicyGraph(): PolicyGraph {
  const root = {
    policy: anyPolicy,
    qualifiers: [],
    expected: new Set([anyPolicy]),
    parents: [],
    children: 0,
  };
  return { levels: [new Map([[anyPolicy, root]])] };
}

/** RFC 5280 §6.1.3 (e): a certificate without policies ends all of them. */
export function clearPolicies(graph: PolicyGraph): void {
  graph.levels = undefined;
}

/**
 * Takes in the policies of the next certificate (RFC 5280 §6.1.3 (d) as RFC 9618 §5.3 rewrites it).
 *
 * @param mayUseAny whether anyPolicy means something here (inhibit_anyPolicy, or self-issued inside the path).
 * @returns false when the budget is used up.
 */
export function addPolicies(
  graph: PolicyGraph,
  policies: readonly PolicyInformation[],
  mayUseAny: boolean,
  account: PathAccount,
): boolean {
  const above = lastOf(graph.levels);
  if (graph.levels === undefined || above === undefined) return true;
  const level = new Map<string, PolicyNode>();
  for (const { policy, qualifiers, parents } of successors(above, policies, mayUseAny)) {
    if (!spend(account, "policyNodes", 1 + parents.length)) return false;
    level.set(policy, {
      policy,
      qualifiers,
      expected: new Set([policy]),
      parents: [...parents],
      children: 0,
    });
    for (const parent of parents) parent.children += 1;
  }
  graph.levels.push(level);
  prune(graph);
  return true;
}

type Successor = Pick<PolicyNode, "policy" | "qualifiers"> & { readonly parents: readonly PolicyNode[] };

/** The nodes of the next depth: RFC 5280 §6.1.3 (d)(1) first, then (d)(2) for what anyPolicy continues. */
function* successors(
  above: ReadonlyMap<string, PolicyNode>,
  policies: readonly PolicyInformation[],
  mayUseAny: boolean,
): Generator<Successor, void, undefined> {
  const parentsOf = expectations(above);
  const anyNode = above.get(anyPolicy);
  const named = new Set<string>();
  for (const { oid: policy, qualifiers } of policies) {
    const parents = parentsOf.get(policy) ?? (anyNode === undefined ? [] : [anyNode]);
    if (policy === anyPolicy || parents.length === 0) continue;
    named.add(policy);
    yield { policy, qualifiers, parents };
  }
  const any = policies.find(({ oid }) => oid === anyPolicy);
  if (any === undefined || !mayUseAny) return;
  for (const [policy, parents] of parentsOf) {
    if (!named.has(policy)) yield { policy, qualifiers: any.qualifiers, parents };
  }
}

/** Written out: browsers that the suite supports have no Array.at. */
function lastOf<Level>(levels: readonly Level[] | undefined): Level | undefined {
  return levels?.[levels.length - 1];
}

function expectations(level: ReadonlyMap<string, PolicyNode>): Map<string, PolicyNode[]> {
  const parentsOf = new Map<string, PolicyNode[]>();
  for (const node of level.values()) {
    for (const policy of node.expected) {
      const parents = parentsOf.get(policy);
      if (parents === undefined) parentsOf.set(policy, [node]);
      else parents.push(node);
    }
  }
  return parentsOf;
}

/**
 * Applies the mappings of an authority's certificate (RFC 5280 §6.1.4 (b) as RFC 9618 §5.4 rewrites it).
 *
 * @param mayMap false when policy_mapping has run out: the mapped policies then end here.
 * @returns false when the budget is used up.
 */
export function mapPolicies(
  graph: PolicyGraph,
  mappings: readonly PolicyMapping[],
  mayMap: boolean,
  account: PathAccount,
): boolean {
  const level = lastOf(graph.levels);
  if (graph.levels === undefined || level === undefined) return true;
  const targets = new Map<string, Set<string>>();
  for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
    if (!spend(account, "policyNodes")) return false;
    const known = targets.get(issuerDomainPolicy);
    if (known === undefined) targets.set(issuerDomainPolicy, new Set([subjectDomainPolicy]));
    else known.add(subjectDomainPolicy);
  }
  for (const [policy, expected] of targets) {
    if (mayMap) continueMapped(graph.levels, level, policy, expected);
    else removeNode(level, policy);
  }
  prune(graph);
  return true;
}

function continueMapped(
  levels: readonly Map<string, PolicyNode>[],
  level: Map<string, PolicyNode>,
  policy: string,
  expected: ReadonlySet<string>,
): void {
  const node = level.get(policy);
  if (node !== undefined) {
    node.expected = expected;
    return;
  }
  const anyNode = level.get(anyPolicy);
  const parent = levels[levels.length - 2]?.get(anyPolicy);
  if (anyNode === undefined || parent === undefined) return;
  parent.children += 1;
  level.set(policy, { policy, qualifiers: anyNode.qualifiers, expected, parents: [parent], children: 0 });
}

function removeNode(level: Map<string, PolicyNode>, policy: string): void {
  const node = level.get(policy);
  if (node === undefined) return;
  level.delete(policy);
  for (const parent of node.parents) parent.children -= 1;
}

/** Removes what leads to no node of the last depth (RFC 5280 §6.1.3 (d)(3)); with nothing left, the graph is NULL. */
function prune(graph: PolicyGraph): void {
  const { levels } = graph;
  if (levels === undefined) return;
  for (let depth = levels.length - 2; depth >= 0; depth -= 1) {
    const level = levels[depth];
    if (level === undefined) continue;
    for (const node of [...level.values()]) if (node.children === 0) removeNode(level, node.policy);
  }
  if (lastOf(levels)?.size === 0 || levels[0]?.size === 0) graph.levels = undefined;
}

/** The policies under which a path is valid. */
export interface ValidPolicies {
  /** What the authorities assert: object identifiers, or `any`. */
  readonly authorityConstrained: readonly string[] | "any";
  /** Those of them that the caller accepts. */
  readonly userConstrained: readonly string[] | "any";
  /** Of the policies in the last certificate that are among the valid ones (RFC 5280 §6.1.6). */
  readonly qualifiers: readonly PolicyInformation[];
}

/**
 * The outcome of policy processing (RFC 5280 §6.1.5 (g) as RFC 9618 §5.5 rewrites it).
 *
 * @param initial user-initial-policy-set; absent: any-policy.
 */
export function conclude(graph: PolicyGraph, initial: readonly string[] | undefined): ValidPolicies {
  const levels = graph.levels ?? [];
  const last = lastOf(levels);
  const isAny = last?.has(anyPolicy) === true;
  const asserted = isAny ? ("any" as const) : domainsOf(levels);
  const accepted = initial === undefined || initial.includes(anyPolicy) ? ("any" as const) : initial;
  const userConstrained = intersection(asserted, accepted);
  return { authorityConstrained: asserted, userConstrained, qualifiers: qualifiersOf(last) };
}

/** The policies in the terms of the anchor's domain: those that some anyPolicy node is the parent of. */
function domainsOf(levels: readonly ReadonlyMap<string, PolicyNode>[]): string[] {
  const nodes = levels.flatMap((level) => [...level.values()]);
  const isFirst = (node: PolicyNode): boolean =>
    node.policy !== anyPolicy && node.parents.some(({ policy }) => policy === anyPolicy);
  return [...new Set(nodes.filter(isFirst).map(({ policy }) => policy))].sort();
}

function intersection(
  left: readonly string[] | "any",
  right: readonly string[] | "any",
): readonly string[] | "any" {
  if (left === "any") return right;
  if (right === "any") return left;
  return left.filter((policy) => right.includes(policy));
}

function qualifiersOf(last: ReadonlyMap<string, PolicyNode> | undefined): PolicyInformation[] {
  return [...(last?.values() ?? [])]
    .filter(({ qualifiers }) => qualifiers.length > 0)
    .map(({ policy, qualifiers }) => ({ oid: policy, qualifiers }));
}
