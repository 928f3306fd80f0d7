import { hexOf, latin1Of, textOfUtf8 } from "../bytes/index.ts";
import { DerError } from "./read.ts";
import type { DerElement } from "./read.ts";
import { tags } from "./tags.ts";

function expectTag(element: DerElement, tag: number, name: string): void {
  if (element.tag !== tag) {
    throw new DerError(
      "der-unexpected",
      `expected ${name}, found tag 0x${element.tag.toString(16)}`,
      element.offset,
    );
  }
}

function bad(element: DerElement, what: string): DerError {
  return new DerError("der-bad-value", what, element.offset);
}

/** The members of a constructed element with this tag. @throws DerError `der-unexpected` if the tag differs. */
export function readChildren(element: DerElement, tag: number = tags.sequence): readonly DerElement[] {
  expectTag(element, tag, `tag 0x${tag.toString(16)}`);
  return element.children;
}

/** X.690 §11.1: TRUE is 0xff and nothing else. */
export function readBoolean(element: DerElement): boolean {
  expectTag(element, tags.boolean, "BOOLEAN");
  const value = element.contents[0];
  if (element.contents.length !== 1 || (value !== 0x00 && value !== 0xff))
    throw bad(element, "not a DER BOOLEAN");
  return value === 0xff;
}

/** RSA with 16384 bits needs 2050 octets; beyond this, arithmetic on a number from outside costs more than it tells. */
const maximumIntegerOctets = 4096;

/** The longest object identifiers in use have about 20 octets; reading one takes time quadratic in its arcs. */
const maximumOidOctets = 128;

/** Two's complement, up to 4096 octets, in the fewest of them (X.690 §8.3.2). */
export function readInteger(element: DerElement): bigint {
  expectTag(element, tags.integer, "INTEGER");
  const [first, second] = element.contents;
  if (first === undefined) throw bad(element, "an INTEGER has no octets");
  if (element.contents.length > maximumIntegerOctets) throw bad(element, "INTEGER is too long");
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw bad(element, "INTEGER is not in its shortest form");
  }
  return BigInt.asIntN(element.contents.length * 8, BigInt(`0x${hexOf(element.contents)}`));
}

/** An INTEGER that fits 32 bits: versions, sizes, enumerations. */
export function readSmallInteger(element: DerElement): number {
  const value = readInteger(element);
  if (value < -0x8000_0000n || value > 0x7fff_ffffn) throw bad(element, "INTEGER is out of range");
  return Number(value);
}

/** The octets of a BIT STRING that is a whole number of octets, as every signature and key is. */
export function readBitString(element: DerElement): Uint8Array {
  expectTag(element, tags.bitString, "BIT STRING");
  if (element.contents[0] !== 0) throw bad(element, "BIT STRING has unused bits");
  return element.contents.subarray(1);
}

/** Dotted decimal. */
export function readOid(element: DerElement): string {
  expectTag(element, tags.oid, "OBJECT IDENTIFIER");
  if (element.contents.length > maximumOidOctets) throw bad(element, "OBJECT IDENTIFIER is too long");
  const arcs: bigint[] = [];
  let arc = 0n;
  let continues = false;
  for (const octet of element.contents) {
    if (!continues && octet === 0x80) throw bad(element, "OBJECT IDENTIFIER arc is padded");
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    continues = octet >= 0x80;
    if (!continues) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first, ...rest] = arcs;
  if (continues || first === undefined) throw bad(element, "OBJECT IDENTIFIER is cut off");
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...rest].join(".");
}

const textReaders: ReadonlyMap<number, (element: DerElement) => string> = new Map([
  [tags.utf8String, textOfUtf8String],
  [tags.printableString, textOfAscii],
  [tags.ia5String, textOfAscii],
  [tags.teletexString, (element: DerElement) => latin1Of(element.contents)],
  [tags.bmpString, textOfBmpString],
]);

/**
 * UTF8String, PrintableString, IA5String, BMPString or (as Latin-1) TeletexString, as text; PrintableString with any
 * ASCII character, since `*`, `@` and `_` are met.
 */
export function readString(element: DerElement, ...allowed: readonly number[]): string {
  if (allowed.length > 0 && !allowed.includes(element.tag)) {
    throw new DerError(
      "der-unexpected",
      `unexpected string type 0x${element.tag.toString(16)}`,
      element.offset,
    );
  }
  const read = textReaders.get(element.tag);
  if (read === undefined) {
    throw new DerError("der-unexpected", `not a string: tag 0x${element.tag.toString(16)}`, element.offset);
  }
  return read(element);
}

function textOfUtf8String(element: DerElement): string {
  try {
    return textOfUtf8(element.contents);
  } catch (cause) {
    if (cause instanceof TypeError) throw bad(element, "UTF8String is not UTF-8");
    throw cause;
  }
}

function textOfAscii(element: DerElement): string {
  if (element.contents.some((octet) => octet >= 0x80)) throw bad(element, "not ASCII");
  return latin1Of(element.contents);
}

/** UCS-2 by the letter, but pairs of surrogates are met; a lone one is no character in any reading. */
function textOfBmpString(element: DerElement): string {
  const { contents } = element;
  if (contents.length % 2 !== 0) throw bad(element, "BMPString has half a character");
  const units = Array.from({ length: contents.length / 2 }, (_, index) =>
    String.fromCharCode(((contents[index * 2] ?? 0) << 8) | (contents[index * 2 + 1] ?? 0)),
  );
  const text = units.join("");
  if (/\p{Surrogate}/u.test(text)) throw bad(element, "BMPString has half a surrogate pair");
  return text;
}

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/**
 * UTCTime (years 1950–2049, RFC 5280 §4.1.2.5.1) or GeneralizedTime, in the one form DER allows: seconds, no
 * fraction, "Z".
 */
export function readTime(element: DerElement): Date {
  const text = textOfTime(element);
  if (!timePattern.test(text)) throw bad(element, "time is not in DER form");
  const iso = text.replace(timePattern, "$1-$2-$3T$4:$5:$6.000Z");
  const time = new Date(iso);
  // Date rolls 30 February and 24:00 over into the next day.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw bad(element, "there is no such time");
  return time;
}

/** With four digits for the year. */
function textOfTime(element: DerElement): string {
  const text = latin1Of(element.contents);
  if (element.tag === tags.generalizedTime) return text;
  expectTag(element, tags.utcTime, "a time");
  return (text < "50" ? "20" : "19") + text;
}
