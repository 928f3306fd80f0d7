import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { onePagePdf } from "../../testing/build-pdf.ts";
import { assembleZip } from "../../testing/build-zip.ts";
import { forgeSealedOfd, ofdPaths, simpleOfd, zipOf } from "../../testing/forge-ofd.ts";
import type { OfdParts } from "../../testing/forge-ofd.ts";
import { createSealingParty } from "../../testing/make-seal.ts";
import type { SealingParty } from "../../testing/make-seal.ts";
import { concatBytes, utf8Of } from "../bytes/index.ts";
import { createOfd } from "../ofd/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const signedAt = new Date("2026-11-21T02:02:11Z");

let party: SealingParty;
let sealed: OfdParts;

beforeAll(async () => {
  party = await createSealingParty();
  sealed = await forgeSealedOfd(party.owner, { seal: party.seal.raw });
});

function verify(bytes: Uint8Array, name = "file"): VerificationReport {
  const context = { trust: [party.authority.certificate], at: new Date("2026-11-22T00:00:00Z") };
  return verifyDocument({ name, bytes }, context);
}

describe("verifyDocument", () => {
  it("goes by what a file is, not by its name", () => {
    expect(verify(createOfd(simpleOfd(), signedAt), "reply.pdf").format).toBe("ofd");
    expect(verify(onePagePdf(), "reply.ofd").format).toBe("pdf");
    expect(verify(party.seal.raw, "reply.txt").format).toBe("ses-seal");
    expect(verify(sealed.get(ofdPaths.signedValue) ?? new Uint8Array()).format).toBe("ses-signature");
  });

  it("keeps the name it was given", () => {
    expect(verify(onePagePdf(), "批复.pdf").file).toBe("批复.pdf");
  });

  it("can tell nothing of a file of no known kind, and says so", () => {
    for (const bytes of [new Uint8Array(), utf8Of("hello"), Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x04)]) {
      expect(verify(bytes)).toEqual({
        file: "file",
        format: "unknown",
        verdict: "INDETERMINATE",
        summary: "Cannot tell yet: the file is not a PDF, OFD, seal or CMS signature.",
        signatures: [],
        uncovered: [],
        quirks: [],
        problem: { code: "format-unknown", detail: "not a PDF, OFD, seal or CMS signature" },
      });
    }
  });

  it("calls a PDF with bytes before its header invalid rather than unknown", () => {
    const report = verify(concatBytes(utf8Of("junk\n"), onePagePdf()));
    expect(report).toMatchObject({ format: "pdf", verdict: "INVALID" });
  });

  it("calls an archive that PDF readers would open as a PDF invalid, whatever is sealed in it", () => {
    const content = utf8Of("%PDF-1.7\n%%EOF\n");
    const report = verify(assembleZip([{ name: "a", content }]));
    expect(report).toMatchObject({ verdict: "INVALID", problem: { code: "two-kinds" } });
  });

  it("answers any bytes with a report, and never a good one", () => {
    const magic = fc.constantFrom("PK\u0003\u0004", "PK\u0005\u0006", "%PDF-1.7\n", "");
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const { verdict } = verify(concatBytes(utf8Of(start), rest));
        expect(["INVALID", "INDETERMINATE"]).toContain(verdict);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("answers any damage inside a sealed package with a report, and never a good one", () => {
    // Repacked after the damage, so that the archive's own checks do not catch it first.
    const paths = [...sealed.keys()].filter((path) => path !== ofdPaths.list);
    const damage = fc.record({
      path: fc.constantFrom(...paths),
      at: fc.nat(),
      cut: fc.nat(20),
      insert: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(damage, ({ path, at, cut, insert }) => {
        const part = sealed.get(path) ?? new Uint8Array();
        const start = at % part.length;
        const damaged = concatBytes(part.subarray(0, start), insert, part.subarray(start + cut));
        fc.pre(Buffer.compare(damaged, part) !== 0);
        const report = verify(zipOf(new Map([...sealed, [path, damaged]])));
        expect(["INVALID", "INDETERMINATE", "UNSIGNED"]).toContain(report.verdict);
      }),
      { numRuns: fuzzRuns(150) },
    );
  });
});
