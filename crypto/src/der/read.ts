/** Why bytes are not DER; `trailing-bytes` and `truncated` are told apart because people fix them differently. */
export type DerErrorCode =
  | "der-truncated"
  | "der-trailing-bytes"
  | "der-bad-length"
  | "der-bad-tag"
  | "der-bad-value"
  | "der-too-deep"
  | "der-too-many-elements"
  | "der-unexpected";

/** The input is not the DER we expected; `offset` counts bytes from the start of the parsed input. */
export class DerError extends Error {
  readonly code: DerErrorCode;
  readonly offset: number;

  constructor(code: DerErrorCode, message: string, offset: number) {
    super(`${message} (at byte ${String(offset)})`);
    this.name = "DerError";
    this.code = code;
    this.offset = offset;
  }
}

/** One tag-length-value. All byte members are views into the parsed input. */
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
}

export interface DerLimits {
  readonly depth: number;
  readonly elements: number;
}

/** Deeper or wider than any certificate or seal seen; stops a nest of empty sequences from exhausting the stack. */
export const derLimits: DerLimits = { depth: 32, elements: 20_000 };

interface Reading {
  readonly bytes: Uint8Array;
  readonly limits: DerLimits;
  elementCount: number;
}

/**
 * Parses exactly one element.
 *
 * @throws DerError; `der-trailing-bytes` if anything follows the element.
 */
export function parseDer(bytes: Uint8Array, limits: DerLimits = derLimits): DerElement {
  const parsed = parseDerPrefix(bytes, limits);
  if (parsed.raw.length !== bytes.length) {
    throw new DerError("der-trailing-bytes", "bytes follow the element", parsed.raw.length);
  }
  return parsed;
}

/** Parses the element that `bytes` begins with and ignores what follows it. @throws DerError */
export function parseDerPrefix(bytes: Uint8Array, limits: DerLimits = derLimits): DerElement {
  return readElement({ bytes, limits, elementCount: 0 }, 0, bytes.length, 0);
}

function readElement(reading: Reading, start: number, end: number, depth: number): DerElement {
  const { bytes, limits } = reading;
  if (depth > limits.depth) throw new DerError("der-too-deep", "nested too deeply", start);
  reading.elementCount += 1;
  if (reading.elementCount > limits.elements) {
    throw new DerError("der-too-many-elements", "too many elements", start);
  }
  const tag = readTag(bytes, start, end);
  const { contentsStart, contentsEnd } = readLength(bytes, start + 1, end);
  const constructed = (tag & 0x20) !== 0;
  const children: DerElement[] = [];
  if (constructed) {
    for (let at = contentsStart; at < contentsEnd;) {
      const child = readElement(reading, at, contentsEnd, depth + 1);
      children.push(child);
      at += child.raw.length;
    }
  }
  const raw = bytes.subarray(start, contentsEnd);
  return {
    tag,
    constructed,
    raw,
    contents: bytes.subarray(contentsStart, contentsEnd),
    offset: start,
    children,
  };
}

function readTag(bytes: Uint8Array, start: number, end: number): number {
  const tag = bytes[start];
  if (tag === undefined || start >= end) throw new DerError("der-truncated", "an element is missing", start);
  // No structure we read has tag numbers above 30, so the multi-byte form is refused rather than half supported.
  if ((tag & 0x1f) === 0x1f) throw new DerError("der-bad-tag", "multi-byte tag", start);
  if (tag === 0x00) throw new DerError("der-bad-tag", "end-of-contents octets are not DER", start);
  const isUniversal = (tag & 0xc0) === 0;
  const mustBeConstructed = (tag & 0x1f) === 0x10 || (tag & 0x1f) === 0x11;
  if (isUniversal && mustBeConstructed !== ((tag & 0x20) !== 0)) {
    // X.690 §10.2: strings are primitive in DER, and a primitive SEQUENCE does not exist.
    throw new DerError("der-bad-tag", "wrong primitive/constructed bit", start);
  }
  return tag;
}

function readLength(
  bytes: Uint8Array,
  at: number,
  end: number,
): { contentsStart: number; contentsEnd: number } {
  const first = bytes[at];
  if (first === undefined || at >= end) throw new DerError("der-truncated", "the length is missing", at);
  const octetCount = first >= 0x80 ? first & 0x7f : 0;
  const length = first >= 0x80 ? readLongLength(bytes, at, octetCount, end) : first;
  const contentsStart = at + 1 + octetCount;
  if (contentsStart + length > end) throw new DerError("der-truncated", "the contents are cut off", at);
  return { contentsStart, contentsEnd: contentsStart + length };
}

function readLongLength(bytes: Uint8Array, at: number, octetCount: number, end: number): number {
  if (octetCount === 0 || octetCount > 4)
    throw new DerError("der-bad-length", "indefinite or oversized length", at);
  if (at + 1 + octetCount > end) throw new DerError("der-truncated", "the length is cut off", at);
  const octets = bytes.subarray(at + 1, at + 1 + octetCount);
  const length = octets.reduce((value, octet) => value * 256 + octet, 0);
  // X.690 §10.1: the shortest form only.
  if (length < 0x80 || octets[0] === 0)
    throw new DerError("der-bad-length", "length is not in its shortest form", at);
  return length;
}
