import type { DigestName } from "../src/algorithms/index.ts";
import { base64Of, textOfUtf8, utf8Of } from "../src/bytes/index.ts";
import { digest } from "../src/digest/index.ts";
import { assembleZip } from "./build-zip.ts";
import { forgeSealSignature } from "./forge-seal.ts";
import type { SealSignatureWishes } from "./forge-seal.ts";
import type { TestIdentity } from "./test-authority.ts";

/** The files of an OFD package by path, in the order of the archive. */
export type OfdParts = ReadonlyMap<string, Uint8Array>;

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'xmlns:ofd="http://www.ofdspec.org/2016"';

/** The paths of {@link simpleOfd} and of the signature that is put into it. */
export const ofdPaths = {
  main: "OFD.xml",
  document: "Doc_0/Document.xml",
  page: "Doc_0/Pages/Page_0/Content.xml",
  list: "Doc_0/Signs/Signatures.xml",
  signature: "Doc_0/Signs/Sign_0/Signature.xml",
  signedValue: "Doc_0/Signs/Sign_0/SignedValue.dat",
  seal: "Doc_0/Signs/Sign_0/Seal.esl",
} as const;

/** One empty A4 page, with the list of signatures named and not there yet. */
export function simpleOfd(): Map<string, Uint8Array> {
  return new Map([
    [ofdPaths.main, mainXml(ofdPaths.document)],
    [ofdPaths.document, documentXml("Pages/Page_0/Content.xml")],
    [ofdPaths.page, pageXml("")],
  ]);
}

/** OFD.xml that leads to the given document. */
export function mainXml(documentRoot: string): Uint8Array {
  return utf8Of(
    `${declaration}<ofd:OFD ${namespace} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID></ofd:DocInfo><ofd:DocRoot>${documentRoot}</ofd:DocRoot><ofd:Signatures>/${ofdPaths.list}</ofd:Signatures></ofd:DocBody></ofd:OFD>`,
  );
}

/** Document.xml with one page. */
export function documentXml(page: string): Uint8Array {
  return utf8Of(
    `${declaration}<ofd:Document ${namespace}><ofd:CommonData><ofd:MaxUnitID>2</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="${page}"/></ofd:Pages></ofd:Document>`,
  );
}

/** A page with the given layer contents. */
export function pageXml(layer: string): Uint8Array {
  return utf8Of(
    `${declaration}<ofd:Page ${namespace}><ofd:Content><ofd:Layer ID="2">${layer}</ofd:Layer></ofd:Content></ofd:Page>`,
  );
}

/** Signatures.xml with records as written. */
export function listXml(records: string): Uint8Array {
  return utf8Of(
    `${declaration}<ofd:Signatures ${namespace}><ofd:MaxSignId>s001</ofd:MaxSignId>${records}</ofd:Signatures>`,
  );
}

export interface SealedOfdWishes extends Partial<Omit<SealSignatureWishes, "seal" | "dataHash">> {
  readonly seal: Uint8Array;
  /** {@link simpleOfd} unless given. */
  readonly parts?: OfdParts;
  /** Which of the parts are listed; all, and the seal file, unless given. */
  readonly references?: readonly string[];
  readonly checkMethod?: string;
  readonly digestName?: DigestName;
  /** What to do to Signature.xml before it is signed. */
  readonly editXml?: (xml: string) => string;
  readonly record?: string;
  /** False leaves Seal.esl out, as tax documents do. */
  readonly hasSealFile?: boolean;
}

/**
 * A sealed package with right digests and values over whatever a test wishes for, sensible or not. `prepareOfdSeal`
 * would refuse much of it.
 */
export async function forgeSealedOfd(
  signer: TestIdentity,
  wishes: SealedOfdWishes,
): Promise<Map<string, Uint8Array>> {
  const { seal, hasSealFile = true, digestName = "SM3", checkMethod = "SM3" } = wishes;
  const parts = new Map(wishes.parts ?? simpleOfd());
  if (hasSealFile) parts.set(ofdPaths.seal, seal);
  const listed = wishes.references ?? [...parts.keys()];
  const references = listed.map((part) => {
    const value = base64Of(digest(digestName, parts.get(part) ?? new Uint8Array()));
    return `<ofd:Reference FileRef="/${part}"><ofd:CheckValue>${value}</ofd:CheckValue></ofd:Reference>`;
  });
  const sealXml = hasSealFile ? `<ofd:Seal><ofd:BaseLoc>/${ofdPaths.seal}</ofd:BaseLoc></ofd:Seal>` : "";
  const xml = `${declaration}<ofd:Signature ${namespace}><ofd:SignedInfo><ofd:Provider ProviderName="test"/><ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod><ofd:SignatureDateTime>20261121100211</ofd:SignatureDateTime><ofd:References CheckMethod="${checkMethod}">${references.join("")}</ofd:References><ofd:StampAnnot ID="s002" PageRef="1" Boundary="120 200 42 42"/>${sealXml}</ofd:SignedInfo><ofd:SignedValue>/${ofdPaths.signedValue}</ofd:SignedValue></ofd:Signature>`;
  const signatureXml = utf8Of(wishes.editXml === undefined ? xml : wishes.editXml(xml));
  const value = await forgeSealSignature(signer, {
    propertyInfo: `/${ofdPaths.signature}`,
    ...wishes,
    dataHash: digest("SM3", signatureXml),
  });
  parts.set(ofdPaths.list, listXml(wishes.record ?? signatureRecord("s001")));
  parts.set(ofdPaths.signature, signatureXml);
  parts.set(ofdPaths.signedValue, value);
  return parts;
}

/** A record of Signatures.xml. */
export function signatureRecord(id: string, part: string = ofdPaths.signature, type = "Seal"): string {
  return `<ofd:Signature ID="${id}" Type="${type}" BaseLoc="/${part}"/>`;
}

/** The text of a part. @throws Error if there is none */
export function textOfPart(parts: OfdParts, path: string): string {
  const part = parts.get(path);
  if (part === undefined) throw new Error(`no ${path}`);
  return textOfUtf8(part);
}

/** The parts with one of them changed, or a new one. */
export function changedPart(parts: OfdParts, path: string, content: Uint8Array | string): OfdParts {
  return new Map([...parts, [path, typeof content === "string" ? utf8Of(content) : content]]);
}

/** The parts as an archive, all stored. Nothing is checked. */
export function zipOf(parts: OfdParts): Uint8Array {
  return assembleZip(Array.from(parts, ([name, content]) => ({ name, content })));
}
