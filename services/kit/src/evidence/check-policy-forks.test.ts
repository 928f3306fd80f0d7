import { describe, expect, it } from "vitest";

import { checkPolicyForks } from "./check-policy-forks.ts";
import { createEvidenceChecks } from "./evidence-report.ts";

const policies = [{ digest: "one" }, { digest: "two" }];
const bringing = (service: string, follows: string, digest: string) => {
  return { service, id: `chg_${service}${digest}`, brought: { follows, digest } };
};

function failuresOf(...changes: readonly ReturnType<typeof bringing>[]): readonly string[] {
  const checks = createEvidenceChecks();
  checkPolicyForks(policies, changes, checks);
  return checks.all.map(({ name, result, where }) => `${name} ${result} ${where}`);
}

describe("policies that services put into force", () => {
  it("are one history where each follows the same one everywhere, also beyond the package's chain", () => {
    const both = [bringing("seal", "one", "two"), bringing("ledger", "one", "two")];
    expect(failuresOf(...both, bringing("seal", "two", "three"))).toEqual([]);
  });

  it("are a fork where one service has another successor than the chain of the package", () => {
    expect(failuresOf(bringing("ledger", "one", "other"))).toEqual([
      "policy-forked failed services/ledger/changes/chg_ledgerother.json",
    ]);
  });

  it("are a fork where two services have competing successors of the chain's last", () => {
    const competing = [bringing("seal", "two", "three"), bringing("ledger", "two", "other")];
    expect(failuresOf(...competing)).toEqual([
      "policy-forked failed services/ledger/changes/chg_ledgerother.json",
    ]);
  });
});
