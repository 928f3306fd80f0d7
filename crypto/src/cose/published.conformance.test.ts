import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { generateKey } from "../signer/index.ts";
import { consistentRootOf, inclusionRootOf, nodeHash } from "../tlog/index.ts";
import { parseReceipt, verifyConsistencyReceipt, verifyInclusionReceipt } from "./index.ts";

describe("receipts of draft-ietf-cose-merkle-tree-proofs", () => {
  vectorTest("ledger/cose-receipts", "are read, and their proofs agree on one root", (folder) => {
    const read = (name: string) => parseReceipt(new Uint8Array(readFileSync(join(folder, name))));
    const inclusion = read("inclusion-receipt.cbor");
    const consistency = read("consistency-receipt.cbor");
    expect(inclusion).toMatchObject({
      keyId: new TextEncoder().encode("test-key-1"),
      issuer: "https://transparency-service.example.com",
      inclusions: [{ size: 5, index: 3 }],
    });
    expect(consistency.consistencies).toMatchObject([{ firstSize: 3, secondSize: 5 }]);

    // The proof from three leaves to five has leaf 2, leaf 3, the node over 0 and 1, and leaf 4: with them both trees are known.
    const [path] = consistency.consistencies;
    const [leaf2, leaf3, node01, leaf4] = path?.hashes ?? [];
    if (leaf2 === undefined || leaf3 === undefined || node01 === undefined) throw new Error("a short proof");
    const first = { size: 3, root: nodeHash(node01, leaf2) };
    expect(inclusion.inclusions[0]?.hashes).toEqual([leaf2, node01, leaf4]);
    const root = inclusionRootOf({
      leafHash: leaf3,
      index: 3,
      size: 5,
      proof: inclusion.inclusions[0]?.hashes ?? [],
    });
    const again = consistentRootOf({
      firstSize: 3,
      firstRoot: first.root,
      secondSize: 5,
      proof: path?.hashes ?? [],
    });
    expect(root).toEqual(again);

    // The key is not published, so what is left to see is that a key of ours did not sign them, and nothing else is wrong.
    const checks = { publicKey: generateKey("ES256").spki, algorithm: "ES256" } as const;
    expect(verifyInclusionReceipt(inclusion, leaf3, checks)).toMatchObject({
      problem: "cose-signature-wrong",
    });
    expect(verifyConsistencyReceipt(consistency, first, checks)).toMatchObject({
      problem: "cose-signature-wrong",
    });
    const other = { size: 3, root: leaf2 };
    expect(verifyConsistencyReceipt(consistency, other, checks)).toMatchObject({
      problem: "receipt-proof-wrong",
    });
    const note = "form and proofs; the key that signed them is not published";
    conformanceRow({ suite: "COSE receipts", right: 2, of: 2, note });
  });
});
