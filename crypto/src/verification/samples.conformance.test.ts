import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { parseCertificatesPem } from "../x509/index.ts";
import { verifyDocument } from "./index.ts";
import type { Verdict, VerificationReport } from "./index.ts";

/** One line of the collection's manifest.json; the collection is not part of the project. */
interface Sample {
  readonly file: string;
  readonly expect: "valid" | "invalid" | "indeterminate" | "unsigned";
  readonly code: string;
}

/** What the full verifier will cover and this one does not, with what this one says instead. */
const waitsForFullVerifier: Readonly<Record<string, { verdict: Verdict; because: string }>> = {
  "made-v1.ofd": { verdict: "INDETERMINATE", because: "version 1" },
  "made-v5.ofd": { verdict: "INDETERMINATE", because: "version 5" },
  "made-v5-ts.ofd": { verdict: "INDETERMINATE", because: "version 5" },
  "made-dsign.ofd": { verdict: "INDETERMINATE", because: "Type=Sign" },
  "made-dsign-pkcs9.ofd": { verdict: "INDETERMINATE", because: "Type=Sign" },
};

/** Good verdicts for all that is meant to be valid: time stamps and revocation are still to come. */
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
  const waiting = samples.filter(({ file }) => file in waitsForFullVerifier);
  const withoutRoot = samples.filter(isWithoutRoot);
  const covered = samples.filter((sample) => !waiting.includes(sample) && !withoutRoot.includes(sample));

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

  it.each(waiting)("$file waits for the full verifier, and the report says why", ({ file }) => {
    const wait = waitsForFullVerifier[file];
    const report = verify(file);
    expect(report.verdict).toBe(wait?.verdict);
    expect(report.summary).toContain("Not supported by this version");
    expect(report.summary).toContain(wait?.because);
  });

  it.each([
    ["v4.esl", "VALID_WITH_WARNINGS"],
    ["v4-certdigest.esl", "VALID_WITH_WARNINGS"],
    ["v1.esl", "INDETERMINATE"],
    ["v5.esl", "INDETERMINATE"],
    ["v5-ts.esl", "INDETERMINATE"],
  ])("the seal %s is %s", (file, verdict) => {
    expect(verify(file)).toMatchObject({ format: "ses-seal", verdict });
  });
});
