import { DerError } from "../der/index.ts";

/** Where one element stands: a list of a hundred thousand entries is walked without building a tree of it. */
export interface DerSpan {
  readonly tag: number;
  readonly start: number;
  readonly contentsStart: number;
  readonly end: number;
}

/** The element that begins at `start`, in strict DER. @throws DerError */
export function spanAt(bytes: Uint8Array, start: number, end: number): DerSpan {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || start + 2 > end) {
    throw new DerError("der-truncated", "an element is missing", start);
  }
  if ((tag & 0x1f) === 0x1f || tag === 0)
    throw new DerError("der-bad-tag", "a tag that is not read here", start);
  const octetCount = first < 0x80 ? 0 : first & 0x7f;
  const contentsStart = start + 2 + octetCount;
  const length = octetCount === 0 && first < 0x80 ? first : longLength(bytes, start + 2, octetCount);
  if (contentsStart + length > end) throw new DerError("der-truncated", "the contents are cut off", start);
  return { tag, start, contentsStart, end: contentsStart + length };
}

function longLength(bytes: Uint8Array, at: number, octetCount: number): number {
  let length = 0;
  for (let index = 0; index < octetCount; index += 1) length = length * 256 + (bytes[at + index] ?? 0);
  // X.690 §10.1: definite, and the shortest form only.
  if (octetCount === 0 || octetCount > 4 || length < 0x80 || bytes[at] === 0) {
    throw new DerError("der-bad-length", "length is not in its shortest form", at - 1);
  }
  return length;
}

/** The members of a constructed element, one after the other. @throws DerError */
export function* spansIn(bytes: Uint8Array, outer: DerSpan): Generator<DerSpan, void, undefined> {
  for (let at = outer.contentsStart; at < outer.end;) {
    const span = spanAt(bytes, at, outer.end);
    yield span;
    at = span.end;
  }
}

/** Tag, length and contents. */
export function rawOf(bytes: Uint8Array, { start, end }: DerSpan): Uint8Array {
  return bytes.subarray(start, end);
}
