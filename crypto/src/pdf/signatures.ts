import type { PdfDocument } from "./document.ts";
import type { PdfField } from "./fields.ts";
import { nameOf, rawOf } from "./objects.ts";
import type { PdfDictionary, PdfNumber, PdfObject } from "./objects.ts";
import type { PdfRevision } from "./revisions.ts";
import { readContents } from "./signature-contents.ts";
import type { PdfProblem, PdfProblemCode } from "./signature-contents.ts";
import { textOf, timeOf } from "./text-string.ts";

/** Start and length of the two signed ranges. */
export type ByteRange = readonly [number, number, number, number];

/** One signature that a field of the form leads to (ISO 32000-1 §12.8.1), as it is written; nothing is verified yet. */
export interface PdfSignature {
  /** The field's fully qualified name. */
  readonly id: string;
  readonly filter: string | undefined;
  readonly subFilter: string | undefined;
  /** By /SubFilter: a seal signature of GB/T 38540, a SignedData (CMS, GB/T 35275), or something we do not know. */
  readonly kind: "ses" | "cms" | "unknown";
  /** Absent if it is not four plain numbers. */
  readonly byteRange: ByteRange | undefined;
  /** The signed bytes: two views into the file; none if the ranges are not inside it. */
  signedBytes(): readonly Uint8Array[];
  /** The DER value without its zero padding; everything between the brackets if it is not DER. */
  readonly contents: Uint8Array;
  /** /M in RFC 3339, if it is a moment. The signer's own claim. */
  readonly claimedTime: string | undefined;
  /** /Name: who the signer says to be. */
  readonly claimedName: string | undefined;
  /** The last signed byte is the last byte of the file, and only /Contents is left out. */
  readonly coversWholeFile: boolean;
  /** One past the last signed byte. */
  readonly revisionEnd: number;
  /** Empty if the signature is structurally sound. With a problem it must not be believed, whatever its value says. */
  readonly problems: readonly PdfProblem[];
}

/** `GM.sm2seal` and `GM.SM2` are names found in the field; see docs/divergences.md. */
const kindsBySubFilter: ReadonlyMap<string, PdfSignature["kind"]> = new Map([
  ["GM.sm2seal", "ses"],
  ["GM.sm2sign", "cms"],
  ["GM.SM2", "cms"],
  ["adbe.pkcs7.detached", "cms"],
  ["adbe.pkcs7.sha1", "cms"],
  ["ETSI.CAdES.detached", "cms"],
  ["ETSI.RFC3161", "cms"],
]);

/** Entries that a reader shows or computes with: an update must not be able to change them from elsewhere. */
const directKeys = [
  "ByteRange",
  "Contents",
  "Filter",
  "SubFilter",
  "M",
  "Name",
  "Reason",
  "Location",
  "ContactInfo",
];

/** The signatures of the form's fields, in the form's order. @throws PdfError `pdf-malformed` */
export function readSignatures(
  document: PdfDocument,
  fields: readonly PdfField[],
  revisions: readonly PdfRevision[],
): readonly PdfSignature[] {
  const seen = new Set<PdfDictionary>();
  const signatures: PdfSignature[] = [];
  for (const field of fields) {
    const value = field.type === "Sig" ? document.resolve(field.value) : undefined;
    if (value?.kind !== "dictionary") continue;
    signatures.push(readSignature(document, field.name, value, revisions, seen.has(value)));
    seen.add(value);
  }
  return signatures;
}

