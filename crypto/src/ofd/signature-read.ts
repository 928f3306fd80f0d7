import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { bytesOfBase64 } from "../bytes/index.ts";
import { parseBox } from "./box.ts";
import { parseCheckMethod } from "./check-method.ts";
import { folderOf, resolveLocation } from "./location.ts";
import { OfdError } from "./ofd-error.ts";
import type { OfdSignature, OfdSignatureProblem, OfdStamp } from "./ofd-package.ts";
import { locatePart, noteQuirk, readPart } from "./package-reading.ts";
import type { PackageReading } from "./package-reading.ts";
import {
  childOf,
  limitedChildrenOf,
  childTextOf,
  requiredAttributeOf,
  requiredChildOf,
} from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";
import { zipLimits } from "./zip-read.ts";

/** One for each file of the largest package; more are duplicates or name nothing. */
const mostReferences = zipLimits.entries;

/** A seam over a very long document. */
const mostStamps = 4096;

/** One record of Signatures.xml, resolved. */
export interface SignatureRecord {
  readonly id: string;
  readonly type: "Seal" | "Sign";
  readonly relative: string | undefined;
  /** Path of Signature.xml, which exists. */
  readonly part: string;
  readonly listedIn: string;
  readonly documentIndex: number;
}

/** What one reading of a signature adds up. */
interface SignatureReading {
  readonly package: PackageReading;
  readonly part: string;
  readonly problems: OfdSignatureProblem[];
}

/**
 * Reads Signature.xml with its elements in any order (products do not keep the schema's), and the files it names.
 *
 * @throws OfdError `xml-malformed`; `ofd-malformed` if an element that counts is missing or there twice
 */
export function readSignature(
  reading: PackageReading,
  record: SignatureRecord,
  pageIds: ReadonlySet<string>,
): OfdSignature {
  const signature: SignatureReading = { package: reading, part: record.part, problems: [] };
  const { root } = readPart(reading, record.part, "Signature");
  const info = requiredChildOf(root, "SignedInfo");
  const { id, type, part, listedIn, documentIndex, relative } = record;
  const signedValuePart = requiredFile(signature, requiredChildOf(root, "SignedValue").text.trim());
  const signatureMethod = childTextOf(info, "SignatureMethod");
  const claimedTime = childTextOf(info, "SignatureDateTime");
  return {
    id,
    type,
    part,
    listedIn,
    documentIndex,
    ...(relative === undefined ? {} : { relative }),
    raw: contentOf(reading, part),
    ...readReferences(signature, childOf(info, "References")),
    stamps: readStamps(signature, info, pageIds),
    ...readSeal(signature, childOf(info, "Seal")),
    signedValuePart,
    signedValue: contentOf(reading, signedValuePart),
    ...(signatureMethod === undefined ? {} : { signatureMethod }),
    ...(claimedTime === undefined ? {} : { claimedTime }),
    problems: signature.problems,
  };
}

function contentOf(reading: PackageReading, part: string): Uint8Array {
  const entry = reading.entries.get(part);
  if (entry === undefined) throw new OfdError("ofd-malformed", "the part is missing", part);
  return entry.content();
}

function requiredFile(signature: SignatureReading, location: string): string {
  const part = locatePart(signature.package, signature.part, folderOf(signature.part), location);
  if (part === undefined) throw new OfdError("ofd-malformed", `${location} is missing`, signature.part);
  return part;
}

