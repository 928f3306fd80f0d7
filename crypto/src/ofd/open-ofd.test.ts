import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { deflatedOfd, ofdXml, smallOfd, smallParts } from "../../testing/build-ofd.ts";
import type { OfdParts } from "../../testing/build-ofd.ts";
import { assembleZip } from "../../testing/build-zip.ts";
import { refusalOf } from "../../testing/ofd-error.ts";
import { textOfUtf8, utf8Of } from "../bytes/index.ts";
import { openOfd } from "./open-ofd.ts";

const open = (changes?: OfdParts) => openOfd(deflatedOfd(changes));
const refusal = (changes: OfdParts) => refusalOf(() => open(changes));

function documentWith({ common = "", pages = '<ofd:Page ID="1" BaseLoc="P.xml"/>', more = "" }): string {
  const area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>";
  return ofdXml(
    "Document",
    `<ofd:CommonData>${area}${common}</ofd:CommonData><ofd:Pages>${pages}</ofd:Pages>${more}`,
  );
}

/** A document that uses everything a document can name. */
const richParts: OfdParts = {
  "Doc_0/Document.xml": documentWith({
    common:
      "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>/Doc_0/DocumentRes.xml</ofd:DocumentRes>" +
      '<ofd:TemplatePage ID="20" BaseLoc="Tpls/Tpl_0.xml"/><ofd:TemplatePage ID="21" BaseLoc="Tpls/Tpl_1.xml"/>',
    more:
      "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>" +
      "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments><ofd:Extensions>Extensions.xml</ofd:Extensions>",
  }),
  "Doc_0/Pages/Page_0/Content.xml": undefined,
  "Doc_0/P.xml": ofdXml(
    "Page",
    '<ofd:Area><ofd:PhysicalBox>0 0 297.5 210</ofd:PhysicalBox></ofd:Area><ofd:Template TemplateID="20"/>' +
      "<ofd:PageRes>PageRes.xml</ofd:PageRes><ofd:Content/>",
  ),
  "Doc_0/PageRes.xml": ofdXml("Res", "", ' BaseLoc="."'),
  "Doc_0/PublicRes.xml": ofdXml(
    "Res",
    '<ofd:Fonts><ofd:Font ID="1"><ofd:FontFile>f.otf</ofd:FontFile></ofd:Font><ofd:Font ID="2"/></ofd:Fonts>' +
      '<ofd:ColorSpaces><ofd:ColorSpace ID="3" Profile="c.icc"/></ofd:ColorSpaces>',
    ' BaseLoc="Res"',
  ),
  "Doc_0/DocumentRes.xml": ofdXml(
    "Res",
    '<ofd:MultiMedias><ofd:MultiMedia ID="4"><ofd:MediaFile>i.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>',
    ' BaseLoc="Res"',
  ),
  "Doc_0/Res/f.otf": "font",
  "Doc_0/Res/c.icc": "profile",
  "Doc_0/Res/i.png": "image",
  "Doc_0/Tpls/Tpl_0.xml": ofdXml("Page", "<ofd:Content/>"),
  "Doc_0/Tpls/Tpl_1.xml": ofdXml("Page", "<ofd:Content/>"),
  "Doc_0/Annots/Annotations.xml": ofdXml(
    "Annotations",
    '<ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>',
  ),
  "Doc_0/Annots/Page_0/Annotation.xml": "annotation",
  "Doc_0/Tags/CustomTags.xml": ofdXml(
    "CustomTags",
    '<ofd:CustomTag NameSpace="u"><ofd:SchemaLoc>s.xsd</ofd:SchemaLoc><ofd:FileLoc>t.xml</ofd:FileLoc></ofd:CustomTag>',
  ),
  "Doc_0/Tags/s.xsd": "schema",
  "Doc_0/Tags/t.xml": "tags",
  "Doc_0/Attachs/Attachments.xml": ofdXml(
    "Attachments",
    '<ofd:Attachment ID="1"><ofd:FileLoc>a.pdf</ofd:FileLoc></ofd:Attachment>' +
      '<ofd:Attachment ID="2" Visible="false"><ofd:FileLoc>b.pdf</ofd:FileLoc></ofd:Attachment>',
  ),
  "Doc_0/Attachs/a.pdf": "attachment",
  "Doc_0/Attachs/b.pdf": "attachment",
  "Doc_0/Extensions.xml": ofdXml(
    "Extensions",
    '<ofd:Extension AppName="x" RefId="1"><ofd:ExtendData>x.dat</ofd:ExtendData></ofd:Extension>',
  ),
  "Doc_0/x.dat": "extension",
  "smuggled.xml": "nobody names this",
};

