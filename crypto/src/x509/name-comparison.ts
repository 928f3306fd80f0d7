import { hexOf } from "../bytes/index.ts";
import { tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** Between attributes and relative names; prepared strings hold no control characters. */
const attributeSeparator = "\u0001";
const relativeNameSeparator = "\u0002";

/**
 * One attribute in the form in which two are the same (RFC 5280 §7.1): strings of UTF-8, PrintableString, IA5String and
 * BMPString prepared alike whatever their type, anything else octet by octet.
 *
 * @param text absent for a value that is not a string we read.
 */
export function comparableAttribute(oid: string, value: DerElement, text: string | undefined): string {
  // TeletexString has no agreed repertoire, so two of them are the same only if their octets are.
  const isText = text !== undefined && value.tag !== tags.teletexString;
  return isText ? `${oid}=${preparedString(text)}` : `${oid}#${hexOf(value.raw)}`;
}

/** A RelativeDistinguishedName is a set: the order of its attributes says nothing. */
export function comparableRelativeName(attributes: readonly string[]): string {
  return attributes.length === 1 ? (attributes[0] ?? "") : [...attributes].sort().join(attributeSeparator);
}

/** A whole name; two names are the same if these strings are. */
export function comparableName(relativeNames: readonly string[]): string {
  return relativeNames.join(relativeNameSeparator);
}

/**
 * The string preparation of RFC 4518 as far as names of authorities need it: controls and other invisible characters
 * dropped, every space one space, NFKC, lower case, no space at the ends. Unassigned and private characters are kept,
 * so they are equal only to themselves.
 */
export function preparedString(text: string): string {
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) return text.toLowerCase();
  return foldCase(
    text
      .normalize("NFKC")
      .replaceAll(/[\t\n\v\f\r\x85\p{Z}]+/gu, " ")
      .replaceAll(/[\p{Cc}\p{Cf}\u034f\u180b-\u180d\ufe00-\ufe0f\ufffc]/gu, ""),
  )
    .normalize("NFKC")
    .replaceAll(/ +/g, " ")
    .trim();
}

/** Upper case first, so that ß and ss, ſ and s fall together as in full case folding. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}
