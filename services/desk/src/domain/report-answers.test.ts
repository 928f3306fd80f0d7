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
  const essentialOfMessages = [
    "cms-content",
    "cms-signer-attributes",
    "cms-signer-identified",
    "cms-content-type",
    "cms-message-digest",
    "cms-signature-value",
    "cms-algorithm-protection",
    "cms-signing-certificate-reference",
    "cms-signing-time",
    "cms-signature-algorithms",
    "cms-signer-key-usage",
    "cms-signer-certificate",
  ];

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

  it.each(essentialOfMessages)("never call a message unchanged and good whose %s failed", (bad) => {
    const passed = [...essentialOfMessages, "timestamp", "signer-certificate-revocation"];
    const checks = passed.map((name) => ({ name, result: name === bad ? "failed" : ("passed" as const) }));
    expect(
      answersOf({ ...signatureWith(checks as SignatureReport["checks"]), kind: "signature" }),
    ).not.toEqual(everythingGood);
    const good = passed.map((name) => ({ name, result: "passed" as const }));
    expect(answersOf({ ...signatureWith(good), kind: "signature" })).toEqual(everythingGood);
  });

  it("say that a message was changed whose digest or value is wrong", () => {
    for (const bad of ["cms-message-digest", "cms-signature-value"]) {
      const checks = [
        { name: "byte-range", result: "passed" as const },
        { name: bad, result: "failed" as const },
      ];
      expect(answersOf({ ...signatureWith(checks), kind: "signature" }).changed).toBe("yes");
    }
    const stamp = signatureWith([
      { name: "byte-range", result: "passed" },
      { name: "timestamp", result: "failed" },
    ]);
    expect(answersOf({ ...stamp, kind: "timestamp" }).changed).toBe("yes");
  });

  it("say that a certificate is revoked now, also where it was not when it counted", () => {
    const passed = signatureWith([{ name: "signer-certificate-revocation", result: "passed" }]);
    expect(answersOf({ ...passed, verdict: "VALID_THEN_REVOKED" }).validNow).toBe("revoked");
    const open = signatureWith([{ name: "signer-certificate-revocation", result: "unknown" }]);
    expect(answersOf({ ...open, sub_indication: "REVOKED_NO_POE" }).validNow).toBe("revoked");
  });
});