describe("an OFD package that opens", () => {
  it("gives its pages with their sizes: the page's own, or the document's", () => {
    const { pages } = open({
      "Doc_0/Document.xml": documentWith({
        pages: '<ofd:Page ID="1" BaseLoc="P.xml"/><ofd:Page ID="2" BaseLoc="Q.xml"/>',
      }),
      "Doc_0/P.xml": ofdXml("Page", "<ofd:Area><ofd:PhysicalBox>0 0 297.5 210</ofd:PhysicalBox></ofd:Area>"),
      "Doc_0/Q.xml": ofdXml("Page", ""),
    });
    expect(pages).toEqual([
      { id: "1", part: "Doc_0/P.xml", widthMm: 297.5, heightMm: 210, documentIndex: 0 },
      { id: "2", part: "Doc_0/Q.xml", widthMm: 210, heightMm: 297, documentIndex: 0 },
    ]);
  });

  it("gives the content and place of each entry, compressed or not", () => {
    for (const bytes of [smallOfd(), deflatedOfd()]) {
      const ofd = openOfd(bytes);
      expect([...ofd.entries.keys()]).toEqual(Object.keys(smallParts));
      const entry = ofd.entries.get("OFD.xml");
      expect(textOfUtf8(entry?.content() ?? new Uint8Array())).toBe(smallParts["OFD.xml"]);
      expect(ofd.uncoveredRanges("OFD.xml")).toEqual([entry?.range]);
    }
  });

  it("reaches every part that a reader comes to and knows which of them are seen", () => {
    const { reachable, quirks } = open(richParts);
    const seen = reachable.filter(({ visible }) => visible).map(({ part }) => part);
    const unseen = reachable.filter(({ visible }) => !visible).map(({ part }) => part);
    expect(seen.toSorted()).toEqual(
      [
        "OFD.xml",
        "Doc_0/Document.xml",
        "Doc_0/P.xml",
        "Doc_0/PageRes.xml",
        "Doc_0/PublicRes.xml",
        "Doc_0/DocumentRes.xml",
        "Doc_0/Res/f.otf",
        "Doc_0/Res/c.icc",
        "Doc_0/Res/i.png",
        "Doc_0/Tpls/Tpl_0.xml",
        "Doc_0/Annots/Annotations.xml",
        "Doc_0/Annots/Page_0/Annotation.xml",
        "Doc_0/Attachs/Attachments.xml",
        "Doc_0/Attachs/a.pdf",
      ].toSorted(),
    );
    expect(unseen.toSorted()).toEqual(
      [
        "Doc_0/Tpls/Tpl_1.xml",
        "Doc_0/Tags/CustomTags.xml",
        "Doc_0/Tags/s.xsd",
        "Doc_0/Tags/t.xml",
        "Doc_0/Attachs/b.pdf",
        "Doc_0/Extensions.xml",
        "Doc_0/x.dat",
      ].toSorted(),
    );
    expect(quirks).toEqual([]);
  });

  it("follows templates that name one another in a circle", () => {
    const { reachable } = open({
      "Doc_0/Document.xml": documentWith({
        common: '<ofd:TemplatePage ID="8" BaseLoc="A.xml"/><ofd:TemplatePage ID="9" BaseLoc="B.xml"/>',
      }),
      "Doc_0/P.xml": ofdXml("Page", '<ofd:Template TemplateID="8"/>'),
      "Doc_0/A.xml": ofdXml("Page", '<ofd:Template TemplateID="9"/>'),
      "Doc_0/B.xml": ofdXml("Page", '<ofd:Template TemplateID="8"/><ofd:Template TemplateID="7"/>'),
    });
    expect(reachable.filter(({ visible }) => visible).map(({ part }) => part)).toContain("Doc_0/B.xml");
  });

  it("reads every document of the package, and versions that it names", () => {
    const body = (rest: string) => `<ofd:DocBody>${rest}</ofd:DocBody>`;
    const { pages, reachable } = open({
      "OFD.xml": ofdXml(
        "OFD",
        body("<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>") +
          body(
            "<ofd:DocRoot>/Doc_1/Document.xml</ofd:DocRoot>" +
              '<ofd:Versions><ofd:Version ID="1" Index="1" BaseLoc="V/v.xml"/></ofd:Versions>',
          ),
      ),
      "Doc_1/Document.xml": documentWith({}),
      "Doc_1/P.xml": ofdXml("Page", ""),
      "V/v.xml": ofdXml(
        "DocVersion",
        '<ofd:FileList><ofd:File ID="1">/V/page.xml</ofd:File></ofd:FileList><ofd:DocRoot>old.xml</ofd:DocRoot>',
      ),
      "V/page.xml": "page",
      "V/old.xml": "document",
    });
    expect(pages.map(({ part, documentIndex }) => [part, documentIndex])).toEqual([
      ["Doc_0/Pages/Page_0/Content.xml", 0],
      ["Doc_1/P.xml", 1],
    ]);
    expect(reachable.map(({ part }) => part)).toEqual(
      expect.arrayContaining(["V/v.xml", "V/page.xml", "V/old.xml"]),
    );
  });

  it("reports what it tolerates: an older namespace, missing resources, root paths without a slash", () => {
    const old = (text: string) => text.replaceAll("http://www.ofdspec.org/2016", "http://www.ofdspec.org");
    const { quirks } = open({
      "Doc_0/Document.xml": old(
        documentWith({
          common: "<ofd:PublicRes>Missing.xml</ofd:PublicRes><ofd:DocumentRes>Doc_0/R.xml</ofd:DocumentRes>",
          pages: '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>',
        }),
      ),
      "Doc_0/R.xml": ofdXml("Res", ""),
    });
    expect(quirks).toEqual([
      { code: "old-namespace", where: "Doc_0/Document.xml" },
      { code: "missing-part", where: "Doc_0/Missing.xml" },
      { code: "location-from-root", where: "Doc_0/Document.xml" },
    ]);
  });

  it("keeps a copy: what happens to the input later does not matter", () => {
    // A Buffer, whose slice() would be a view.
    const bytes = Buffer.from(smallOfd());
    const ofd = openOfd(bytes);
    bytes.fill(0);
    expect(textOfUtf8(ofd.entries.get("OFD.xml")?.content() ?? new Uint8Array())).toBe(smallParts["OFD.xml"]);
  });

  it("is the official reply of the fixtures, with one A4 page and nothing to tolerate", () => {
    const ofd = openOfd(readFileSync(new URL("../../../fixtures/documents/reply.ofd", import.meta.url)));
    expect(ofd.pages).toMatchObject([{ widthMm: 210, heightMm: 297 }]);
    expect(ofd.reachable.map(({ part }) => part)).toContain("Doc_0/Res/reply-subset.otf");
    expect(ofd.reachable).toHaveLength(ofd.entries.size);
    expect(ofd.quirks).toEqual([]);
    expect(ofd.uncoveredRanges("zip:compression")).toEqual([]);
  });
});

