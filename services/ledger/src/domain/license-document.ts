import { equalBytes, hexOf, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { createOfd, openOfd } from "@yinxin/crypto/ofd";

import type { DocumentFont } from "./document-font.ts";
import type { LicenseField } from "./license-fields.ts";
import { encodeTextObject, escapeXml, widthMmOf, wrapText } from "./page-text.ts";
import type { TextLine } from "./page-text.ts";

/** A4, upright. */
const page = { widthMm: 210, heightMm: 297 } as const;
const layout = {
  title: { yMm: 42, sizeMm: 9 },
  rows: { yMm: 72, labelXMm: 30, valueXMm: 76, sizeMm: 4.2, pitchMm: 9.5, valueWidthMm: 104 },
  foot: { yMm: 214, centreXMm: 149, sizeMm: 5, pitchMm: 9 },
} as const;

/** The top left corner of a seal of 42 mm so that it lies over authority and date, as it does on paper. */
export const sealPlacement = { page: 1, xMm: 128, yMm: 198 } as const;

/** A document that is ready to be sealed, and the part of it that the seal must find unchanged. */
export interface LicenseDocument {
  readonly bytes: Uint8Array;
  /** The DocInfo element as it stands in OFD.xml. */
  readonly docInfo: string;
}

export interface LicenseDocumentRequest {
  readonly fields: readonly LicenseField[];
  /** `sha-256:…`; stands in the document as YXSJZY (印信数据摘要), so that the seal covers it. */
  readonly fieldsRoot: string;
  readonly createdAt: Date;
  /** 16 random bytes for DocID. */
  readonly documentId: Uint8Array;
}

/**
 * Makes the one-page OFD of a license (GB/T 33190-2016): the fields as text, and again as CustomData under their short
 * names of GB/T 36903-2018, with the commitment to them that the ledger's leaf carries too.
 *
 * @throws Refusal `glyph-missing`.
 */
export function createLicenseDocument(font: DocumentFont, request: LicenseDocumentRequest): LicenseDocument {
  const docInfo = encodeDocInfo(request);
  const fontPart = `Res/font.${font.fileExtension}`;
  const parts = new Map([
    [
      "OFD.xml",
      xml(
        `<ofd:OFD ${namespace} Version="1.0" DocType="OFD"><ofd:DocBody>${docInfo}<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
      ),
    ],
    ["Doc_0/Document.xml", xml(documentXml)],
    ["Doc_0/PublicRes.xml", xml(encodeResources(font, fontPart))],
    ["Doc_0/Pages/Page_0/Content.xml", xml(encodePage(font, request.fields))],
    [`Doc_0/${fontPart}`, font.bytes],
  ]);
  return { bytes: createOfd(parts, request.createdAt), docInfo };
}

/**
 * Whether `sealed` is this very document with a seal: every part is there unchanged but OFD.xml, which names the list of
 * signatures now and still has the same DocInfo.
 *
 * @throws OfdError if the sealed document is not an OFD.
 */
export function isSealedCopyOf(draft: LicenseDocument, sealed: Uint8Array): boolean {
  const after = openOfd(sealed).entries;
  const areUnchanged = Array.from(openOfd(draft.bytes).entries).every(([path, entry]) => {
    const other = after.get(path);
    return other !== undefined && (path === "OFD.xml" || equalBytes(entry.content(), other.content()));
  });
  const main = after.get("OFD.xml");
  return (
    areUnchanged &&
    main !== undefined &&
    textOfUtf8(main.content()).includes(`<ofd:DocBody>${draft.docInfo}<`)
  );
}

const namespace = 'xmlns:ofd="http://www.ofdspec.org/2016"';
const fontId = 1;
const pageId = 2;
/** Of the first object on the page; ids count on from here. */
const firstObjectId = 10;
/** CT_CommonData MaxUnitID: no id is larger. */
const maxUnitId = 200;

const documentXml =
  `<ofd:Document ${namespace}><ofd:CommonData><ofd:MaxUnitID>${String(maxUnitId)}</ofd:MaxUnitID>` +
  `<ofd:PageArea><ofd:PhysicalBox>0 0 ${String(page.widthMm)} ${String(page.heightMm)}</ofd:PhysicalBox></ofd:PageArea>` +
  `<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>` +
  `<ofd:Pages><ofd:Page ID="${String(pageId)}" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>`;

function xml(element: string): Uint8Array {
  return utf8Of(`<?xml version="1.0" encoding="UTF-8"?>\n${element}\n`);
}

function encodeDocInfo({ fields, fieldsRoot, createdAt, documentId }: LicenseDocumentRequest): string {
  const custom = [...fields, { name: "YXSJZY", value: fieldsRoot }]
    .map(({ name, value }) => `<ofd:CustomData Name="${name}">${escapeXml(value)}</ofd:CustomData>`)
    .join("");
  return (
    `<ofd:DocInfo><ofd:DocID>${hexOf(documentId)}</ofd:DocID>` +
    `<ofd:Title>${escapeXml(valueOf(fields, "ZZMC"))}</ofd:Title>` +
    `<ofd:CreationDate>${createdAt.toISOString().slice(0, 10)}</ofd:CreationDate>` +
    `<ofd:Creator>Yinxin</ofd:Creator><ofd:CustomDatas>${custom}</ofd:CustomDatas></ofd:DocInfo>`
  );
}

function encodeResources(font: DocumentFont, fontPart: string): string {
  const name = escapeXml(font.familyName);
  return (
    `<ofd:Res ${namespace} BaseLoc="."><ofd:Fonts>` +
    `<ofd:Font ID="${String(fontId)}" FontName="${name}" FamilyName="${name}">` +
    `<ofd:FontFile>${fontPart}</ofd:FontFile></ofd:Font></ofd:Fonts></ofd:Res>`
  );
}

function encodePage(font: DocumentFont, fields: readonly LicenseField[]): string {
  const lines = [...titleOf(font, fields), ...rowsOf(font, fields), ...footOf(font, fields)];
  const objects = lines.map((line, index) => encodeTextObject(font, firstObjectId + index, fontId, line));
  return (
    `<ofd:Page ${namespace}><ofd:Content><ofd:Layer ID="${String(firstObjectId - 1)}">${objects.join("")}` +
    `</ofd:Layer></ofd:Content></ofd:Page>`
  );
}

function titleOf(font: DocumentFont, fields: readonly LicenseField[]): TextLine[] {
  return [centred(font, valueOf(fields, "ZZMC"), { ...layout.title, centreXMm: page.widthMm / 2 })];
}

/** In the order in which a person reads a license; authority and date stand at the foot, under the seal. */
const rowOrder = ["ZZBH", "CZZT", "CZZTDM", "ZZYXQQSRQ", "ZZYXQJZRQ", "ZZLXDM", "ZZBFJGDM", "ZZBS"] as const;

function rowsOf(font: DocumentFont, fields: readonly LicenseField[]): TextLine[] {
  const { yMm, labelXMm, valueXMm, sizeMm, pitchMm, valueWidthMm } = layout.rows;
  const lines: TextLine[] = [];
  let y: number = yMm;
  for (const name of rowOrder) {
    lines.push({ text: labelOf(fields, name), xMm: labelXMm, yMm: y, sizeMm });
    for (const text of wrapText(font, valueOf(fields, name), sizeMm, valueWidthMm)) {
      lines.push({ text, xMm: valueXMm, yMm: y, sizeMm });
      y += pitchMm;
    }
  }
  return lines;
}

function footOf(font: DocumentFont, fields: readonly LicenseField[]): TextLine[] {
  const { yMm, pitchMm } = layout.foot;
  return [
    centred(font, valueOf(fields, "ZZBFJG"), layout.foot),
    centred(font, valueOf(fields, "ZZBFRQ"), { ...layout.foot, yMm: yMm + pitchMm }),
  ];
}

function centred(
  font: DocumentFont,
  text: string,
  { centreXMm, yMm, sizeMm }: { readonly centreXMm: number; readonly yMm: number; readonly sizeMm: number },
): TextLine {
  // A long name is set smaller, never cut off: it must stand on the page whole.
  const widthMm = widthMmOf(font, text, sizeMm);
  const room = 2 * Math.min(centreXMm, page.widthMm - centreXMm) - 20;
  const fitting = widthMm > room ? (sizeMm * room) / widthMm : sizeMm;
  return { text, xMm: centreXMm - Math.min(widthMm, room) / 2, yMm, sizeMm: fitting };
}

function fieldOf(fields: readonly LicenseField[], name: string): LicenseField {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new RangeError(`a license has no field ${name}`);
  return field;
}

function labelOf(fields: readonly LicenseField[], name: string): string {
  return fieldOf(fields, name).label;
}

function valueOf(fields: readonly LicenseField[], name: string): string {
  return fieldOf(fields, name).value;
}
