import {
  DerError,
  parseDer,
  readBitString,
  readBoolean,
  readChildren,
  readOid,
  readString,
  readTime,
  tags,
} from "../der/index.ts";
import type { DerElement, DerProfile } from "../der/index.ts";
import { parseSignatureValue, SignatureEncodingError } from "../sm2/index.ts";
import { SealError } from "./error.ts";
import type { SealExtension, SealQuirk, SealVersion } from "./seal.ts";

/** The largest seal or seal signature that is read. Faces seen in the field stay under 300 kB; a token adds a few. */
export const maximumSealBytes = 4 * 1024 * 1024;

const shortSm2Oid = "1.2.156.10197.501";

/**
 * `lenient` reads what the field writes and lists it in `quirks`; `strict` refuses every departure from DER. Those of
 * the structure alone are listed under both.
 */
export interface SealReadingOptions {
  readonly profile?: DerProfile;
}

/** Parses DER and turns every way of not being the expected structure into a SealError. */
export function reading<Result extends { readonly quirks: readonly SealQuirk[] }>(
  der: Uint8Array,
  { profile = "lenient" }: SealReadingOptions,
  read: (root: DerElement) => Result,
): Result {
  if (der.length > maximumSealBytes)
    throw new SealError("seal-format", `more than ${String(maximumSealBytes)} bytes`);
  try {
    const root = parseDer(der, { profile });
    const result = read(root);
    // Zeros after a seal have no reason to be there: nothing pads it, and a document's padding is its container's.
    if (root.raw.length !== der.length) throw new SealError("seal-format", "bytes follow the structure");
    const ofDer = root.reading.quirks.map(({ code, offset }) => ({ code, where: `byte ${String(offset)}` }));
    return ofDer.length === 0 ? result : { ...result, quirks: [...result.quirks, ...ofDer] };
  } catch (cause) {
    if (cause instanceof DerError) throw new SealError("seal-format", cause.message, { cause });
    throw cause;
  }
}

/** ExtensionDatas. @throws SealError, DerError */
export function readExtensions(root: DerElement, where: string, quirks: SealQuirk[]): SealExtension[] {
  return readChildren(root).map((item, index) => {
    const [id, ...rest] = readChildren(item);
    const [critical, value] = rest.length === 2 ? rest : [undefined, rest[0]];
    if (id === undefined || value === undefined || rest.length > 2) {
      throw new SealError(
        "seal-format",
        `extension ${String(index)} of ${where} has a wrong number of members`,
      );
    }
    const isCritical = critical !== undefined && readBoolean(critical);
    if (critical !== undefined && !isCritical) {
      quirks.push({ code: "bool-false-explicit", where: `${where}.extensions[${String(index)}]` });
    }
    return { oid: readOid(id), isCritical, value: readOctets(value) };
  });
}

/** The OID as written; the known misprint is a quirk and reads as the right one. */
export function readSignatureOid(element: DerElement, where: string, quirks: SealQuirk[]): string {
  const written = readOid(element);
  if (written !== shortSm2Oid) return written;
  quirks.push({ code: "signature-oid-short", where });
  return "1.2.156.10197.1.501";
}

/** @throws SealError `seal-format` if the value is neither SEQUENCE { r, s } nor r ‖ s. */
export function readSignatureValue(
  element: DerElement,
  where: string,
  quirks: SealQuirk[],
): { signature: Uint8Array; asWritten: Uint8Array } {
  const asWritten = readBitString(element);
  try {
    const { der, form } = parseSignatureValue(asWritten);
    if (form === "raw") quirks.push({ code: "raw-signature", where });
    return { signature: der, asWritten };
  } catch (cause) {
    if (!(cause instanceof SignatureEncodingError)) throw cause;
    throw new SealError("seal-format", `the signature value of the ${where}: ${cause.message}`, { cause });
  }
}

/** Names, codes and paths of the field stay under a hundred octets. All of them come into reports. */
const longestTextOctets = 1024;

/** @throws SealError `seal-format` if the text is too long; DerError */
export function readText(element: DerElement, tag: number): string {
  if (element.contents.length > longestTextOctets) {
    throw new SealError("seal-format", `a text of ${String(element.contents.length)} bytes`);
  }
  return readString(element, tag);
}

export function readOctets(element: DerElement): Uint8Array {
  if (element.tag !== tags.octetString)
    throw new DerError("der-unexpected", "expected OCTET STRING", element.offset);
  return element.contents;
}

/**
 * GeneralizedTime; version 1 has UTCTime, where the other is read too, since it says the same moment.
 *
 * @throws DerError
 */
export function readSealTime(
  element: DerElement,
  place: { readonly version: SealVersion; readonly where: string; readonly quirks: SealQuirk[] },
): Date {
  const isGeneralized = element.tag === tags.generalizedTime;
  if (place.version !== 1 && !isGeneralized) {
    throw new DerError("der-unexpected", "expected GeneralizedTime", element.offset);
  }
  if (place.version === 1 && isGeneralized) place.quirks.push({ code: "time-type", where: place.where });
  return readTime(element);
}

/** What a [0] EXPLICIT wraps. @throws DerError */
export function innerOfContextZero(wrapper: DerElement): DerElement {
  const [inner, ...more] = readChildren(wrapper, contextZero);
  if (inner === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "expected exactly one element in [0]", wrapper.offset);
  }
  return inner;
}

/** The tag of a [0] EXPLICIT. */
export const contextZero = 0xa0;

/**
 * The members of a SEQUENCE as a tuple, one for each name.
 *
 * @throws SealError `seal-format` if there are more or fewer.
 */
export function membersOf<const Names extends readonly string[]>(
  members: readonly DerElement[],
  what: string,
  names: Names,
): { readonly [Index in keyof Names]: DerElement } {
  if (members.length !== names.length) {
    const expected = `${String(names.length)} (${names.join(", ")})`;
    throw new SealError("seal-format", `${what} has ${String(members.length)} members, not ${expected}`);
  }
  // As many elements as names: what the mapped tuple says, which the compiler cannot count.
  return members as unknown as { readonly [Index in keyof Names]: DerElement };
}
