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

/**
 * Upper case first, so that ß and ss, ſ and s fall together as in full case folding; but ı is no i there (only in
 * Turkish), and would become one.
 */
function foldCase(text: string): string {
  return text
    .split("ı")
    .map((part) => part.toUpperCase().toLowerCase())
    .join("ı");
}

/**
 * Whether two relative names in comparable form may be one: they have the same attributes, and are the same or hold a
 * value whose repertoire is not known, which may stand for any text.
 */
export function mayBeSameRelativeName(left: string, right: string): boolean {
  if (left === right) return true;
  const isUnreadable = [left, right].some((part) => unreadableAttribute.test(part));
  return isUnreadable && typesOf(left) === typesOf(right);
}

const unreadableAttribute = /(?:^|\u0001)[0-9.]+#/;

function typesOf(relativeName: string): string {
  return relativeName
    .split(attributeSeparator)
    .map((attribute) => /^[0-9.]+/.exec(attribute)?.[0])
    .sort()
    .join(attributeSeparator);
}
