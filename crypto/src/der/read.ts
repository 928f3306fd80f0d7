import { concatBytes } from "../bytes/index.ts";
import { createReading, DerError } from "./reading.ts";
import type { DerOptions, DerReading } from "./reading.ts";
import { tags } from "./tags.ts";

/** One tag-length-value. All byte members are views into the parsed input, unless the value was written in pieces. */
export interface DerElement {
  /** The identifier octet, e.g. 0x30 for a SEQUENCE, 0xa0 for [0] constructed. */
  readonly tag: number;
  readonly constructed: boolean;
  /** Tag, length and contents as they stand in the input: what signatures cover. */
  readonly raw: Uint8Array;
  readonly contents: Uint8Array;
  /** Of `raw`, from the start of the parsed input. */
  readonly offset: number;
  /** Empty for a primitive element. */
  readonly children: readonly DerElement[];
  /** The profile that reads this input, and the quirks met so far in all of it. */
  readonly reading: DerReading;
}

interface Input {
  readonly bytes: Uint8Array;
  /** Where `bytes` begins in what the caller parsed first. */
  readonly base: number;
  readonly reading: DerReading;
}

/**
 * Parses exactly one element.
 *
 * Under the profile `lenient`, BER lengths, strings in pieces and zeros after the element are read and listed as
 * quirks of `reading`; limits and everything else stay.
 *
 * @throws DerError; `der-trailing-bytes` if anything follows the element.
 */
export function parseDer(bytes: Uint8Array, options: DerOptions = {}): DerElement {
  return parseWhole({ bytes, base: 0, reading: createReading(options) }, 0);
}

/**
 * Parses the element that stands in the contents of an OCTET STRING (an extension, a token), under the same profile and
 * into the same list of quirks.
 *
 * @throws DerError
 */
export function parseInner(outer: DerElement): DerElement {
  const base = outer.offset + (outer.raw.length - outer.contents.length);
  return parseWhole({ bytes: outer.contents, base, reading: outer.reading }, 0);
}

function parseWhole(input: Input, depth: number): DerElement {
  const { bytes, base, reading } = input;
  const parsed = readElement(input, 0, bytes.length, depth);
  const end = parsed.raw.length;
  if (end === bytes.length) return parsed;
  if (bytes.subarray(end).some((octet) => octet !== 0)) {
    throw new DerError("der-trailing-bytes", "bytes follow the element", base + end);
  }
  reading.tolerate("trailing-zeros", base + end, "der-trailing-bytes", "bytes follow the element");
  return parsed;
}

/** Parses the element that `bytes` begins with and ignores what follows it. @throws DerError */
export function parseDerPrefix(bytes: Uint8Array, options: DerOptions = {}): DerElement {
  return readElement({ bytes, base: 0, reading: createReading(options) }, 0, bytes.length, 0);
}

function readElement(input: Input, start: number, end: number, depth: number): DerElement {
  const { bytes, base, reading } = input;
  if (depth > reading.maximumDepth) throw new DerError("der-too-deep", "nested too deeply", base + start);
  reading.countElement(base + start);
  const tag = readTag(input, start, end);
  const { contentsStart, contentsEnd } = readLength(input, start + 1, end);
  if (contentsEnd === undefined && (tag & 0x20) === 0) {
    throw new DerError("der-bad-length", "a primitive element of indefinite length", base + start);
  }
  const children = (tag & 0x20) === 0 ? [] : readMembers(input, contentsStart, contentsEnd, end, depth);
  const offset = base + start;
  const whole =
    contentsEnd === undefined
      ? spanOfIndefinite(input, start, contentsStart, children)
      : { raw: bytes.subarray(start, contentsEnd), contents: bytes.subarray(contentsStart, contentsEnd) };
  if (isStringInPieces(tag)) {
    const contents = joined(tag, children);
    return { tag: tag & ~0x20, constructed: false, raw: whole.raw, contents, offset, children: [], reading };
  }
  return { tag, constructed: (tag & 0x20) !== 0, ...whole, offset, children, reading };
}

function spanOfIndefinite(
  { bytes, base }: Input,
  start: number,
  contentsStart: number,
  children: readonly DerElement[],
): { raw: Uint8Array; contents: Uint8Array } {
  const last = children[children.length - 1];
  const stop = last === undefined ? contentsStart : last.offset - base + last.raw.length;
  return { raw: bytes.subarray(start, stop + 2), contents: bytes.subarray(contentsStart, stop) };
}

/** @param contentsEnd absent for an indefinite length, which two zero octets end (X.690 §8.1.5) */
function readMembers(
  input: Input,
  contentsStart: number,
  contentsEnd: number | undefined,
  outerEnd: number,
  depth: number,
): DerElement[] {
  const members: DerElement[] = [];
  let at = contentsStart;
  while (contentsEnd === undefined ? !isEndOfContents(input, at, outerEnd) : at < contentsEnd) {
    const member = readElement(input, at, contentsEnd ?? outerEnd, depth + 1);
    members.push(member);
    at += member.raw.length;
  }
  return members;
}

