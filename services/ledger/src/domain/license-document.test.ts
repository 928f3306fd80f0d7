import { readFileSync } from "node:fs";

import { equalBytes, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { createOfd, openOfd } from "@yinxin/crypto/ofd";
import { describe, expect, it } from "vitest";

import { openDocumentFont } from "./document-font.ts";
import { createLicenseDocument, isSealedCopyOf } from "./license-document.ts";
import { fieldsOf } from "./license-fields.ts";
import { wrapText } from "./page-text.ts";

const fontBytes = new Uint8Array(
  readFileSync(new URL("../../../../fixtures/fonts/yinxin-test-song.otf", import.meta.url)),
);
const font = openDocumentFont(fontBytes);
const createdAt = new Date("2026-11-21T02:00:00Z");
const fieldsRoot = `sha-256:${"0".repeat(64)}`;

const content = {
  name: "食品经营许可证",
  typeCode: "11330100MB0000002W001",
  number: "YL-SP-2026-0101",
  holder: { name: "云岭市人民路食堂 <测试> & “分号”", code: "92330100MA0000001C", codeType: "001" },
  issuingAuthority: { name: "云岭市市场监督管理局（测试）", code: "11330100MB0000002W" },
  issuedOn: "2026-11-21",
  validFrom: "2026-11-21",
  validUntil: "2031-11-20",
} as const;
const identifier = "1.2.156.3005.2.11330100MB0000002W001.11330100MB0000002W.ABCDEFGHIJ0123456789.001.K";
const fields = fieldsOf({ identifier, content });

const documentOf = (changes: Partial<Parameters<typeof createLicenseDocument>[1]> = {}) =>
  createLicenseDocument(font, { fields, fieldsRoot, createdAt, documentId: new Uint8Array(16), ...changes });

const entriesOf = (bytes: Uint8Array) =>
  new Map(Array.from(openOfd(bytes).entries, ([path, entry]) => [path, entry.content()]));

describe("a license document", () => {
  it("is an OFD of one A4 page whose every part belongs to it", () => {
    const ofd = openOfd(documentOf().bytes);
    expect(ofd.pages).toMatchObject([{ widthMm: 210, heightMm: 297 }]);
    expect(ofd.quirks).toEqual([]);
    const reachable = ofd.reachable.map(({ part }) => part).sort();
    expect(reachable).toEqual([...ofd.entries.keys()].sort());
  });

  it("has every field as CustomData under its short name, and the commitment to them (GB/T 36903-2018)", () => {
    const main = textOfUtf8(entriesOf(documentOf().bytes).get("OFD.xml") ?? new Uint8Array());
    const custom = Array.from(main.matchAll(/<ofd:CustomData Name="(\w+)">([^<]*)</g), ([, name, value]) => [
      name,
      value,
    ]);
    expect(custom).toHaveLength(13);
    expect(Object.fromEntries(custom)).toMatchObject({
      ZZMC: "食品经营许可证",
      ZZBS: identifier,
      CZZT: "云岭市人民路食堂 &lt;测试&gt; &amp; “分号”",
      ZZYXQJZRQ: "2031-11-20",
      YXSJZY: fieldsRoot,
    });
  });

  it("shows every value that a person reads, in the embedded font", () => {
    const entries = entriesOf(documentOf().bytes);
    const page = textOfUtf8(entries.get("Doc_0/Pages/Page_0/Content.xml") ?? new Uint8Array());
    const shown = Array.from(page.matchAll(/<ofd:TextCode[^>]*>([^<]*)</g), ([, text]) => text).join("");
    for (const { name, value } of fields) {
      if (name === "CZZTDMLX") continue;
      expect(shown).toContain(value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
    }
    expect(equalBytes(entries.get("Doc_0/Res/font.otf") ?? new Uint8Array(), fontBytes)).toBe(true);
  });

  it("places one distance between each two characters", () => {
    const entries = entriesOf(documentOf().bytes);
    const page = textOfUtf8(entries.get("Doc_0/Pages/Page_0/Content.xml") ?? new Uint8Array());
    for (const [, deltas = "", text = ""] of page.matchAll(/DeltaX="([^"]*)">([^<]*)</g)) {
      const characters = Array.from(text.replaceAll(/&\w+;/g, "&"));
      expect(deltas.split(" "), text).toHaveLength(characters.length - 1);
    }
  });

  it("is the same for the same license", () => {
    expect(equalBytes(documentOf().bytes, documentOf().bytes)).toBe(true);
  });

  it("sets a long title smaller and never cuts it off", () => {
    const name = "云岭市".repeat(20);
    const document = documentOf({ fields: fieldsOf({ identifier, content: { ...content, name } }) });
    const page = textOfUtf8(
      entriesOf(document.bytes).get("Doc_0/Pages/Page_0/Content.xml") ?? new Uint8Array(),
    );
    const [, x = "", , width = ""] = /Boundary="([\d.]+) ([\d.]+) ([\d.]+)/.exec(page) ?? [];
    expect(page).toContain(`>${name}<`);
    expect(Number(x)).toBeGreaterThanOrEqual(10);
    expect(Number(x) + Number(width)).toBeLessThanOrEqual(200);
  });

  it("is refused by name when the font lacks a character", () => {
    const odd = { ...content, holder: { ...content.holder, name: "龘" } };
    expect(() => documentOf({ fields: fieldsOf({ identifier, content: odd }) })).toThrow(
      expect.objectContaining({
        code: "glyph-missing",
        message: expect.stringContaining("龘 (U+9F98)") as string,
      }),
    );
  });
});

describe("a sealed copy of a license document", () => {
  const draft = documentOf();
  const repacked = (change: (entries: Map<string, Uint8Array>) => void) => {
    const entries = entriesOf(draft.bytes);
    change(entries);
    return createOfd(entries, createdAt);
  };

  it("has all its parts, and OFD.xml with the same DocInfo", () => {
    const sealed = repacked((entries) => {
      const main = textOfUtf8(entries.get("OFD.xml") ?? new Uint8Array());
      entries.set(
        "OFD.xml",
        utf8Of(main.replace("</ofd:DocBody>", "<ofd:Signatures>/S.xml</ofd:Signatures></ofd:DocBody>")),
      );
      entries.set("S.xml", utf8Of('<ofd:Signatures xmlns:ofd="http://www.ofdspec.org/2016"/>'));
    });
    expect(isSealedCopyOf(draft, sealed)).toBe(true);
  });

  it.each([
    ["another page", "Doc_0/Pages/Page_0/Content.xml", "云岭市", "云岭县"],
    ["other data", "OFD.xml", "2031-11-20", "2099-11-20"],
  ])("is not one with %s", (_, part, before, after) => {
    const changed = repacked((entries) => {
      const text = textOfUtf8(entries.get(part) ?? new Uint8Array());
      expect(text).toContain(before);
      entries.set(part, utf8Of(text.replace(before, after)));
    });
    expect(isSealedCopyOf(draft, changed)).toBe(false);
  });
});

describe("text on a page", () => {
  it("breaks between any two characters, and every line fits", () => {
    expect(wrapText(font, "一二三四五", 4, 8)).toEqual(["一二", "三四", "五"]);
    expect(wrapText(font, "一", 4, 1)).toEqual(["一"]);
    expect(wrapText(font, "", 4, 8)).toEqual([""]);
  });
});

describe("a document font", () => {
  it.each([
    ["a text", utf8Of("not a font")],
    ["nothing", new Uint8Array()],
    ["more than is put into every license", new Uint8Array(5_000_000)],
  ])("is not %s", (_, bytes) => {
    expect(() => openDocumentFont(bytes)).toThrow(RangeError);
  });
});
