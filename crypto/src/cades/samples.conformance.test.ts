import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { latin1Of } from "../bytes/index.ts";
import { parseSignedData, signedContent } from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import { openOfd } from "../ofd/index.ts";
import { parseSeal } from "../seal/index.ts";
import { judgeTimeStampToken, parseTimeStampToken } from "../timestamp/index.ts";
import { parseCertificatesPem } from "../x509/index.ts";
import { verifySignedData } from "./index.ts";

// Messages of other products, which are not part of the repository: `npm run conformance -- --samples DIR`.
const folder = process.env["YINXIN_SAMPLES"];
const at = new Date("2026-11-25T00:00:00Z");
const nothing = { crls: [], ocspResponses: [] };

describe("a message of another product", () => {
  if (folder === undefined) {
    it("[skipped, needs YINXIN_SAMPLES] verifies", (context) => {
      if (process.env["YINXIN_REQUIRE_ALL"] === "1") throw new Error("needs YINXIN_SAMPLES");
      context.skip("needs YINXIN_SAMPLES");
    });
    return;
  }

  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
  const anchors = existsSync(join(folder, "root.cert.pem"))
    ? parseCertificatesPem(latin1Of(read("root.cert.pem")))
    : [];

  it.each([
    ["made-dsign.ofd", "sm3"],
    ["made-dsign-pkcs9.ofd", undefined],
  ])("in an OFD package, in the envelope of GB/T 35275-2017, verifies: %s", (name, form) => {
    const { entries } = openOfd(read(name));
    const contentOf = (part: string): Uint8Array => entries.get(part)?.content() ?? new Uint8Array();
    const report = verifySignedData({
      signedData: parseSignedData(contentOf("Doc_0/Signs/Sign_0/SignedValue.dat"), { profile: "lenient" }),
      content: signedContent(contentOf("Doc_0/Signs/Sign_0/Signature.xml")),
      mayHoldDigest: true,
      anchors,
      intermediates: [],
      evidence: nothing,
      at,
      policy: { revocation: "if-present", algorithms: "default" },
    });
    expect(report).toMatchObject({ result: "passed", signers: [{ quirks: ["signature-algorithm-oid"] }] });
    const check = report.signers[0]?.checks.find(({ name: checkName }) => checkName === "content");
    expect(check?.evidence?.["form"]).toBe(form);
  });

  it("stamps the time of a seal: v5-ts.esl", () => {
    const { timeStamp = new Uint8Array(), signature } = parseSeal(read("v5-ts.esl"));
    const judgement = judgeTimeStampToken({
      token: parseTimeStampToken(timeStamp, { profile: "lenient" }),
      imprint: (algorithm) => digest(algorithm, signature),
      anchors,
      intermediates: [],
      evidence: nothing,
      now: at,
    });
    expect(judgement).toMatchObject({ result: "passed" });
  });
});