function readReferences(
  signature: SignatureReading,
  element: XmlElement | undefined,
): Pick<OfdSignature, "checkMethod" | "checkMethodText" | "references"> {
  const { problems, part } = signature;
  const checkMethodText = element?.attributes.get("CheckMethod")?.trim() ?? "";
  const { digest, quirk } = parseCheckMethod(checkMethodText);
  if (quirk !== undefined) noteQuirk(signature.package, quirk, part);
  if (digest === undefined) {
    problems.push({
      code: "check-method-unknown",
      detail: `CheckMethod is ${JSON.stringify(checkMethodText)}.`,
    });
  }
  const elements = element === undefined ? [] : limitedChildrenOf(element, "Reference", mostReferences);
  const references = new Map<string, Uint8Array>();
  for (const reference of elements) {
    const { target, value } = readReference(signature, reference, digest);
    if (references.has(target)) {
      problems.push({ code: "reference-duplicate", detail: `${target} is referenced twice.` });
    }
    references.set(target, value);
  }
  if (references.size === 0) {
    problems.push({
      code: "references-missing",
      detail: "The signature references no part of the document.",
    });
  }
  return {
    checkMethod: digest,
    checkMethodText,
    references: Array.from(references, ([target, value]) => ({ part: target, digest: value })),
  };
}

function readReference(
  { package: reading, part, problems }: SignatureReading,
  element: XmlElement,
  method: DigestName | undefined,
): { readonly target: string; readonly value: Uint8Array } {
  const location = requiredAttributeOf(element, "FileRef");
  const found = locatePart(reading, part, folderOf(part), location);
  const target = found ?? resolveLocation(folderOf(part), location) ?? location;
  if (found === undefined) {
    problems.push({
      code: "reference-target-missing",
      detail: `${target} is referenced and not in the package.`,
    });
  }
  const value = parseCheckValue(requiredChildOf(element, "CheckValue").text);
  const isRight =
    value !== undefined && (method === undefined || value.length === digestAlgorithms[method].lengthBytes);
  if (!isRight) {
    problems.push({ code: "check-value-malformed", detail: `The CheckValue of ${target} is not a digest.` });
  }
  return { target, value: value ?? new Uint8Array() };
}

/** Base64, broken into lines by some products. */
function parseCheckValue(text: string): Uint8Array | undefined {
  try {
    return bytesOfBase64(text.replaceAll(/[ \t\r\n]/g, ""));
  } catch {
    // RangeError: not base64.
    return undefined;
  }
}

function readStamps(
  { problems }: SignatureReading,
  info: XmlElement,
  pageIds: ReadonlySet<string>,
): OfdStamp[] {
  const stamps: OfdStamp[] = [];
  for (const element of limitedChildrenOf(info, "StampAnnot", mostStamps)) {
    const id = element.attributes.get("ID")?.trim() ?? "";
    const pageId = requiredAttributeOf(element, "PageRef");
    if (!pageIds.has(pageId)) {
      problems.push({
        code: "stamp-page-unknown",
        detail: `Stamp ${id} is on page ${pageId}, which does not exist.`,
      });
    }
    const boundary = parseBox(requiredAttributeOf(element, "Boundary"));
    const clipText = element.attributes.get("Clip");
    const clip = clipText === undefined ? undefined : parseBox(clipText);
    if (boundary === undefined || (clipText !== undefined && clip === undefined)) {
      problems.push({ code: "stamp-malformed", detail: `The box of stamp ${id} cannot be read.` });
      continue;
    }
    stamps.push({ id, pageId, boundary, ...(clip === undefined ? {} : { clip }) });
  }
  return stamps;
}

/** Seal is optional (tax documents have none); the seal is in the signed value anyway. */
function readSeal(
  { package: reading, part, problems }: SignatureReading,
  element: XmlElement | undefined,
): Pick<OfdSignature, "sealPart" | "sealBytes" | "sealImagePart"> {
  if (element === undefined) return {};
  const imageLocation = childTextOf(element, "ImageLoc");
  const sealImagePart =
    imageLocation === undefined ? undefined : locatePart(reading, part, folderOf(part), imageLocation);
  const image = sealImagePart === undefined ? {} : { sealImagePart };
  const location = childTextOf(element, "BaseLoc");
  if (location === undefined) return image;
  const sealPart = locatePart(reading, part, folderOf(part), location);
  if (sealPart === undefined) {
    problems.push({ code: "seal-part-missing", detail: `${location} is named and not in the package.` });
    return image;
  }
  return { ...image, sealPart, sealBytes: contentOf(reading, sealPart) };
}