function readSignature(
  document: PdfDocument,
  id: string,
  dictionary: PdfDictionary,
  revisions: readonly PdfRevision[],
  isShared: boolean,
): PdfSignature {
  const { entries } = dictionary;
  const problems: PdfProblem[] = [];
  const add: AddProblem = (code, detail) => {
    problems.push({ code, detail });
  };
  if (isShared) add("shared-dictionary", "Two fields show the same signature.");
  checkDictionary(document, dictionary, add);
  const value = readValue(entries.get("Contents"), add);
  const byteRange = readByteRange(entries.get("ByteRange"), add);
  if (byteRange !== undefined) checkByteRange(document, byteRange, entries.get("Contents"), revisions, add);
  const subFilter = nameOf(entries.get("SubFilter"));
  const revisionEnd = byteRange === undefined ? 0 : byteRange[2] + byteRange[3];
  return {
    id,
    filter: nameOf(entries.get("Filter")),
    subFilter,
    kind: kindsBySubFilter.get(subFilter ?? "") ?? "unknown",
    byteRange,
    signedBytes: () => signedBytes(document.bytes, byteRange),
    contents: value,
    claimedTime: timeOf(textAt(entries.get("M")) ?? ""),
    claimedName: textAt(entries.get("Name")),
    coversWholeFile: problems.length === 0 && revisionEnd === document.bytes.length,
    revisionEnd,
    problems,
  };
}

function readValue(contents: PdfObject | undefined, add: AddProblem): Uint8Array {
  if (contents?.kind !== "string") {
    add("contents-missing", "The signature has no value.");
    return new Uint8Array();
  }
  const { value, problems } = readContents(contents);
  for (const problem of problems) add(problem.code, problem.detail);
  return value;
}

type AddProblem = (code: PdfProblemCode, detail: string) => void;

function checkDictionary(document: PdfDocument, dictionary: PdfDictionary, add: AddProblem): void {
  if (dictionary.source !== document.bytes) {
    add("outside-file", "The signature is inside a compressed object, where no byte range can point.");
  }
  for (const key of new Set(dictionary.duplicates))
    add("duplicate-key", `/${key} occurs twice in the signature.`);
  for (const key of directKeys) {
    if (dictionary.entries.get(key)?.kind === "reference") {
      add("indirect-value", `/${key} of the signature is kept elsewhere.`);
    }
  }
}

function readByteRange(object: PdfObject | undefined, add: AddProblem): ByteRange | undefined {
  if (object === undefined) {
    add("byte-range-missing", "The signature does not say which bytes it covers.");
    return undefined;
  }
  const items = object.kind === "array" ? object.items : [];
  const numbers = items.map((item) => (isPlainNumber(item) ? item.value : -1));
  if (numbers.length !== 4 || numbers.includes(-1)) {
    add("byte-range-malformed", "/ByteRange is not four numbers.");
    return undefined;
  }
  const [start = 0, length = 0, secondStart = 0, secondLength = 0] = numbers;
  return [start, length, secondStart, secondLength];
}

/** Digits only, so that no two spellings of a range exist beyond leading zeros, which signers use as padding. */
function isPlainNumber(object: PdfObject): object is PdfNumber {
  if (object.kind !== "number") return false;
  const raw = rawOf(object);
  return raw.length <= 15 && raw.every((byte) => byte >= 0x30 && byte <= 0x39);
}

function checkByteRange(
  document: PdfDocument,
  byteRange: ByteRange,
  contents: PdfObject | undefined,
  revisions: readonly PdfRevision[],
  add: AddProblem,
): void {
  const [start, length, secondStart, secondLength] = byteRange;
  const isGapExact =
    start === 0 &&
    contents?.source === document.bytes &&
    contents.start === length &&
    contents.end === secondStart;
  if (!isGapExact) {
    add("byte-range-gap", "The bytes left out by /ByteRange are not exactly this signature's /Contents.");
  }
  const end = secondStart + secondLength;
  if (!revisions.some((revision) => end === revision.end || end === revision.markerEnd)) {
    add("byte-range-end", `The signed bytes end at ${String(end)}, which is not the end of a revision.`);
  }
}

function signedBytes(bytes: Uint8Array, byteRange: ByteRange | undefined): readonly Uint8Array[] {
  if (byteRange === undefined) return [];
  const [start, length, secondStart, secondLength] = byteRange;
  if (start + length > secondStart || secondStart + secondLength > bytes.length) return [];
  return [bytes.subarray(start, start + length), bytes.subarray(secondStart, secondStart + secondLength)];
}

function textAt(object: PdfObject | undefined): string | undefined {
  return object?.kind === "string" ? textOf(object.bytes) : undefined;
}
