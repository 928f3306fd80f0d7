import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { parseCertificatesPem } from "../x509/index.ts";
import { verifyDocument } from "./index.ts";
import type { Verdict, VerificationReport } from "./index.ts";

/** One line of the collection's manifest.json; the collection is not part of the project. */
interface Sample {
  readonly file: string;
  readonly expect: "valid" | "invalid" | "indeterminate" | "unsigned";
  readonly code: string;
}

/** Documents with a trusted time stamp still lack revocation evidence, so the best verdict is the one with notes. */
const verdictFor: Readonly<Record<Sample["expect"], Verdict>> = {
  valid: "VALID_WITH_WARNINGS",
  invalid: "INVALID",
  indeterminate: "INDETERMINATE",
  unsigned: "UNSIGNED",
};

/** Made with test certificates whose root nobody has: "valid" means structure, digests and signatures. */
function isWithoutRoot({ file, expect: expected }: Sample): boolean {
  return file.startsWith("ofdrw-") && expected === "valid";
}

function loadCollection(folder: string): {
  samples: readonly Sample[];
  verify: (file: string) => VerificationReport;
} {
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
  const trust = parseCertificatesPem(readFileSync(join(folder, "root.cert.pem"), "utf8"));
  const at = new Date("2026-11-22T00:00:00Z");
  return {
    samples: JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Sample[],
    verify: (file) => verifyDocument({ name: file, bytes: read(file) }, { trust, at }),
  };
}

const folder = process.env["YINXIN_SAMPLES"];

describe("the collection of sealed documents made by others", () => {
  if (folder === undefined || !existsSync(join(folder, "manifest.json"))) {
    it("[skipped, needs YINXIN_SAMPLES] has the expected verdicts", (context) => {
      context.skip("needs YINXIN_SAMPLES: a folder with manifest.json and root.cert.pem");
    });
    return;
  }
  const { samples, verify } = loadCollection(folder);
  const withoutRoot = samples.filter(isWithoutRoot);
  const covered = samples.filter((sample) => !withoutRoot.includes(sample));

  it("has the published verdict of every document", () => {
    const isRight = (sample: Sample): boolean => {
      const { verdict } = verify(sample.file);
      return verdict === (isWithoutRoot(sample) ? "INDETERMINATE" : verdictFor[sample.expect]);
    };
    const right = samples.filter(isRight).length;
    const note = `${String(withoutRoot.length)} of them without their root`;
    conformanceRow({ suite: "sealed documents of others", right, of: samples.length, note });
    expect(right).toBe(samples.length);
  });

  it.each(covered)("$file is $expect", ({ file, expect: expected }) => {
    const report = verify(file);
    expect(report.verdict, report.summary).toBe(verdictFor[expected]);
  });

  it.each(withoutRoot)("$file is right in everything but the chain, which nobody has", ({ file }) => {
    const report = verify(file);
    expect(report.verdict, report.summary).toBe("INDETERMINATE");
    for (const { sub_indication, checks } of report.signatures) {
      expect(sub_indication).toBe("NO_CERTIFICATE_CHAIN_FOUND");
      const open = checks.filter(({ result }) => result === "failed" || result === "unknown");
      expect(open.map(({ name }) => name)).toEqual(["maker-certificate-chain", "signer-certificate-chain"]);
    }
  });

  it.each(["made-v4-ts.ofd", "made-v5-ts.ofd"])(
    "%s has a time that is proven, and no note about it",
    (file) => {
      const report = verify(file);
      expect(report.signatures[0]?.time.trusted).toBeDefined();
      expect(report.summary).not.toContain("time claimed only");
    },
  );

  it.each([
    ["v4.esl", "VALID_WITH_WARNINGS"],
    ["v4-certdigest.esl", "VALID_WITH_WARNINGS"],
    ["v1.esl", "VALID_WITH_WARNINGS"],
    ["v5.esl", "VALID_WITH_WARNINGS"],
    ["v5-ts.esl", "VALID_WITH_WARNINGS"],
  ])("the seal %s is %s", (file, verdict) => {
    expect(verify(file)).toMatchObject({ format: "ses-seal", verdict });
  });
});
