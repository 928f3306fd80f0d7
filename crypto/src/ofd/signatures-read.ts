import { folderOf } from "./location.ts";
import { OfdError } from "./ofd-error.ts";
import type { OfdSignature } from "./ofd-package.ts";
import { locatePart, noteQuirk, readPart } from "./package-reading.ts";
import type { PackageReading } from "./package-reading.ts";
import { readSignature } from "./signature-read.ts";
import type { SignatureRecord } from "./signature-read.ts";
import { childrenOf, limitedChildrenOf, requiredAttributeOf } from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";

/** More signatures than anyone lays on one document; each may hash the whole package. */
const mostSignatures = 100;

/** The list to read, and the document it belongs to. */
export interface SignatureListSource {
  readonly part: string;
  readonly documentIndex: number;
  readonly pageIds: ReadonlySet<string>;
}

/**
 * Reads Signatures.xml and every signature it lists, GB/T 33190-2016 ch. 18. An absent list has no signatures.
 *
 * @throws OfdError `xml-malformed` or `ofd-malformed`
 */
export function readSignatures(reading: PackageReading, source: SignatureListSource): OfdSignature[] {
  if (!reading.entries.has(source.part)) {
    noteQuirk(reading, "missing-part", source.part);
    return [];
  }
  const { root } = readPart(reading, source.part, "Signatures");
  if (childrenOf(root, "MaxSignId").length > 1) noteQuirk(reading, "max-sign-id-twice", source.part);
  const elements = limitedChildrenOf(root, "Signature", mostSignatures);
  const ids = new Set<string>();
  const parts = new Set<string>();
  const signatures: OfdSignature[] = [];
  for (const element of elements) {
    const record = readRecord(reading, element, source.documentIndex);
    if (ids.has(record.id) || parts.has(record.part)) {
      throw new OfdError("ofd-malformed", `signature ${record.id} is listed twice`, source.part);
    }
    ids.add(record.id);
    parts.add(record.part);
    signatures.push(readSignature(reading, record, source.pageIds));
  }
  return signatures.map((signature) => withKnownBase(signature, ids));
}

function readRecord(reading: PackageReading, element: XmlElement, documentIndex: number): SignatureRecord {
  const id = requiredAttributeOf(element, "ID");
  // Seal is the default of the schema.
  const type = element.attributes.get("Type")?.trim() ?? "Seal";
  if (type !== "Seal" && type !== "Sign") {
    throw new OfdError("ofd-malformed", `signature ${id} is of the unknown type ${type}`, element.part);
  }
  const part = locatePart(
    reading,
    element.part,
    folderOf(element.part),
    requiredAttributeOf(element, "BaseLoc"),
  );
  if (part === undefined) throw new OfdError("ofd-malformed", `signature ${id} is missing`, element.part);
  return {
    id,
    type,
    part,
    relative: element.attributes.get("Relative")?.trim(),
    listedIn: element.part,
    documentIndex,
  };
}

function withKnownBase(signature: OfdSignature, ids: ReadonlySet<string>): OfdSignature {
  const { relative } = signature;
  if (relative === undefined || (ids.has(relative) && relative !== signature.id)) return signature;
  const detail = `The signature builds on ${relative}, which is not listed.`;
  return { ...signature, problems: [...signature.problems, { code: "relative-unknown", detail }] };
}
