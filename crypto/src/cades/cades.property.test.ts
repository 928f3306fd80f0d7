import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { sceneTimes, signAtLevel } from "../../testing/cades-scene.ts";
import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import { CmsError, parseSignedData } from "../cms/index.ts";
import { verifySignedData } from "./index.ts";

const parties = await createSigningParties("ES256");
const golden = await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" });

describe("a signature of level B-LTA", () => {
  it("is verified to an end and never throws, whatever happened to its bytes", () => {
    const changes = fc.record({
      at: fc.nat({ max: golden.length - 1 }),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 2 }), (list) => {
        const changed = Uint8Array.from(golden);
        for (const { at, mask } of list) changed[at] = (changed[at] ?? 0) ^ mask;
        try {
          const report = verifySignedData({
            signedData: parseSignedData(changed, { profile: "lenient" }),
            anchors: [parties.root.certificate],
            intermediates: [parties.authority.certificate],
            evidence: { crls: [], ocspResponses: [] },
            at: sceneTimes.verified,
            policy: { revocation: "if-present", algorithms: "default" },
          });
          // What failed or is unknown is said by a word of the standard.
          expect(report.result === "passed").toBe(report.subIndication === undefined);
        } catch (cause) {
          expect(cause).toBeInstanceOf(CmsError);
        }
      }),
      { numRuns: fuzzRuns(50) },
    );
  });
});
