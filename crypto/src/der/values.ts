import { hexOf, latin1Of, textOfUtf8 } from "../bytes/index.ts";
import { compareDer } from "./order.ts";
import { DerError } from "./reading.ts";
import type { DerErrorCode, DerQuirkCode } from "./reading.ts";
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

function tolerate(element: DerElement, code: DerQuirkCode, message: string): void {
  const refusal: DerErrorCode = "der-bad-value";
  element.reading.tolerate(code, element.offset, refusal, message);
}

/** For readers that meet a member written out though it has its DEFAULT value (X.690 §11.5). @throws DerError */
export function defaultEncoded(element: DerElement): void {
  tolerate(element, "default-encoded", "a DEFAULT value is written out");
}

/** The members of a SET OF, which DER sorts by their encodings (X.690 §11.6). @throws DerError */
export function readSetOf(element: DerElement, tag: number = tags.set): readonly DerElement[] {
  const members = readChildren(element, tag);
  for (const [index, member] of members.entries()) {
    const previous = members[index - 1];
    if (previous !== undefined && compareDer(previous.raw, member.raw) > 0) {
      tolerate(member, "set-not-sorted", "the members of a SET OF are not in order");
      break;
    }
  }
  return members;
}

/** The members of a constructed element with this tag. @throws DerError `der-unexpected` if the tag differs. */
export function readChildren(element: DerElement, tag: number = tags.sequence): readonly DerElement[] {
  expectTag(element, tag, `tag 0x${tag.toString(16)}`);
  return element.children;
}

/** X.690 §11.1: TRUE is 0xff; BER has it for every octet but zero. */
export function readBoolean(element: DerElement): boolean {
  expectTag(element, tags.boolean, "BOOLEAN");
  const value = element.contents[0];
  if (value === undefined || element.contents.length !== 1) throw bad(element, "not a DER BOOLEAN");
  if (value !== 0x00 && value !== 0xff) tolerate(element, "boolean-not-ff", "not a DER BOOLEAN");
  return value !== 0x00;
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
    tolerate(element, "integer-padded", "INTEGER is not in its shortest form");
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

/**
 * A BIT STRING of named bits, e.g. KeyUsage: the octets, and how many of the last one's bits do not count. DER drops
 * zero bits at the end (X.690 §11.2.2) and sets the uncounted ones to zero (§11.2.1).
 */
export function readBits(element: DerElement): { readonly unusedBits: number; readonly octets: Uint8Array } {
  expectTag(element, tags.bitString, "BIT STRING");
  const unusedBits = element.contents[0];
  const octets = element.contents.subarray(1);
  if (unusedBits === undefined || unusedBits > 7 || (octets.length === 0 && unusedBits > 0)) {
    throw bad(element, "not a BIT STRING");
  }
  const last = octets[octets.length - 1];
  if (last !== undefined) {
    const uncounted = last & ((1 << unusedBits) - 1);
    const isLastBitSet = (last & (1 << unusedBits)) !== 0;
    if (uncounted !== 0 || !isLastBitSet)
      tolerate(element, "bits-padded", "BIT STRING has padding that is not DER");
  }
  return { unusedBits, octets };
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
  [tags.printableString, textOfPrintableString],
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

/** With any ASCII character, since `*`, `@` and `_` are met (X.680 §41.4 has none of them). */
function textOfPrintableString(element: DerElement): string {
  const text = textOfAscii(element);
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text))
    tolerate(element, "string-repertoire", "not a PrintableString");
  return text;
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

export interface ReadTimeOptions {
  /** Whether a GeneralizedTime may have a fraction of a second, as the genTime of a time stamp (RFC 3161 §2.4.2). */
  readonly fraction?: boolean;
}

/**
 * UTCTime (years 1950–2049, RFC 5280 §4.1.2.5.1) or GeneralizedTime in the one form DER allows: seconds, "Z", and a
 * fraction only where the structure has one (cut to milliseconds). `lenient` also reads a fraction elsewhere, a missing
 * number of seconds, and a difference to UTC (X.690 §11.7); a time of no zone is refused, since it says no moment.
 */
export function readTime(element: DerElement, options: ReadTimeOptions = {}): Date {
  const text = textOfTime(element);
  const fraction = /^(\d{14})\.(\d*[1-9])Z$/.exec(text);
  if (options.fraction === true && element.tag === tags.generalizedTime && fraction?.[1] !== undefined) {
    return dateOf(element, `${fraction[1]}Z`, millisecondsOf(fraction[2] ?? ""));
  }
  return timePattern.test(text) ? dateOf(element, text, 0) : looseTime(element, text);
}

function millisecondsOf(fraction: string): number {
  return Number(fraction.slice(0, 3).padEnd(3, "0"));
}

function dateOf(element: DerElement, text: string, milliseconds: number): Date {
  const iso = text.replace(timePattern, "$1-$2-$3T$4:$5:$6.000Z");
  const time = new Date(iso);
  // Date rolls 30 February and 24:00 over into the next day.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw bad(element, "there is no such time");
  return milliseconds === 0 ? time : new Date(time.getTime() + milliseconds);
}

const looseTimePattern = /^(\d{12})(\d\d)?(?:[.,](\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3])([0-5]\d))$/;

function looseTime(element: DerElement, text: string): Date {
  const [, minutes, seconds = "00", fraction = "", sign, hours, minutesOff] =
    looseTimePattern.exec(text) ?? [];
  if (minutes === undefined) throw bad(element, "time is not in DER form");
  tolerate(element, "time-form", "time is not in DER form");
  const local = dateOf(element, `${minutes}${seconds}Z`, millisecondsOf(fraction));
  const difference = (Number(hours ?? 0) * 60 + Number(minutesOff ?? 0)) * 60_000;
  const time = new Date(local.getTime() - (sign === "-" ? -difference : difference));
  // Neither DER nor RFC 3339 can write the years beyond.
  if (time.getUTCFullYear() < 0 || time.getUTCFullYear() > 9999) throw bad(element, "there is no such time");
  return time;
}

/** With four digits for the year. */
function textOfTime(element: DerElement): string {
  const text = latin1Of(element.contents);
  if (element.tag === tags.generalizedTime) return text;
  expectTag(element, tags.utcTime, "a time");
  return (text < "50" ? "20" : "19") + text;
}
