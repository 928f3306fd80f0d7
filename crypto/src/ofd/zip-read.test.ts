import { deflateRawSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { assembleZip, dataDescriptor, extraField } from "../../testing/build-zip.ts";
import type { ZipFrame, ZipPart } from "../../testing/build-zip.ts";
import { refusalOf } from "../../testing/ofd-error.ts";
import { concatBytes, equalBytes, utf8Of } from "../bytes/index.ts";
import { readZip, zipLimits } from "./zip-read.ts";

const text = utf8Of("<a>0123456789 0123456789 0123456789 0123456789</a>");
const part: ZipPart = { name: "Doc_0/a.xml", content: text };
const deflated: ZipPart = { ...part, isDeflated: true };
const other: ZipPart = { name: "b.xml", content: utf8Of("<b/>") };

const read = (parts: readonly ZipPart[], frame?: ZipFrame) => readZip(assembleZip(parts, frame));
const codeOf = (parts: readonly ZipPart[], frame?: ZipFrame) => refusalOf(() => read(parts, frame))?.code;

describe("a ZIP archive that is read", () => {
  it("gives stored and deflated entries, in the order of the file", () => {
    const { entries } = read([part, { ...deflated, name: "c.xml" }, other]);
    expect(entries.map(({ name }) => name)).toEqual(["Doc_0/a.xml", "c.xml", "b.xml"]);
    expect(entries.map(({ content }) => content)).toEqual([text, text, utf8Of("<b/>")]);
  });

  it("does not care in which order the directory lists the entries", () => {
    const bytes = assembleZip([part, other]);
    const first = bytes.slice(findDirectory(bytes), findDirectory(bytes) + 46 + 11);
    const second = bytes.slice(findDirectory(bytes) + 46 + 11, bytes.length - 22);
    bytes.set(concatBytes(second, first), findDirectory(bytes));
    expect(readZip(bytes).entries.map(({ name }) => name)).toEqual(["Doc_0/a.xml", "b.xml"]);
  });

  it("may have folders, data descriptors with and without their signature, and time stamps in extra fields", () => {
    const data = new Uint8Array(deflateRawSync(text));
    const streamed = { ...deflated, flags: 0x0008, trailer: dataDescriptor(text, data) };
    const blank = { crc: 0, compressedSize: 0, size: 0 };
    const extra = extraField(0x5455, Uint8Array.of(1, 0, 0, 0, 0));
    const archive = read([
      {
        name: "Doc_0/",
        content: new Uint8Array(),
        central: { madeBy: 0x0333, externalAttributes: 0x41ed0000 },
      },
      { ...streamed, local: blank },
      { ...streamed, name: "c", trailer: dataDescriptor(text, data).subarray(4) },
      { ...other, extra },
    ]);
    expect(archive.entries.map(({ isFolder }) => isFolder)).toEqual([true, false, false, false]);
    expect(archive.quirks).toEqual([]);
  });

  it("may have UTF-8 names, and says so when the flag for them is missing", () => {
    expect(read([{ ...part, name: "附件.xml", flags: 0x0800 }]).quirks).toEqual([]);
    expect(read([{ ...part, name: "附件.xml" }]).quirks).toEqual([
      { code: "zip-name-not-flagged", where: "附件.xml" },
    ]);
  });

  it("counts modification times, makers and file attributes as bytes that nothing binds", () => {
    const [entry] = read([{ ...part, extra: extraField(0x5455, Uint8Array.of(1, 0, 0, 0, 0)) }]).entries;
    const lengths = entry?.attributes.map(({ start, end }) => end - start);
    expect(lengths).toEqual([4, 9, 2, 4, 6, 9]);
  });
});

describe("a ZIP archive that is refused", () => {
  const cases: readonly (readonly [
    what: string,
    code: string,
    reason: string,
    readonly ZipPart[],
    ZipFrame?,
  ])[] = [
    [
      "bytes before the first entry",
      "zip-malformed",
      "before the first entry",
      [part],
      { prefix: utf8Of("MZ") },
    ],
    ["a comment", "zip-malformed", "follow the end record", [part], { comment: utf8Of("hello") }],
    [
      "bytes behind the end record",
      "zip-malformed",
      "follow the end record",
      [part],
      { suffix: utf8Of("hello") },
    ],
    [
      "bytes behind the directory",
      "zip-malformed",
      "not where the end record says",
      [part],
      { betweenDirectoryAndEnd: utf8Of("hello") },
    ],
    ["several volumes", "zip-malformed", "several volumes", [part], { end: { disk: 1 } }],
    ["counts that differ", "zip-malformed", "several volumes", [part], { end: { countHere: 0, count: 1 } }],
    [
      "a directory with fewer entries than it says",
      "zip-malformed",
      "has a hole",
      [part],
      { end: { count: 2 } },
    ],
    [
      "a directory with more entries than it says",
      "zip-malformed",
      "has a hole",
      [part, other],
      { end: { count: 1 } },
    ],
    [
      "more entries than the limit",
      "too-many-entries",
      "4097 entries",
      [part],
      { end: { count: zipLimits.entries + 1 } },
    ],
    ["ZIP64 counts", "zip-malformed", "ZIP64", [part], { end: { count: 0xffff } }],
    [
      "bytes between entries",
      "zip-malformed",
      "between entries",
      [{ ...part, trailer: utf8Of("hidden") }, other],
    ],
    [
      "a ZIP64 extra field",
      "zip-malformed",
      "ZIP64 sizes",
      [{ ...part, extra: extraField(1, new Uint8Array(8)) }],
    ],
    [
      "a second name in an extra field",
      "zip-malformed",
      "second name",
      [{ ...part, extra: extraField(0x7075, text) }],
    ],
    [
      "an extra field that is cut off",
      "zip-malformed",
      "cut off",
      [{ ...part, extra: Uint8Array.of(0x55, 0x54, 9, 0) }],
    ],
    [
      "an extra field without a length",
      "zip-malformed",
      "cut off",
      [{ ...part, extra: Uint8Array.of(0x55, 0x54) }],
    ],
    [
      "a comment on an entry",
      "zip-malformed",
      "has a comment",
      [{ ...part, central: { comment: utf8Of("x") } }],
    ],
    ["an entry of another volume", "zip-malformed", "another volume", [{ ...part, central: { disk: 1 } }]],
    ["an encrypted entry", "zip-encrypted", "is encrypted", [{ ...part, flags: 1 }]],
    ["strong encryption", "zip-encrypted", "is encrypted", [{ ...part, flags: 0x40 }]],
    ["masked headers", "zip-encrypted", "is encrypted", [{ ...part, flags: 0x2000 }]],
    [
      "AES encryption in an extra field",
      "zip-encrypted",
      "AES",
      [{ ...part, extra: extraField(0x9901, text) }],
    ],
    ["unknown flags", "zip-malformed", "flags", [{ ...part, flags: 0x0020 }]],
    ["another compression method", "zip-malformed", "method 14", [{ ...part, method: 14 }]],
    ["a newer version of ZIP", "zip-malformed", "newer ZIP", [{ ...part, versionNeeded: 45 }]],
    ["a stored entry of two sizes", "zip-malformed", "two sizes", [{ ...part, size: 7 }]],
    [
      "a stored entry with a descriptor",
      "zip-malformed",
      "size behind it",
      [{ ...part, flags: 8, trailer: dataDescriptor(text, text) }],
    ],
    ["a folder with content", "zip-malformed", "has content", [{ ...part, name: "a/" }]],
    [
      "a symbolic link",
      "zip-malformed",
      "a link",
      [{ ...part, central: { madeBy: 0x0314, externalAttributes: 0xa1ff0000 } }],
    ],
    ["a wrong CRC-32", "zip-malformed", "CRC-32", [{ ...part, crc: 7 }]],
    [
      "two records for one entry",
      "zip-malformed",
      "not where",
      [part, { ...other, central: { localOffset: 0 } }],
    ],
    [
      "an entry that is somewhere else",
      "zip-malformed",
      "not where",
      [part, { ...other, central: { localOffset: 9 } }],
    ],
    [
      "an entry beyond the directory",
      "zip-malformed",
      "between entries",
      [part, { ...other, central: { localOffset: 99_999 } }],
    ],
    ["a missing descriptor", "zip-malformed", "descriptor is missing", [{ ...deflated, flags: 8 }]],
    [
      "a wrong descriptor",
      "zip-malformed",
      "descriptor differs",
      [{ ...deflated, flags: 8, trailer: new Uint8Array(12) }],
    ],
  ];
  for (const [what, code, reason, parts, frame] of cases) {
    it(`with ${what} is ${code}`, () => {
      const refusal = refusalOf(() => read(parts, frame));
      expect(refusal?.code).toBe(code);
      expect(refusal?.message).toContain(reason);
    });
  }

  it("with an entry hidden in another's data is zip-malformed", () => {
    const hidden = assembleZip([other]);
    const header = hidden.subarray(0, 30 + "b.xml".length + "<b/>".length);
    const bytes = assembleZip([
      { name: "a", content: concatBytes(text, header, text) },
      { ...other, central: { localOffset: 31 + text.length } },
    ]);
    const refusal = refusalOf(() => readZip(bytes));
    expect(refusal?.code).toBe("zip-malformed");
    expect(refusal?.message).toContain("entries overlap");
  });

  const differing: readonly ZipPart["local"][] = [
    { name: "Doc_0/b.xml" },
    { flags: 0x0800 },
    { method: 8 },
    { modifiedAt: 0 },
    { crc: 0 },
    { compressedSize: 1 },
    { size: 1 },
    { versionNeeded: 20 },
  ];
  for (const local of differing) {
    it(`whose header and directory differ in ${Object.keys(local ?? {}).join()} is zip-malformed`, () => {
      const refusal = refusalOf(() => read([{ ...part, local: { ...local } }]));
      expect(refusal).toMatchObject({ code: "zip-malformed", part: "Doc_0/a.xml" });
      expect(refusal?.message).toContain("differ in");
    });
  }

  it("is zip-truncated when it breaks off, and not-ofd when it is something else", () => {
    const whole = assembleZip([part, deflated]);
    expect(refusalOf(() => readZip(whole.subarray(0, -1)))?.code).toBe("zip-truncated");
    expect(refusalOf(() => readZip(whole.subarray(0, 60)))?.code).toBe("zip-truncated");
    expect(refusalOf(() => readZip(utf8Of("%PDF-1.7\n%%EOF\n".repeat(9))))?.code).toBe("not-ofd");
    expect(refusalOf(() => readZip(new Uint8Array()))?.code).toBe("not-ofd");
  });
});

describe("the name of a ZIP entry", () => {
  const strange = [
    "../evil.xml",
    "Doc_0/../../evil.xml",
    "/etc/passwd",
    "Doc_0\\a.xml",
    "C:/a.xml",
    "C:a.xml",
    "a\u0000.xml",
    "a\nb.xml",
    "a\u009b.xml",
    "a\u202elmx.xml",
    "Doc_0//a.xml",
    "./a.xml",
    "Doc_0/./a.xml",
    "Doc_0/a.xml.",
    "Doc_0/a.xml ",
    "Doc_0./a.xml",
    "Doc_0/a\u200c.xml",
    "Doc_0/a?.xml",
    "/",
    "",
    "a".repeat(513),
  ];
  for (const name of strange) {
    it(`is refused when it is ${JSON.stringify(name.slice(0, 30))}`, () => {
      expect(codeOf([{ ...part, name }])).toBe("zip-entry-path");
    });
  }

  it("is refused when it is not UTF-8, such as GBK", () => {
    expect(codeOf([{ ...part, name: Uint8Array.of(0xb8, 0xbd, 0xbc, 0xfe) }])).toBe("zip-entry-path");
  });

  it("does not bring control characters into the error's message", () => {
    expect(refusalOf(() => read([{ ...part, name: "\u001b[31m" }]))?.part).toBe("\\u001b[31m");
  });

  const pairs = [
    ["a.xml", "a.xml"],
    ["Doc_0/a.xml", "doc_0/A.XML"],
    ["\u00e9", "e\u0301"],
    ["Res.xml", "Re\u017f.xml"],
    ["a", "a/"],
    ["a", "a/b.xml"],
    ["A", "a/b/c.xml"],
  ] as const;
  for (const [first, second] of pairs) {
    it(`is refused when ${JSON.stringify(second)} stands beside ${JSON.stringify(first)}`, () => {
      const content = new Uint8Array();
      expect(
        codeOf([
          { content, name: first },
          { content, name: second },
        ]),
      ).toBe("zip-duplicate-entry");
    });
  }
});

describe("a ZIP bomb", () => {
  const zeros = new Uint8Array(8 * 1024 * 1024);

  it("is refused by what it says of itself, before anything is inflated", () => {
    expect(codeOf([{ ...part, content: zeros, isDeflated: true }])).toBe("zip-bomb");
    const huge = { crc: 0, size: zipLimits.inflatedBytes, compressedSize: zipLimits.inflatedBytes };
    const names = ["a", "b"];
    expect(codeOf(names.map((name) => ({ name, content: text, isDeflated: true, ...huge })))).toBe(
      "zip-bomb",
    );
  });

  it("is refused when it says that it is small", () => {
    const data = new Uint8Array(deflateRawSync(zeros));
    expect(refusalOf(() => read([{ ...deflated, data }]))).toMatchObject({
      code: "zip-bomb",
      part: "Doc_0/a.xml",
    });
  });

  it("is not what a well compressed text of less than a mebibyte is", () => {
    expect(codeOf([{ ...part, content: zeros.subarray(0, 1024 * 1024), isDeflated: true }])).toBeUndefined();
  });
});

describe("a DEFLATE stream", () => {
  const data = new Uint8Array(deflateRawSync(text));

  it("is refused with bytes behind its end", () => {
    const longer = concatBytes(data, Uint8Array.of(0));
    expect(codeOf([{ ...deflated, data: longer }])).toBe("zip-malformed");
    expect(codeOf([{ ...deflated, data: concatBytes(data, data) }])).toBe("zip-malformed");
  });

  it("is refused when it breaks off, is empty, or is none", () => {
    for (const broken of [data.subarray(0, -1), new Uint8Array(), Uint8Array.of(7, 7, 7, 7, 7, 7)]) {
      expect(codeOf([{ ...deflated, data: broken }])).toBe("zip-malformed");
    }
  });

  it("is refused when less comes out than the entry says", () => {
    expect(codeOf([{ ...deflated, data: new Uint8Array(deflateRawSync(text.subarray(1))) }])).toBe(
      "zip-malformed",
    );
  });

  it("may be empty, and may be longer than one piece of input", () => {
    const noise = Uint8Array.from(
      { length: 100_000 },
      (_, index) => (index * 7919 + (index >> 3) * 31) & 0xff,
    );
    const { entries } = read([
      { name: "empty", content: new Uint8Array(), isDeflated: true },
      { name: "noise", content: noise, isDeflated: true },
      {
        name: "stored",
        content: noise,
        data: new Uint8Array(deflateRawSync(noise, { level: 0 })),
        method: 8,
      },
    ]);
    expect(entries.map(({ content }) => content.length)).toEqual([0, 100_000, 100_000]);
    expect(equalBytes(entries[1]?.content ?? text, noise)).toBe(true);
  });
});

function findDirectory(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
}
