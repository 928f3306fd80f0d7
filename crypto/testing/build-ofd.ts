import { utf8Of } from "../src/bytes/index.ts";
import { createOfd, openOfd, prepareOfdSeal } from "../src/ofd/index.ts";
import type { OfdSealRequest } from "../src/ofd/index.ts";
import { assembleZip } from "./build-zip.ts";
import type { ZipPart } from "./build-zip.ts";

/** The text of parts by path. `undefined` takes a part out. */
export type OfdParts = Readonly<Record<string, string | undefined>>;

const namespace = 'xmlns:ofd="http://www.ofdspec.org/2016"';

/** An element of the OFD namespace as a whole part. */
export function ofdXml(name: string, content: string, attributes = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ofd:${name} ${namespace}${attributes}>${content}</ofd:${name}>`;
}

/** The smallest document that anyone would seal: one A4 page with a line of text. */
export const smallParts = {
  "OFD.xml": ofdXml(
    "OFD",
    "<ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID></ofd:DocInfo>" +
      "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>",
    ' Version="1.1" DocType="OFD"',
  ),
  "Doc_0/Document.xml": ofdXml(
    "Document",
    "<ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID>" +
      "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>" +
      '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>',
  ),
  "Doc_0/Pages/Page_0/Content.xml": ofdXml(
    "Page",
    '<ofd:Content><ofd:Layer ID="2"><ofd:TextObject ID="3" Boundary="20 20 60 6" Font="4" Size="5">' +
      '<ofd:TextCode X="0" Y="5" DeltaX="5 5 5">同意设立</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content>',
  ),
} as const satisfies OfdParts;

/** The parts of {@link smallParts} with changes, as bytes in order. */
export function partsWith(changes: OfdParts = {}): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>();
  const texts: OfdParts = { ...smallParts, ...changes };
  for (const [path, text] of Object.entries(texts)) {
    if (text !== undefined) parts.set(path, utf8Of(text));
  }
  return parts;
}

/** {@link smallParts} with changes as a package whose entries are all stored. @throws OfdError if it would not open */
export function smallOfd(changes: OfdParts = {}): Uint8Array {
  return createOfd(partsWith(changes), new Date("2026-11-21T01:00:00Z"));
}

/** The same, compressed, and not opened: for packages that are wrong. */
export function deflatedOfd(changes: OfdParts = {}): Uint8Array {
  return assembleZip(
    Array.from(partsWith(changes), ([name, content]): ZipPart => ({ name, content, isDeflated: true })),
  );
}

/** A request for one seal that fits on an A4 page. */
export function ofdSealRequest(changes: Partial<OfdSealRequest> = {}): OfdSealRequest {
  return {
    pages: [{ pageIndex: 0, boundary: { x: 105.5, y: 187, width: 42, height: 42 } }],
    sealBytes: utf8Of("a seal"),
    signatureMethodOid: "1.2.156.10197.1.501",
    signedAt: new Date("2026-11-21T02:02:11Z"),
    provider: { name: "Yinxin", company: "印信 & 测试", version: "0.1.0" },
    ...changes,
  };
}

/** Seals with a value that means nothing: this folder knows no seals. */
export function sealOfd(
  ofd: Uint8Array,
  changes: Partial<OfdSealRequest> = {},
  value = "a value",
): Uint8Array {
  return prepareOfdSeal(openOfd(ofd), ofdSealRequest(changes)).complete(utf8Of(value));
}
