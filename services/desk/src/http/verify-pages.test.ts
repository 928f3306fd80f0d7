import { verdicts, verdictWords } from "@yinxin/crypto/verification";
import type { SignatureReport, Verdict, VerificationReport } from "@yinxin/crypto/verification";
import { describe, expect, it } from "vitest";

import type { PageContext } from "./page.tsx";
import { reportPage, verifyPage } from "./verify-pages.tsx";

const context: PageContext = {
  language: "zh",
  isSandbox: false,
  session: undefined,
  signOnOrigin: "http://localhost:7601",
};

function signatureWith(verdict: Verdict, over: Partial<SignatureReport> = {}): SignatureReport {
  return {
    id: "1",
    kind: "seal",
    verdict,
    indication: "INDETERMINATE",
    sub_indication: null,
    signer: { subject: "CN=33010000000001, O=测试", serial: "01", algorithm: "SM2" },
    seal: { code: "33010000000001", name: "杭州市测试审批局", type: 1, version: 4 },
    time: { claimed: "2026-11-21T10:02:11+08:00" },
    coverage: { whole: true, parts: ["bytes 0–10"] },
    checks: [],
    ...over,
  };
}

function reportWith(verdict: Verdict, over: Partial<VerificationReport> = {}): VerificationReport {
  return {
    file: "批复.pdf",
    format: "pdf",
    verdict,
    summary: "A sentence.",
    signatures: verdict === "UNSIGNED" ? [] : [signatureWith(verdict)],
    uncovered: [],
    quirks: [],
    ...over,
  };
}

const htmlOf = (report: VerificationReport, language: "zh" | "en" = "zh"): string =>
  reportPage({ ...context, language }, { report, fileDigest: "sm3:00" }).html;

