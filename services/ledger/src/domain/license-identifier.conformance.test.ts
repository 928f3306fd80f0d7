import { readFileSync } from "node:fs";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../../scripts/testing/vectors.ts";
import { isLicenseIdentifier } from "./license-identifier.ts";

describe("license identifiers seen in public documents (GB/T 36904-2018)", () => {
  vectorTest("ledger/vectors/gbt36904-identifiers.json", "are right or wrong as published", (path) => {
    const { ids } = JSON.parse(readFileSync(path, "utf8")) as { ids: { id: string; valid: boolean }[] };
    expect(ids).toHaveLength(5);
    const right = ids.filter(({ id, valid }) => isLicenseIdentifier(id) === valid).length;
    conformanceRow({ suite: "GB/T 36904 identifiers", right, of: ids.length });
    for (const { id, valid } of ids) expect(isLicenseIdentifier(id), id).toBe(valid);
  });
});
