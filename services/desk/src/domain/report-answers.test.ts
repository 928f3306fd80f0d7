import { readFile } from "node:fs/promises";

import { checkCatalogue, verifyDocument } from "@yinxin/crypto/verification";
import type { SignatureReport } from "@yinxin/crypto/verification";
import { parseCertificatesPem } from "@yinxin/crypto/x509";
import { describe, expect, it } from "vitest";

import { answersOf } from "./report-answers.ts";
import type { SignatureAnswers } from "./report-answers.ts";

const fixture = (path: string): Promise<Buffer> =>
  readFile(new URL(`../../../../fixtures/${path}`, import.meta.url));
const trust = parseCertificatesPem((await fixture("pki/root.pem")).toString());

async function answersFor(name: string, anchors = trust): Promise<SignatureAnswers | undefined> {
  const bytes = new Uint8Array(await fixture(`documents/${name}`));
  const [signature] = verifyDocument({ name, bytes }, { trust: anchors, at: new Date() }).signatures;
  return signature && answersOf(signature);
}

describe("the answers about a signature", () => {
  it.each(["reply-sealed.pdf", "reply-sealed.ofd"])(
    "of %s are good, except that nobody was asked about today",
    async (name) => {
      expect(await answersFor(name)).toEqual({
        when: "claimed",
        changed: "no",
        validThen: "yes",
        validNow: "not-checked",
      });
    },
  );

  it.each(["reply-tampered.pdf", "reply-tampered.ofd"])("of %s say that it was changed", async (name) => {
    expect((await answersFor(name))?.changed).toBe("yes");
  });

  it("say nothing about validity where nobody is trusted", async () => {
    expect(await answersFor("reply-sealed.pdf", [])).toMatchObject({ changed: "no", validThen: "unknown" });
  });

  const signatureWith = (checks: SignatureReport["checks"]): SignatureReport => ({
    id: "1",
    kind: "seal",
    verdict: "INDETERMINATE",
    indication: "INDETERMINATE",
    sub_indication: null,
    time: { trusted: "2026-11-21T10:02:11+08:00" },
    coverage: { whole: true, parts: [] },
    checks,
  });
  const everythingGood = { when: "trusted", changed: "no", validThen: "yes", validNow: "checked" };
  const names = Object.keys(checkCatalogue);

  it("are never good about content and seal without checks", () => {
    expect(answersOf(signatureWith([]))).toMatchObject({
      changed: "unknown",
      validThen: "unknown",
      validNow: "not-checked",
    });
  });

  it("are all good if every check passed", () => {
    expect(answersOf(signatureWith(names.map((name) => ({ name, result: "passed" }))))).toEqual(
      everythingGood,
    );
  });

  it.each(names)("are not all good if %s alone fails or cannot be decided", (bad) => {
    for (const result of ["failed", "unknown"] as const) {
      const checks = names.map((name) => ({ name, result: name === bad ? result : ("passed" as const) }));
      expect(answersOf(signatureWith(checks))).not.toEqual(everythingGood);
    }
  });
});