describe("the report page", () => {
  it.each(verdicts)("says %s with its words, its sign and its look, never by colour alone", (verdict) => {
    for (const language of ["zh", "en"] as const) {
      const html = htmlOf(reportWith(verdict), language);
      expect(html).toContain(verdictWords[verdict][language]);
      expect(html).toMatch(/<span class="sign" aria-hidden="true">[✔!?✖—]<\/span>/);
    }
  });

  it("does not ask of a time stamp who signed: nobody did", () => {
    const { id, indication, sub_indication, time, coverage, checks } = signatureWith("VALID");
    const rest = { id, indication, sub_indication, time, coverage, checks, verdict: "VALID" } as const;
    for (const [language, title] of [
      ["zh", "文件时间戳"],
      ["en", "Time stamp over the document"],
    ] as const) {
      const html = htmlOf(reportWith("UNSIGNED", { signatures: [{ ...rest, kind: "timestamp" }] }), language);
      expect(html).toContain(title);
      expect(html).not.toMatch(/cannot be read|无法读出/);
    }
  });

  it("is green only for what is good", () => {
    const green = verdicts.filter((verdict) =>
      /class="verdict (good|mixed)"/.test(htmlOf(reportWith(verdict))),
    );
    expect(green).toEqual(["VALID", "VALID_WITH_WARNINGS"]);
    const ticked = verdicts.filter((verdict) => htmlOf(reportWith(verdict)).includes("✔"));
    expect(ticked).toEqual(["VALID", "VALID_WITH_WARNINGS"]);
  });

  it("answers the five questions for each signature", () => {
    const html = htmlOf(
      reportWith("VALID_WITH_WARNINGS", {
        signatures: [signatureWith("VALID"), signatureWith("VALID", { id: "2" })],
      }),
    );
    for (const question of ["谁盖的？", "什么时候？", "之后改过吗？", "当时印章有效吗？", "现在呢？"]) {
      expect(html.split(`<dt>${question}</dt>`)).toHaveLength(3);
    }
    expect(html).toContain("第 2 枚签章，共 2 枚");
    expect(html).toContain("2026-11-21 10:02:11 (UTC+8)（签章人声明的时间）");
  });

  it("calls a time trusted only if a time stamp says it", () => {
    const time = { claimed: "2026-11-21T10:00:00+08:00", trusted: "2026-11-21T10:02:11+08:00" };
    const html = htmlOf(reportWith("VALID", { signatures: [signatureWith("VALID", { time })] }));
    expect(html).toContain("10:02:11 (UTC+8)（可信时间）");
    const broken = signatureWith("INVALID", { time, checks: [{ name: "timestamp", result: "failed" }] });
    expect(htmlOf(reportWith("INVALID", { signatures: [broken] }))).not.toContain("可信时间）");
  });

  it("does without a time, a signer and a seal that could not be read", () => {
    const { id, kind, verdict, indication, sub_indication, coverage, checks } =
      signatureWith("INDETERMINATE");
    const unreadable = { id, kind, verdict, indication, sub_indication, coverage, checks, time: {} };
    const html = htmlOf(reportWith("INDETERMINATE", { signatures: [unreadable] }));
    expect(html).toContain("无法读出签章人的证书");
    expect(html).toContain("<dd>无法确定</dd>");
    expect(
      htmlOf(
        reportWith("INVALID", { signatures: [signatureWith("INVALID", { time: { claimed: "yesterday" } })] }),
      ),
    ).toContain("<dd>无法确定</dd>");
  });

  it("says exactly what is missing, and what is wrong with the verifier's own sentence", () => {
    const missing = signatureWith("INDETERMINATE", {
      checks: [{ name: "signer-certificate-chain", result: "unknown" }],
    });
    expect(htmlOf(reportWith("INDETERMINATE", { signatures: [missing] }))).toContain(
      "无法确定：签章人证书链。签发机构不在本系统的信任列表中",
    );
    const wrong = signatureWith("INVALID", {
      checks: [{ name: "data-hash", result: "failed", detail: "Doc_0/x.xml was changed." }],
    });
    const html = htmlOf(reportWith("INVALID", { signatures: [wrong] }));
    expect(html).toContain("未通过：原文摘要。");
    expect(html).toContain('lang="en"> Doc_0/x.xml was changed.');
    expect(htmlOf(reportWith("INVALID", { signatures: [] }))).toContain("A sentence.");
  });

  it("lists what no signature covers, and warns of what a reader sees of it", () => {
    const hidden = htmlOf(reportWith("VALID", { uncovered: [{ part: "zip:attributes", visible: false }] }));
    expect(hidden).toContain("zip:attributes");
    expect(hidden).toContain("不影响阅读时看到的内容");
    const seen = htmlOf(
      reportWith("VALID_WITH_WARNINGS", { uncovered: [{ part: "Page_1", visible: true }] }),
    );
    expect(seen).toContain("阅读时看得见");
    expect(seen).toContain("文件中有签章没有覆盖、阅读时看得见的内容");
  });

  it("has every check with its clause and evidence, and the report itself, for experts", () => {
    const checks = [
      {
        name: "data-hash",
        clause: "GB/T 38540-2020 §7.3",
        result: "passed",
        detail: "Same.",
        evidence: { signed: "sm3:aa" },
      },
      { name: "of-a-newer-version", result: "not-checked" },
    ] as const;
    const html = htmlOf(
      reportWith("VALID", {
        signatures: [signatureWith("VALID", { checks })],
        quirks: [{ code: "dotted-name", where: "OFD.xml" }],
      }),
    );
    for (const text of [
      "GB/T 38540-2020 §7.3",
      "sm3:aa",
      "of-a-newer-version",
      "dotted-name",
      "&quot;verdict&quot;: &quot;VALID&quot;",
    ]) {
      expect(html).toContain(text);
    }
  });

  it("shows what a document says as text, whatever it is", () => {
    const hostile = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>";
    const report = reportWith("INVALID", {
      file: hostile,
      summary: hostile,
      signatures: [
        signatureWith("INVALID", {
          id: hostile,
          signer: { subject: hostile, serial: hostile, algorithm: hostile },
          seal: { code: hostile, name: hostile, type: 1, version: 4 },
          checks: [{ name: hostile, result: "failed", detail: hostile, evidence: { [hostile]: hostile } }],
        }),
      ],
      uncovered: [{ part: hostile, visible: true }],
      quirks: [{ code: hostile, where: hostile }],
    });
    expect(htmlOf(report)).not.toMatch(/<script|<img/);
  });

  it("says that nothing is kept and that a picture proves nothing, as the form does", () => {
    for (const html of [htmlOf(reportWith("VALID")), verifyPage(context).html]) {
      expect(html).toContain("不保存文件");
      expect(html).toContain("印章图样不是证据");
    }
  });
});
