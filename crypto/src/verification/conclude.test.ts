import { describe, expect, it } from "vitest";

import { checkCatalogue, conclude, worstVerdict } from "./index.ts";
import type { CheckName, CheckResult, Finding } from "./index.ts";
import { cmsChecks } from "../cms/index.ts";
import type { CmsCheckName } from "../cms/index.ts";
import { cmsCheckNameOf, definitionOf, essentialChecks } from "./check-catalogue.ts";
import { finding } from "./finding.ts";

const names = [
  ...(Object.keys(checkCatalogue) as CheckName[]),
  ...(Object.keys(cmsChecks) as CmsCheckName[]).map(cmsCheckNameOf),
];

function found(...results: readonly (readonly [CheckName, CheckResult])[]): Finding[] {
  return results.map(([name, result]) => finding(name, result, { detail: "A sentence." }));
}

describe("conclude", () => {
  it("says VALID only if every check passed", () => {
    expect(conclude(found(...names.map((name) => [name, "passed"] as const)))).toMatchObject({
      verdict: "VALID",
      indication: "TOTAL_PASSED",
      sub_indication: null,
    });
  });

  it("never says anything good of no checks at all", () => {
    expect(conclude([]).verdict).toBe("INDETERMINATE");
  });

  it.each(Object.entries(essentialChecks))(
    "calls no %s good of which an essential step is missing",
    (_, names) => {
      for (const missing of names) {
        const others = names.filter((name) => name !== missing);
        const left = found(...others.map((name) => [name, "passed"] as const), ["strict-form", "passed"]);
        expect(conclude(left, names).verdict, missing).toBe("INDETERMINATE");
      }
      expect(conclude(found(...names.map((name) => [name, "passed"] as const)), names).verdict).toBe("VALID");
    },
  );

  it.each(names)("lets a failed %s mean what the catalogue says", (name) => {
    const { verdict, subIndication } = definitionOf(name).failed;
    expect(conclude(found([name, "failed"]))).toMatchObject({ verdict, sub_indication: subIndication });
  });

  it.each(names)("never calls a signature good with an undecided %s", (name) => {
    expect(conclude(found([name, "unknown"])).verdict).toBe("INDETERMINATE");
  });

  it.each(names)("never calls a signature plainly good with an unchecked %s", (name) => {
    const hasNote = definitionOf(name).note !== undefined;
    const { verdict } = conclude(found([name, "not-checked"]));
    expect(verdict).toBe(hasNote ? "VALID_WITH_WARNINGS" : "INDETERMINATE");
  });

  it("lets what is wrong win over what is missing, wherever it stands", () => {
    const concluded = conclude(
      found(["maker-certificate-chain", "unknown"], ["timestamp", "not-checked"], ["data-hash", "failed"]),
    );
    expect(concluded).toMatchObject({
      verdict: "INVALID",
      indication: "TOTAL_FAILED",
      sub_indication: "HASH_FAILURE",
    });
  });

  it("takes the sub-indication of the first finding that led to the verdict", () => {
    const both = found(["signature-value", "failed"], ["data-hash", "failed"]);
    expect(conclude(both).sub_indication).toBe("SIG_CRYPTO_FAILURE");
  });

  it("lets a finding be more exact than the catalogue", () => {
    const early = finding("seal-validity", "failed", {
      detail: "Too early.",
      subIndication: "NOT_YET_VALID",
    });
    expect(conclude([early]).sub_indication).toBe("NOT_YET_VALID");
  });
});

describe("worstVerdict", () => {
  it("is UNSIGNED for a document without signatures, never a good one", () => {
    expect(worstVerdict([])).toBe("UNSIGNED");
  });

  it("is the most severe: a document is no better than its worst signature", () => {
    expect(worstVerdict(["VALID", "VALID_WITH_WARNINGS"])).toBe("VALID_WITH_WARNINGS");
    expect(worstVerdict(["VALID_THEN_REVOKED", "VALID_WITH_WARNINGS"])).toBe("VALID_THEN_REVOKED");
    expect(worstVerdict(["VALID", "INDETERMINATE", "VALID_THEN_REVOKED"])).toBe("INDETERMINATE");
    expect(worstVerdict(["INDETERMINATE", "INVALID", "VALID"])).toBe("INVALID");
  });
});
