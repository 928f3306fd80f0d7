import { describe, expect, it } from "vitest";

import { appendUpdate, onePagePdf } from "../../testing/build-pdf.ts";
import { sealPdf, someDerValue } from "../../testing/seal-pdf.ts";
import { bytesOfLatin1, concatBytes, latin1Of } from "../bytes/index.ts";
import { openPdf } from "./open.ts";
import type { PdfProblemCode } from "./signature-contents.ts";
import type { PdfSignature } from "./signatures.ts";

const sealed = sealPdf(onePagePdf());
const sealedText = latin1Of(sealed);

function onlySignature(pdf: Uint8Array): PdfSignature {
  const { signatures } = openPdf(pdf);
  const [signature] = signatures;
  if (signature === undefined || signatures.length > 1) throw new Error("one signature expected");
  return signature;
}

/** Replaces text by text that is padded to the same length, so that nothing else in the file moves. */
function replace(from: string | RegExp, to: (found: string, ...groups: string[]) => string): Uint8Array {
  const edited = sealedText.replace(from, (found: string, ...groups: string[]) =>
    to(found, ...groups).padEnd(found.length),
  );
  if (edited === sealedText || edited.length !== sealedText.length) throw new Error("the edit does not fit");
  return bytesOfLatin1(edited);
}

function withByteRange(
  change: (range: readonly [number, number, number, number]) => readonly number[],
): Uint8Array {
  return replace(/\/ByteRange \[0 (\d+) (\d+) (\d+)\] */, (_, a, b, c) => {
    return `/ByteRange [${change([0, Number(a), Number(b), Number(c)]).join(" ")}]`;
  });
}

describe("a signature as it was written", () => {
  it("has no problem, covers the whole file and gives its value without padding", () => {
    expect(onlySignature(sealed)).toMatchObject({
      id: "Seal1",
      filter: "Gomain.GMPkiLite",
      subFilter: "GM.sm2seal",
      kind: "ses",
      claimedTime: "2026-11-21T02:02:11Z",
      claimedName: "云岭市行政审批局（测试）",
      coversWholeFile: true,
      revisionEnd: sealed.length,
      contents: someDerValue(),
      problems: [],
    });
  });

  it("gives all bytes of the file but /Contents as signed", () => {
    const [before, after] = onlySignature(sealed).signedBytes();
    const gap = sealedText.slice(before?.length, sealed.length - (after?.length ?? 0));
    expect(gap).toMatch(/^<[0-9a-f]{640}>$/);
    expect(sealedText.startsWith(latin1Of(before ?? new Uint8Array()))).toBe(true);
    expect(sealedText.endsWith(latin1Of(after ?? new Uint8Array()))).toBe(true);
  });
});

