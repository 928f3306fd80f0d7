import type { ByteRange } from "./byte-range.ts";
import { readDocument } from "./document-read.ts";
import { OfdError } from "./ofd-error.ts";
import type { OfdEntry, OfdPackage, OfdPage, OfdSignature } from "./ofd-package.ts";
import {
  locatePart,
  noteQuirk,
  noteReachable,
  noteRivals,
  readPart,
  startReading,
} from "./package-reading.ts";
import type { PackageReading } from "./package-reading.ts";
import { folderOf } from "./location.ts";
import { documentPartOf, mainPart, signaturesPartOf } from "./main-part.ts";
import { readSignatures } from "./signatures-read.ts";
import { childOf, childrenOf, limitedChildrenOf, childTextOf } from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";
import { readZip } from "./zip-read.ts";
import type { ZipArchive } from "./zip-read.ts";

/** Packages with several documents are rare, and then they have two or three. */
const mostDocuments = 64;

/**
 * Opens an OFD package: reads the archive strictly, walks every document from OFD.xml to its last resource, and reads the
 * signatures. Nothing is verified. The input is copied, so later changes to it do not matter.
 *
 * @throws OfdError; see {@link OfdErrorCode}
 */
export function openOfd(input: Uint8Array): OfdPackage {
  const archive = readZip(new Uint8Array(input));
  const files = archive.entries.filter(({ isFolder }) => !isFolder);
  const entries = new Map<string, OfdEntry>(
    files.map(({ name, data, content }) => [name, { path: name, range: data, content: () => content }]),
  );
  if (!entries.has(mainPart)) throw new OfdError("not-ofd", "the archive has no OFD.xml");
  const reading = startReading(entries);
  for (const { code, where } of archive.quirks) noteQuirk(reading, code, where);
  const bodies = readBodies(reading);
  noteRivals(reading);
  const signaturesPart = bodies.find((body) => body.signaturesPart !== undefined)?.signaturesPart;
  return {
    bytes: archive.bytes,
    archive,
    entries,
    pages: bodies.flatMap(({ pages }) => pages),
    reachable: Array.from(reading.reachable, ([part, visible]) => ({ part, visible })),
    signatures: bodies.flatMap(({ signatures }) => signatures),
    ...(signaturesPart === undefined ? {} : { signaturesPart }),
    uncoveredRanges: (part) => rangesOf(archive, part),
    quirks: [...reading.quirks.values()],
  };
}

interface Body {
  readonly pages: readonly OfdPage[];
  readonly signatures: readonly OfdSignature[];
  readonly signaturesPart: string | undefined;
}

function readBodies(reading: PackageReading): Body[] {
  const { root } = readPart(reading, mainPart, "OFD");
  noteReachable(reading, mainPart, true);
  const elements = limitedChildrenOf(root, "DocBody", mostDocuments);
  if (elements.length === 0) throw new OfdError("ofd-malformed", "there is no DocBody", mainPart);
  return elements.map((element, documentIndex) => readBody(reading, element, documentIndex));
}

function readBody(reading: PackageReading, element: XmlElement, documentIndex: number): Body {
  const part = documentPartOf(element);
  const pages = readDocument(reading, part, documentIndex);
  readVersions(reading, element);
  const signaturesPart = signaturesPartOf(element);
  if (signaturesPart === undefined) return { pages, signatures: [], signaturesPart };
  const pageIds = new Set(pages.map(({ id }) => id));
  const signatures = readSignatures(reading, { part: signaturesPart, documentIndex, pageIds });
  return { pages, signatures, signaturesPart };
}

/** Other versions of the document: readers may offer them, so all that they name counts as seen. */
function readVersions(reading: PackageReading, body: XmlElement): void {
  const versions = childOf(body, "Versions");
  for (const version of versions === undefined ? [] : childrenOf(versions, "Version")) {
    const location = version.attributes.get("BaseLoc")?.trim() ?? "";
    const part = location === "" ? undefined : locatePart(reading, mainPart, "", location);
    if (part !== undefined) readVersion(reading, part);
  }
}

function readVersion(reading: PackageReading, part: string): void {
  // Once is enough, however often it is named.
  if (reading.reachable.get(part) === true) return;
  noteReachable(reading, part, true);
  const { root } = readPart(reading, part, "DocVersion");
  const fileList = childOf(root, "FileList");
  const files = fileList === undefined ? [] : childrenOf(fileList, "File").map(({ text }) => text.trim());
  const documentRoot = childTextOf(root, "DocRoot");
  for (const location of documentRoot === undefined ? files : [...files, documentRoot]) {
    const file = location === "" ? undefined : locatePart(reading, part, folderOf(part), location);
    if (file !== undefined) noteReachable(reading, file, true);
  }
}

function rangesOf({ entries }: ZipArchive, part: string): readonly ByteRange[] {
  if (part === "zip:attributes") return entries.flatMap(({ attributes }) => attributes);
  if (part === "zip:compression")
    return entries.filter(({ isDeflated }) => isDeflated).map(({ data }) => data);
  const entry = entries.find(({ name, isFolder }) => name === part && !isFolder);
  return entry === undefined ? [] : [entry.data];
}