describe("a part that another reader may show instead of ours", () => {
  const visible = (changes: OfdParts): readonly string[] =>
    open(changes)
      .reachable.filter((one) => one.visible)
      .map(({ part }) => part);

  it("counts as seen when it stands where the location leads from the root", () => {
    const twin = "Pages/Page_0/Content.xml";
    expect(visible({ [twin]: ofdXml("Page", "") })).toContain(twin);
  });

  it("counts as seen when the part that is named is missing and this one differs in case or folder", () => {
    const font = ofdXml(
      "Res",
      '<ofd:Fonts><ofd:Font ID="5"><ofd:FontFile>fonts/A.ttf</ofd:FontFile></ofd:Font></ofd:Fonts>',
      ' BaseLoc="Res"',
    );
    const named = {
      "Doc_0/Document.xml": documentWith({ common: "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>" }),
      "Doc_0/P.xml": ofdXml("Page", ""),
      "Doc_0/PublicRes.xml": font,
    };
    const other = { "Doc_0/Res/fonts/a.TTF": "x", "Other/fonts/A.ttf": "x", "Other/B.ttf": "x" };
    const seen = visible({ ...named, ...other });
    expect(seen).toEqual(expect.arrayContaining(["Doc_0/Res/fonts/a.TTF", "Other/fonts/A.ttf"]));
    expect(seen).not.toContain("Other/B.ttf");
    expect(visible({ ...named, ...other, "Doc_0/Res/fonts/b.ttf": "x" })).not.toContain(
      "Doc_0/Res/fonts/b.ttf",
    );
  });
});

