import { bytesOfLatin1, concatBytes } from "../bytes/index.ts";
import { rawOf } from "./objects.ts";
import type { PdfArray, PdfDictionary } from "./objects.ts";
import { malformed } from "./pdf-error.ts";

/** A name as it is written, its unusual characters escaped (ISO 32000-1 §7.3.5). */
export function writtenName(value: string): string {
  const escaped = value.replaceAll(
    /[^!"$&'*+,\-.0-9:;=?@A-Z\\^_`a-z|~]/g,
    (character) => `#${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `/${escaped}`;
}

/** A number with at most four decimals: a tenth of a micrometre. */
export function writtenNumber(value: number): string {
  return String(Number(value.toFixed(4)) + 0);
}

/** Keys and their values as written. A map, because a key may be any name, also one that objects are born with. */
export type WrittenEntries = ReadonlyMap<string, string | Uint8Array>;

export function writtenDictionary(entries: WrittenEntries): Uint8Array {
  const parts = Array.from(entries, ([key, value]) => [
    bytesOfLatin1(`${writtenName(key)} `),
    typeof value === "string" ? bytesOfLatin1(value) : value,
    bytesOfLatin1("\n"),
  ]);
  return concatBytes(bytesOfLatin1("<<\n"), ...parts.flat(), bytesOfLatin1(">>"));
}

/**
 * The dictionary with some entries set. What is not named keeps its bytes, and the order stays: an update should differ
 * from the old object only where it must.
 *
 * @throws PdfError `pdf-malformed` if a key occurs twice: keeping either would be a guess.
 */
export function withEntries(dictionary: PdfDictionary, changes: WrittenEntries): Uint8Array {
  const [duplicate] = dictionary.duplicates;
  if (duplicate !== undefined)
    throw malformed(`/${duplicate} occurs twice in a dictionary`, dictionary.start);
  const kept = Array.from(dictionary.entries, ([key, value]) => [key, rawOf(value)] as const);
  return writtenDictionary(new Map([...kept, ...changes]));
}

/** The array with one more item at its end. */
export function withItem(array: PdfArray, item: string): Uint8Array {
  return concatBytes(rawOf(array).subarray(0, -1), bytesOfLatin1(` ${item}]`));
}

/** A stream object's body; /Length is added. */
export function writtenStream(entries: WrittenEntries, data: Uint8Array): Uint8Array {
  const dictionary = writtenDictionary(new Map([...entries, ["Length", String(data.length)]]));
  return concatBytes(dictionary, bytesOfLatin1("\nstream\n"), data, bytesOfLatin1("\nendstream"));
}