function isEndOfContents({ bytes, base }: Input, at: number, end: number): boolean {
  if (at + 1 >= end) throw new DerError("der-truncated", "the end-of-contents octets are missing", base + at);
  return bytes[at] === 0 && bytes[at + 1] === 0;
}

function isStringInPieces(tag: number): boolean {
  return (tag & 0xe0) === 0x20 && tag !== tags.sequence && tag !== tags.set;
}

/** X.690 §8.7.3: pieces have the tag of the whole. Pieces of a BIT STRING are not met, and refused with a wrong tag. */
function joined(tag: number, pieces: readonly DerElement[]): Uint8Array {
  const odd = pieces.find((piece) => piece.tag !== (tag & ~0x20));
  if (odd !== undefined) throw new DerError("der-bad-tag", "a piece of another type", odd.offset);
  return concatBytes(...pieces.map(({ contents }) => contents));
}

/**
 * The octets of an [n] IMPLICIT OCTET STRING, whose tag does not tell a string in pieces from a SEQUENCE: only the
 * structure's reader knows.
 *
 * @throws DerError
 */
export function readImplicitOctets(element: DerElement): Uint8Array {
  if (!element.constructed) return element.contents;
  const { offset, reading, children } = element;
  reading.tolerate("ber-constructed-string", offset, "der-bad-tag", "an OCTET STRING in pieces");
  return joined(tags.octetString | 0x20, children);
}

function readTag({ bytes, base, reading }: Input, start: number, end: number): number {
  const tag = bytes[start];
  const offset = base + start;
  if (tag === undefined || start >= end) throw new DerError("der-truncated", "an element is missing", offset);
  // No structure we read has tag numbers above 30, so the multi-byte form is refused rather than half supported.
  if ((tag & 0x1f) === 0x1f) throw new DerError("der-bad-tag", "multi-byte tag", offset);
  if (tag === 0x00) throw new DerError("der-bad-tag", "end-of-contents octets are not DER", offset);
  const isUniversal = (tag & 0xc0) === 0;
  const mustBeConstructed = (tag & 0x1f) === 0x10 || (tag & 0x1f) === 0x11;
  if (!isUniversal || mustBeConstructed === ((tag & 0x20) !== 0)) return tag;
  // X.690 §10.2: strings are primitive in DER, and a primitive SEQUENCE does not exist.
  const message = "wrong primitive/constructed bit";
  if (!(tag === (tags.octetString | 0x20) || isTextTag(tag & ~0x20))) {
    throw new DerError("der-bad-tag", message, offset);
  }
  reading.tolerate("ber-constructed-string", offset, "der-bad-tag", message);
  return tag;
}

const textTags: ReadonlySet<number> = new Set([
  tags.utf8String,
  tags.printableString,
  tags.teletexString,
  tags.ia5String,
  tags.bmpString,
]);

function isTextTag(tag: number): boolean {
  return textTags.has(tag);
}

function readLength(
  input: Input,
  at: number,
  end: number,
): { contentsStart: number; contentsEnd: number | undefined } {
  const { bytes, base, reading } = input;
  const first = bytes[at];
  if (first === undefined || at >= end)
    throw new DerError("der-truncated", "the length is missing", base + at);
  if (first === 0x80) {
    reading.tolerate("ber-indefinite-length", base + at, "der-bad-length", "indefinite or oversized length");
    return { contentsStart: at + 1, contentsEnd: undefined };
  }
  const octetCount = first > 0x80 ? first & 0x7f : 0;
  const length = octetCount === 0 ? first : readLongLength(input, at, octetCount, end);
  const contentsStart = at + 1 + octetCount;
  if (contentsStart + length > end)
    throw new DerError("der-truncated", "the contents are cut off", base + at);
  return { contentsStart, contentsEnd: contentsStart + length };
}

function readLongLength(
  { bytes, base, reading }: Input,
  at: number,
  octetCount: number,
  end: number,
): number {
  if (octetCount > 4) throw new DerError("der-bad-length", "indefinite or oversized length", base + at);
  if (at + 1 + octetCount > end) throw new DerError("der-truncated", "the length is cut off", base + at);
  let length = 0;
  for (let index = at + 1; index <= at + octetCount; index += 1) length = length * 256 + (bytes[index] ?? 0);
  // X.690 §10.1: the shortest form only.
  if (length < 0x80 || bytes[at + 1] === 0) {
    reading.tolerate("ber-length", base + at, "der-bad-length", "length is not in its shortest form");
  }
  return length;
}