describe("an attack on the byte range or the value", () => {
  it.each<[string, PdfProblemCode, Uint8Array]>([
    ["the gap is widened", "byte-range-gap", withByteRange(([z, a, b, c]) => [z, a, b + 2, c - 2])],
    ["the gap begins early", "byte-range-gap", withByteRange(([z, a, b, c]) => [z, a - 1, b, c])],
    [
      "the angle brackets are signed too",
      "byte-range-gap",
      withByteRange(([z, a, b, c]) => [z, a + 1, b - 1, c + 1]),
    ],
    [
      "the first range does not start at 0",
      "byte-range-gap",
      withByteRange(([, a, b, c]) => [1, a - 1, b, c]),
    ],
    ["there is no gap", "byte-range-gap", withByteRange(([z, a, b, c]) => [z, a, a, b - a + c])],
    ["the last byte is left out", "byte-range-end", withByteRange(([z, a, b, c]) => [z, a, b, c - 2])],
    ["the range ends behind the file", "byte-range-end", withByteRange(([z, a, b, c]) => [z, a, b, c + 1])],
    ["the range is empty", "byte-range-gap", withByteRange(() => [0, 0, 0, 0])],
    ["a length is negative", "byte-range-malformed", withByteRange(([z, a, b]) => [z, a, b, -1])],
    ["a number is missing", "byte-range-malformed", withByteRange(([z, a, b]) => [z, a, b])],
    ["a fifth number follows", "byte-range-malformed", withByteRange((range) => [...range, 0])],
    [
      "a number has a decimal point",
      "byte-range-malformed",
      replace(/\/ByteRange \[0 /, () => "/ByteRange [0."),
    ],
    [
      "the range is not an array",
      "byte-range-malformed",
      replace(/\/ByteRange \[.*\]/, () => "/ByteRange null"),
    ],
    [
      "the range is kept elsewhere",
      "indirect-value",
      replace(/\/ByteRange \[.*\]/, () => "/ByteRange 4 0 R"),
    ],
    ["the range is missing", "byte-range-missing", replace("/ByteRange ", () => "/BiteRange ")],
    ["the range occurs twice", "duplicate-key", replace(/\/Name <.*>/, () => "/ByteRange [0 1 2 3]")],
    ["the value occurs twice", "duplicate-key", replace(/\/Name <.*>/, () => "/Contents <3000>")],
    ["the value is missing", "contents-missing", replace("/Contents <", () => "/Kontents <")],
    ["a byte follows the value", "contents-padding", replace(/0>\n\/ByteRange/, () => "1>\n/ByteRange")],
    [
      "one digit has the other case",
      "contents-mixed-case",
      replace(/\/Contents <3082.*?a/, (found) => found.toUpperCase().replace("/CONTENTS", "/Contents")),
    ],
    ["white space is in the value", "contents-not-hex", replace(/00>\n\/ByteRange/, () => "  >\n/ByteRange")],
    ["a digit is cut off", "contents-not-hex", replace(/00>\n\/ByteRange/, () => "0 >\n/ByteRange")],
    [
      "the value is a literal string",
      "contents-not-hex",
      replace(/\/Contents <(.*)>/, (_, digits) => `/Contents (${digits})`),
    ],
    ["the value is not DER", "contents-not-der", replace("/Contents <30", () => "/Contents <31")],
    [
      "the value says that it is longer than its place",
      "contents-not-der",
      replace("/Contents <30820128", () => "/Contents <30820928"),
    ],
  ])("is a problem: %s", (_, code, pdf) => {
    const signature = onlySignature(pdf);
    expect(signature.problems.map((problem) => problem.code)).toContain(code);
    expect(signature.coversWholeFile).toBe(false);
  });

  it("finds the second range moved to the end, its old place used for something else (signature wrapping)", () => {
    // The signed bytes are the old ones, and at their old offsets a copy stands that says where they went.
    const { byteRange } = onlySignature(sealed);
    const [, a = 0, b = 0, c = 0] = byteRange ?? [];
    const copy = withByteRange(() => [0, a, b + c, c]);
    const wrapped = onlySignature(concatBytes(copy, sealed.subarray(b)));
    expect(wrapped.signedBytes()).toEqual(onlySignature(sealed).signedBytes());
    expect(wrapped.problems.map(({ code }) => code)).toEqual(["byte-range-gap"]);
    expect(wrapped.coversWholeFile).toBe(false);
  });

  it("finds a signature that an update copied to another place", () => {
    const field = /(\d+) 0 obj\n<<\n\/Type \/Sig/.exec(sealedText)?.[1] ?? "";
    const body = /\/Type \/Sig\n[^]*?\n>>/.exec(sealedText)?.[0] ?? "";
    const forged = appendUpdate(sealed, { [Number(field)]: `<<\n${body}` });
    expect(onlySignature(forged).problems.map(({ code }) => code)).toContain("byte-range-gap");
  });

  it("finds a signature inside a compressed object", () => {
    const objects = {
      5: "<< /FT /Sig /T (a) /V 6 0 R >>",
      6: "<< /Type /Sig /ByteRange [0 1 2 3] /Contents <3000> >>",
    };
    const pdf = onePagePdf({ xref: "object-streams", catalog: "/AcroForm << /Fields [5 0 R] >>", objects });
    expect(onlySignature(pdf).problems.map(({ code }) => code)).toContain("outside-file");
  });

  it("finds one signature that two fields show", () => {
    const form = /(\d+) 0 obj\n<<\n\/Fields \[(.*)\]/.exec(sealedText);
    const signature = /\/V (\d+ 0 R)/.exec(sealedText)?.[1] ?? "";
    const pdf = appendUpdate(sealed, {
      [Number(form?.[1])]: `<< /Fields [${form?.[2] ?? ""} 900 0 R] /SigFlags 3 >>`,
      900: `<< /FT /Sig /T (Copy) /V ${signature} >>`,
    });
    expect(openPdf(pdf).signatures.map(({ id, problems }) => [id, problems.map(({ code }) => code)])).toEqual(
      [
        ["Seal1", []],
        ["Copy", ["shared-dictionary"]],
      ],
    );
  });
});

describe("a file that grew after it was signed", () => {
  const updated = appendUpdate(sealed, { 3: "<< /Type /Page /MediaBox [0 0 72 72] >>" });

  it("is not covered whole, and says which revisions follow", () => {
    const { signatures, revisions } = openPdf(updated);
    expect(signatures[0]).toMatchObject({ coversWholeFile: false, revisionEnd: sealed.length, problems: [] });
    expect(revisions.filter(({ end }) => end > sealed.length)).toHaveLength(1);
  });

  it("is not covered whole even if only white space was added", () => {
    expect(onlySignature(concatBytes(sealed, bytesOfLatin1("\n"))).coversWholeFile).toBe(false);
  });

  it("shows that a signature was cut off", () => {
    const stripped = appendUpdate(sealed, { 1: "<< /Type /Catalog /Pages 2 0 R >>" });
    expect(openPdf(stripped)).toMatchObject({ signatures: [], quirks: [{ code: "unreachable-signature" }] });
  });
});

describe("a signature made by others", () => {
  const pdfWith = (field: string, signature: string): Uint8Array =>
    onePagePdf({
      catalog: "/AcroForm << /Fields [5 0 R] >>",
      objects: { 5: field, 6: `<< /Contents <3000> /ByteRange [0 1 2 3] ${signature} >>` },
    });

  it.each([
    ["GM.sm2seal", "ses"],
    ["GM.sm2sign", "cms"],
    ["GM.SM2", "cms"],
    ["adbe.pkcs7.detached", "cms"],
    ["ETSI.CAdES.detached", "cms"],
    ["ETSI.RFC3161", "cms"],
    ["Acme.unheard-of", "unknown"],
  ])("with /SubFilter %s is of kind %s", (subFilter, kind) => {
    const pdf = pdfWith("<< /FT /Sig /T (a) /V 6 0 R >>", `/SubFilter /${subFilter}`);
    expect(onlySignature(pdf)).toMatchObject({ subFilter, kind });
  });

  it.each([
    ["(D:20260101120000+08'00')", "2026-01-01T12:00:00+08:00"],
    ["(D:20260101120000+08'00)", "2026-01-01T12:00:00+08:00"],
    ["(D:20260101120000Z00'00')", "2026-01-01T12:00:00Z"],
    ["<FEFF0044003A00320030003200360030003100300031003100320030003000300030005A>", "2026-01-01T12:00:00Z"],
    ["(D:20260101120000)", undefined],
    ["(D:20261301120000Z)", undefined],
    ["(yesterday)", undefined],
  ])("claims for /M %s the time %s", (written, time) => {
    const pdf = pdfWith("<< /FT /Sig /T (a) /V 6 0 R >>", `/M ${written}`);
    expect(onlySignature(pdf).claimedTime).toBe(time);
  });

  it("is found in a field that inherits its type, under its full name", () => {
    const pdf = onePagePdf({
      catalog: "/AcroForm << /Fields [5 0 R] >>",
      objects: {
        5: "<< /FT /Sig /T (office) /Kids [6 0 R 7 0 R] >>",
        6: "<< /T <FEFF5370> /V << /Contents <3000> >> >>",
        7: "<< /T (empty) >>",
      },
    });
    expect(openPdf(pdf).signatures.map(({ id }) => id)).toEqual(["office.印"]);
  });

  it("is not looked for in fields of another type", () => {
    expect(openPdf(pdfWith("<< /FT /Tx /T (a) /V 6 0 R >>", "")).signatures).toEqual([]);
  });
});
