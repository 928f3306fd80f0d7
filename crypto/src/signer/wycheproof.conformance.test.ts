import { readdirSync } from "node:fs";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { acceptableVectors, readSignatureVectors, wycheproofFiles } from "../../testing/wycheproof.ts";
import type { SignatureVector } from "../../testing/wycheproof.ts";
import { platform as browser } from "../platform/browser.ts";
import { platform as node } from "../platform/node.ts";
import type { Platform } from "../platform/index.ts";
import { verifyDigestOn, verifySchemeOn } from "./verify-scheme.ts";

describe.each<Platform>([node, browser])("Wycheproof on the platform $name", (platform) => {
  for (const [file, expected] of Object.entries(wycheproofFiles)) {
    vectorTest(`wycheproof/${file}`, `${file}: accepts every valid signature and no invalid one`, (path) => {
      const counts = { valid: 0, invalid: 0, acceptable: 0 };
      const wrong: string[] = [];
      for (const vector of readSignatureVectors(path)) {
        counts[vector.result] += 1;
        const isAccepted = isRight(platform, vector);
        if (isAccepted !== (vector.result === "valid")) wrong.push(`${String(vector.id)} ${vector.comment}`);
        if (vector.result === "acceptable") expect(acceptableVectors).toHaveProperty([vector.comment]);
      }
      const { valid, invalid, acceptable } = counts;
      const of = valid + invalid + acceptable;
      conformanceRow({
        suite: `Wycheproof ${file.replace("_test.json", "")}, ${platform.name}`,
        right: of - wrong.length,
        of,
        ...(acceptable > 0 && { note: `${String(acceptable)} "acceptable" refused` }),
      });
      expect(wrong).toEqual([]);
      expect(counts).toEqual(expected);
    });
  }
});

describe("Wycheproof", () => {
  vectorTest("wycheproof", "has no file of signatures that is not run", (folder) => {
    const found = readdirSync(folder).filter((name) => name.endsWith("_test.json"));
    const signatures = found.filter((name) => !name.startsWith("json_web"));
    expect(signatures.toSorted()).toEqual(Object.keys(wycheproofFiles).toSorted());
  });
});

function isRight(platform: Platform, vector: SignatureVector): boolean {
  const { scheme, signature, message } = vector;
  if (signature === undefined) return false;
  const input = { ...vector, signature };
  const isAccepted = verifySchemeOn(platform, input);
  if (scheme.digest !== undefined) {
    // Over the ready digest the answer is the same, though other code computes it.
    const digest = platform.createDigest(scheme.digest).update(message).digest();
    expect(verifyDigestOn(platform, { ...input, digest })).toBe(isAccepted);
  }
  return isAccepted;
}