describe("an OFD package that is refused", () => {
  const body = (rest: string) => ofdXml("OFD", `<ofd:DocBody>${rest}</ofd:DocBody>`);
  const root = "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>";
  const cases: readonly (readonly [string, string, string, OfdParts])[] = [
    ["a document type declaration", "xml-malformed", "OFD.xml", { "OFD.xml": "<!DOCTYPE a><a/>" }],
    [
      "a page that is no XML",
      "xml-malformed",
      "Doc_0/Pages/Page_0/Content.xml",
      { "Doc_0/Pages/Page_0/Content.xml": "x" },
    ],
    ["another namespace", "ofd-malformed", "OFD.xml", { "OFD.xml": '<OFD xmlns="http://example.org"/>' }],
    ["another root element", "ofd-malformed", "OFD.xml", { "OFD.xml": ofdXml("Document", "") }],
    ["no document", "ofd-malformed", "OFD.xml", { "OFD.xml": ofdXml("OFD", "") }],
    ["a DocBody without DocRoot", "ofd-malformed", "OFD.xml", { "OFD.xml": body("") }],
    [
      "a second DocRoot in another namespace, which some readers do not look at",
      "ofd-malformed",
      "OFD.xml",
      { "OFD.xml": body(`${root}<DocRoot xmlns="o">Doc_1/Document.xml</DocRoot>`) },
    ],
    ["two DocRoots", "ofd-malformed", "OFD.xml", { "OFD.xml": body(root + root) }],
    [
      "a DocRoot outside",
      "ofd-malformed",
      "OFD.xml",
      { "OFD.xml": body("<ofd:DocRoot>../a.xml</ofd:DocRoot>") },
    ],
    ["no Document.xml", "ofd-malformed", "Doc_0/Document.xml", { "Doc_0/Document.xml": undefined }],
    [
      "Signatures that name nothing",
      "ofd-malformed",
      "OFD.xml",
      { "OFD.xml": body(`${root}<ofd:Signatures/>`) },
    ],
    [
      "a page whose content is missing",
      "ofd-malformed",
      "Doc_0/Document.xml",
      { "Doc_0/Pages/Page_0/Content.xml": undefined },
    ],
    [
      "a page without a size",
      "ofd-malformed",
      "Doc_0/P.xml",
      {
        "Doc_0/Document.xml": ofdXml(
          "Document",
          '<ofd:CommonData/><ofd:Pages><ofd:Page ID="1" BaseLoc="P.xml"/></ofd:Pages>',
        ),
        "Doc_0/P.xml": ofdXml("Page", ""),
      },
    ],
    [
      "a page size that is no box",
      "ofd-malformed",
      "Doc_0/P.xml",
      {
        "Doc_0/Document.xml": documentWith({}),
        "Doc_0/P.xml": ofdXml("Page", "<ofd:Area><ofd:PhysicalBox>0 0 wide</ofd:PhysicalBox></ofd:Area>"),
      },
    ],
    [
      "two pages with one ID",
      "ofd-malformed",
      "Doc_0/Document.xml",
      {
        "Doc_0/Document.xml": documentWith({
          pages: '<ofd:Page ID="1" BaseLoc="P.xml"/><ofd:Page ID="1" BaseLoc="P.xml"/>',
        }),
        "Doc_0/P.xml": ofdXml("Page", ""),
      },
    ],
    [
      "a resource folder outside",
      "ofd-malformed",
      "Doc_0/R.xml",
      {
        "Doc_0/Document.xml": documentWith({ common: "<ofd:PublicRes>R.xml</ofd:PublicRes>" }),
        "Doc_0/P.xml": ofdXml("Page", ""),
        "Doc_0/R.xml": ofdXml("Res", "", ' BaseLoc="../../x"'),
      },
    ],
  ];
  for (const [what, code, part, changes] of cases) {
    it(`has ${what}: ${code}`, () => {
      expect(refusal(changes)).toMatchObject({ code, part });
    });
  }

  it("has no end of documents or of departures: ofd-malformed", () => {
    const many = (count: number, element: (index: string) => string) =>
      Array.from({ length: count }, (_, index) => element(String(index))).join("");
    const bodies = many(65, () => `<ofd:DocBody>${root}</ofd:DocBody>`);
    expect(refusal({ "OFD.xml": ofdXml("OFD", bodies) })).toMatchObject({
      code: "ofd-malformed",
      part: "OFD.xml",
    });
    const missing = many(8193, (index) => `<ofd:PublicRes>${index}.xml</ofd:PublicRes>`);
    expect(refusal({ "Doc_0/Document.xml": documentWith({ common: missing }) })?.message).toContain(
      "too much",
    );
  });

  it("has no OFD.xml: not-ofd", () => {
    const docx = assembleZip([{ name: "word/document.xml", content: utf8Of("<a/>") }]);
    expect(refusalOf(() => openOfd(docx))?.code).toBe("not-ofd");
    expect(refusalOf(() => openOfd(assembleZip([])))?.code).toBe("not-ofd");
  });
});
