import { bytesOfHex, utf8Of } from "../bytes/index.ts";
import { encodeNode, node } from "./node.ts";
import { compareDer } from "./order.ts";
import { tags } from "./tags.ts";

/** One TLV with the shortest length (X.690 §10.1). */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return encodeNode(node(tag, ...contents));
}

/** The members in the order given. */
export function sequence(...members: readonly Uint8Array[]): Uint8Array {
  return element(tags.sequence, ...members);
}

/** SET OF, its members sorted by their encodings (X.690 §11.6). */
export function setOf(...members: readonly Uint8Array[]): Uint8Array {
  return element(tags.set, ...(members.length < 2 ? members : [...members].sort(compareDer)));
}

/** TRUE is 0xff (X.690 §11.1). */
export function boolean(value: boolean): Uint8Array {
  return element(tags.boolean, Uint8Array.of(value ? 0xff : 0x00));
}

/** Two's complement in the fewest octets. */
export function integer(value: bigint): Uint8Array {
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size += 1;
  const digits = BigInt.asUintN(size * 8, value).toString(16);
  return element(tags.integer, bytesOfHex(digits.padStart(size * 2, "0")));
}

/** As {@link integer}, from a safe integer. */
export function smallInteger(value: number): Uint8Array {
  return integer(BigInt(value));
}

/** A BIT STRING of whole octets. */
export function bitString(octets: Uint8Array): Uint8Array {
  return element(tags.bitString, Uint8Array.of(0), octets);
}

/** The octets as they are. */
export function octetString(octets: Uint8Array): Uint8Array {
  return element(tags.octetString, octets);
}

/** 05 00. */
export function nullValue(): Uint8Array {
  return element(tags.null);
}

/** @throws RangeError if `dotted` is not an object identifier. */
export function oid(dotted: string): Uint8Array {
  if (!/^[012](\.(0|[1-9]\d*))+$/.test(dotted)) throw new RangeError(`not an object identifier: ${dotted}`);
  const [root = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  // The first two arcs share one number (X.690 §8.19.4): "1.40" would come out as "2.0".
  if (root < 2n && second >= 40n) throw new RangeError(`not an object identifier: ${dotted}`);
  const octets: number[] = [];
  for (const arc of [root * 40n + second, ...rest]) octets.push(...base128(arc));
  return element(tags.oid, Uint8Array.from(octets));
}

function base128(arc: bigint): number[] {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return octets;
}

/** @throws RangeError for half a surrogate pair, which UTF-8 cannot say. */
export function utf8String(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) throw new RangeError("not a UTF8String");
  return element(tags.utf8String, utf8Of(text));
}

/** @throws RangeError for a character outside the PrintableString repertoire (X.680 §41.4). */
export function printableString(text: string): Uint8Array {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) throw new RangeError("not a PrintableString");
  return element(tags.printableString, utf8Of(text));
}

/** @throws RangeError for a character outside ASCII. */
export function ia5String(text: string): Uint8Array {
  const octets = utf8Of(text);
  if (octets.length !== text.length) throw new RangeError("not an IA5String");
  return element(tags.ia5String, octets);
}

/**
 * In whole seconds; a fraction is dropped, since DER time in our structures has none.
 *
 * @throws RangeError outside the years 0–9999.
 */
export function generalizedTime(time: Date): Uint8Array {
  const year = time.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new RangeError("GeneralizedTime reaches from year 0 to 9999");
  return element(tags.generalizedTime, timeOctets(time, year, 4));
}

/** @throws RangeError outside 1950–2049 (RFC 5280 §4.1.2.5.1). */
export function utcTime(time: Date): Uint8Array {
  const year = time.getUTCFullYear();
  if (!(year >= 1950 && year <= 2049)) throw new RangeError("UTCTime reaches from 1950 to 2049");
  return element(tags.utcTime, timeOctets(time, year % 100, 2));
}

/** UTCTime through 2049, GeneralizedTime after, as RFC 5280 §4.1.2.5 requires in certificates. */
export function x509Time(time: Date): Uint8Array {
  return time.getUTCFullYear() < 2050 ? utcTime(time) : generalizedTime(time);
}

/** YYYYMMDDhhmmssZ or YYMMDDhhmmssZ, in ASCII. */
function timeOctets(time: Date, year: number, yearDigits: 2 | 4): Uint8Array {
  const octets = new Uint8Array(yearDigits + 11);
  if (yearDigits === 4) writeTwoDigits(octets, 0, Math.floor(year / 100));
  writeTwoDigits(octets, yearDigits - 2, year % 100);
  writeTwoDigits(octets, yearDigits, time.getUTCMonth() + 1);
  writeTwoDigits(octets, yearDigits + 2, time.getUTCDate());
  writeTwoDigits(octets, yearDigits + 4, time.getUTCHours());
  writeTwoDigits(octets, yearDigits + 6, time.getUTCMinutes());
  writeTwoDigits(octets, yearDigits + 8, time.getUTCSeconds());
  octets[yearDigits + 10] = 0x5a;
  return octets;
}

function writeTwoDigits(octets: Uint8Array, at: number, value: number): void {
  octets[at] = 0x30 + Math.floor(value / 10);
  octets[at + 1] = 0x30 + (value % 10);
}

/** [number] EXPLICIT, number at most 30: wraps a whole element. */
export function contextExplicit(number: number, inner: Uint8Array): Uint8Array {
  return element(0xa0 | number, inner);
}

/** [number] IMPLICIT: replaces the tag of `contents`' type; `constructed` for SEQUENCE, SET and CHOICE. */
export function contextImplicit(number: number, contents: Uint8Array, constructed: boolean): Uint8Array {
  return element((constructed ? 0xa0 : 0x80) | number, contents);
}
