import { describe, expect, it } from "vitest";

import { refusalOf } from "../../testing/ofd-error.ts";
import { concatBytes, utf8Of } from "../bytes/index.ts";
import { readXml, xmlLimits } from "./xml-read.ts";

const read = (text: string, leaveOut?: string) => readXml(utf8Of(text), "part.xml", leaveOut);

describe("an XML part that is read", () => {
  it("keeps names, prefixes, namespaces, plain attributes and text", () => {
    const { root } = read(
      '<?xml version="1.0"?><o:a xmlns:o="u" x="1" o:y="2">t<o:b/>&amp;<![CDATA[<]]></o:a>',
    );
    expect(root).toMatchObject({ name: "a", prefix: "o:", namespace: "u", text: "t&<" });
    expect([...root.attributes]).toEqual([["x", "1"]]);
    expect(root.children.map(({ name }) => name)).toEqual(["b"]);
  });

  it("tells where the content of each element lies, also after a byte order mark and beyond the basic plane", () => {
    const text = '\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<a 中="𠀀"><b/>\r\n<c>𠀀<d></d></c ></a>';
    const { root, text: kept } = read(text);
    const [empty, filled] = root.children;
    const contentOf = (range?: { start: number; end: number }) => range && kept.slice(range.start, range.end);
    expect(kept).toBe(text);
    expect(contentOf(root.content)).toBe("<b/>\r\n<c>𠀀<d></d></c >");
    expect(empty?.content).toBeUndefined();
    expect(kept.slice(0, empty?.startTagEnd).endsWith("<b/>")).toBe(true);
    expect(contentOf(filled?.content)).toBe("𠀀<d></d>");
    expect(contentOf(filled?.children[0]?.content)).toBe("");
  });

  it("leaves out what stands below an element when asked, and nothing else", () => {
    const { root } = read(
      "<Page><Area>1</Area><Content>x<Layer><Content>y</Content></Layer></Content><Z/></Page>",
      "Content",
    );
    expect(root.children.map(({ name }) => name)).toEqual(["Area", "Content", "Z"]);
    expect(root.children[1]).toMatchObject({ children: [], text: "x" });
  });
});

describe("an XML part that is refused", () => {
  const deep = `${"<a>".repeat(xmlLimits.depth + 1)}${"</a>".repeat(xmlLimits.depth + 1)}`;
  const wide = `<a>${"<b/>".repeat(xmlLimits.elements)}</a>`;
  const cases = [
    ["a document type", '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'],
    ["entities of its own", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
    ["an entity that nobody declared", "<a>&e;</a>"],
    ["a tag that is not closed", "<a><b></a>"],
    ["an attribute twice", '<a x="1" x="2"/>'],
    ["an attribute twice under two prefixes", '<a xmlns:o="o" x="1" o:x="2"/>'],
    ["a prefix without a namespace", "<o:a/>"],
    ["two roots", "<a/><b/>"],
    ["text behind the root", "<a/>x"],
    ["nothing in it", ""],
    ["a character that XML does not have", "<a>\u0001</a>"],
    ["another encoding", '<?xml version="1.0" encoding="GBK"?><a/>'],
    ["XML 1.1", '<?xml version="1.1"?><a/>'],
    ["elements nested too deeply", deep],
    [
      "elements nested too deeply where they are left out",
      deep.replace("<a>", "<a><Content>").concat("</Content></a>"),
    ],
    ["too many elements", wide],
  ] as const;
  for (const [what, text] of cases) {
    it(`has ${what}`, () => {
      expect(refusalOf(() => read(text, "Content"))).toMatchObject({
        code: "xml-malformed",
        part: "part.xml",
      });
    });
  }

  it("is not UTF-8, or too large", () => {
    const notUtf8 = concatBytes(utf8Of("<a>"), Uint8Array.of(0xff), utf8Of("</a>"));
    expect(refusalOf(() => readXml(notUtf8, "part.xml"))?.code).toBe("xml-malformed");
    expect(refusalOf(() => readXml(new Uint8Array(xmlLimits.bytes + 1), "part.xml"))?.code).toBe(
      "xml-malformed",
    );
  });
});
