import { describe, expect, it } from "vitest";

import { openAccount } from "./path-budget.ts";
import {
  addPolicies,
  anyPolicy,
  clearPolicies,
  conclude,
  createPolicyGraph,
  mapPolicies,
} from "./policy-graph.ts";
import type { PolicyGraph } from "./policy-graph.ts";

const information = (...policies: readonly string[]) => policies.map((oid) => ({ oid, qualifiers: [] }));
const mapping = (issuerDomainPolicy: string, subjectDomainPolicy: string) => ({
  issuerDomainPolicy,
  subjectDomainPolicy,
});

/** Walks certificates that each have policies, and perhaps mappings to the next. */
function walk(
  ...certificates: readonly {
    policies?: readonly string[];
    map?: readonly [string, string][];
    mayMap?: boolean;
    mayUseAny?: boolean;
  }[]
): PolicyGraph {
  const graph = createPolicyGraph();
  const account = openAccount();
  for (const { policies, map = [], mayMap = true, mayUseAny = true } of certificates) {
    if (policies === undefined) clearPolicies(graph);
    else addPolicies(graph, information(...policies), mayUseAny, account);
    if (map.length > 0)
      mapPolicies(
        graph,
        map.map(([from, to]) => mapping(from, to)),
        mayMap,
        account,
      );
  }
  return graph;
}

describe("the graph of valid policies (RFC 9618 §3)", () => {
  it("keeps what every certificate asserts", () => {
    const graph = walk({ policies: ["1.1", "1.2"] }, { policies: ["1.2", "1.3"] });
    expect(conclude(graph, undefined)).toMatchObject({
      authorityConstrained: ["1.2"],
      userConstrained: ["1.2"],
    });
    expect(conclude(graph, ["1.1"])).toMatchObject({ userConstrained: [] });
    expect(conclude(graph, ["1.2", "1.9"])).toMatchObject({ userConstrained: ["1.2"] });
  });

  it("ends with a certificate that has none, and with two that have none in common", () => {
    expect(walk({ policies: ["1.1"] }, {}).levels).toBeUndefined();
    expect(walk({ policies: ["1.1"] }, { policies: ["1.2"] }).levels).toBeUndefined();
  });

  it("lets anyPolicy stand for every policy where it may", () => {
    const graph = walk({ policies: [anyPolicy] }, { policies: ["1.1"] });
    expect(conclude(graph, undefined)).toMatchObject({ authorityConstrained: ["1.1"] });
    expect(conclude(walk({ policies: ["1.1"] }, { policies: [anyPolicy] }), undefined)).toMatchObject({
      authorityConstrained: ["1.1"],
    });
    expect(walk({ policies: ["1.1"] }, { policies: [anyPolicy], mayUseAny: false }).levels).toBeUndefined();
    const open = walk({ policies: [anyPolicy] });
    expect(conclude(open, undefined)).toMatchObject({ authorityConstrained: "any", userConstrained: "any" });
    expect(conclude(open, ["1.1"])).toMatchObject({ userConstrained: ["1.1"] });
  });

  it("follows mappings and reports the policy of the first domain", () => {
    const mapped = walk({ policies: ["1.1"], map: [["1.1", "2.1"]] }, { policies: ["2.1"] });
    expect(conclude(mapped, undefined)).toMatchObject({ authorityConstrained: ["1.1"] });
    expect(walk({ policies: ["1.1"], map: [["1.1", "2.1"]] }, { policies: ["1.1"] }).levels).toBeUndefined();
    const fromAny = walk({ policies: [anyPolicy], map: [["1.1", "2.1"]] }, { policies: ["2.1"] });
    expect(conclude(fromAny, undefined)).toMatchObject({ authorityConstrained: ["1.1"] });
  });

  it("ends a mapped policy where mapping is inhibited", () => {
    const graph = walk(
      { policies: ["1.1", "1.2"], map: [["1.1", "2.1"]], mayMap: false },
      { policies: ["2.1", "1.2"] },
    );
    expect(conclude(graph, undefined)).toMatchObject({ authorityConstrained: ["1.2"] });
  });
});
