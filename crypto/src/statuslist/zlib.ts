import { Inflate, zlibSync } from "fflate";

import { StatusListError } from "./status-list-error.ts";

/** Input is fed in pieces this long, so that one step makes at most about 1032 times as much. */
const pieceBytes = 8192;

/** ZLIB with the highest level, as draft-ietf-oauth-status-list §4.1 recommends: a list is read far more often than made. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return zlibSync(bytes, { level: 9 });
}

/**
 * Inflates ZLIB (RFC 1950) to at most `maximumBytes`; it stops as soon as more comes out.
 *
 * @throws StatusListError `status-list-too-large` or `status-list-malformed`.
 */
export function inflate(data: Uint8Array, maximumBytes: number): Uint8Array {
  const [method = 0, flags = 0] = data;
  // DEFLATE, no preset dictionary, and the two octets a multiple of 31 (RFC 1950 §2.2).
  const isHeader = (method & 0x0f) === 8 && (flags & 0x20) === 0 && (method * 0x100 + flags) % 31 === 0;
  if (!isHeader || data.length < 8) throw new StatusListError("status-list-malformed", "not ZLIB");
  const bytes = inflateRaw(data.subarray(2, -4), maximumBytes);
  const stated = new DataView(data.buffer, data.byteOffset + data.length - 4).getUint32(0);
  if (adler32(bytes) !== stated) throw new StatusListError("status-list-malformed", "the checksum is wrong");
  return bytes;
}

function inflateRaw(data: Uint8Array, maximumBytes: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const inflater = new Inflate((piece) => {
    length += piece.length;
    if (length > maximumBytes) throw new StatusListError("status-list-too-large", "the list is too long");
    pieces.push(piece);
  });
  try {
    for (let at = 0; at < data.length; at += pieceBytes) {
      inflater.push(data.subarray(at, at + pieceBytes), at + pieceBytes >= data.length);
    }
  } catch (cause) {
    if (cause instanceof StatusListError) throw cause;
    // fflate's own errors have no class.
    throw new StatusListError("status-list-malformed", "not a DEFLATE stream", { cause });
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** RFC 1950 §8.2. */
function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  // 3,800 sums stay below 2^32, so the remainder is taken that often only.
  for (let start = 0; start < bytes.length; start += 3800) {
    for (const byte of bytes.subarray(start, start + 3800)) {
      low += byte;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return high * 0x1_00_00 + low;
}
