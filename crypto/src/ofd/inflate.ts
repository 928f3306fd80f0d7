import { Inflate } from "fflate";

import { OfdError } from "./ofd-error.ts";

/** Input is fed in pieces this long, so that one step makes at most about 1032 times as much: 8 MiB beyond the limit. */
const pieceBytes = 8192;

/**
 * Inflates one raw DEFLATE stream (RFC 1951) that must come out at exactly `size` bytes and fill its input to the last
 * byte. It stops as soon as more comes out, so a lie about the size costs no memory.
 *
 * The bits of the last byte after the end of the stream, and a choice among encodings of the same bytes, cannot be seen
 * from here; `uncoveredRanges("zip:compression")` of the package tells where such bits are.
 *
 * @throws OfdError `zip-bomb` if more than `size` bytes come out; `zip-malformed` if fewer do, the stream is broken, or
 * bytes follow it.
 */
export function inflateExactly(data: Uint8Array, size: number, part: string): Uint8Array {
  const output = new Uint8Array(size);
  let length = 0;
  const outcome = runInflate(data, (piece) => {
    if (length + piece.length > size) {
      throw new OfdError("zip-bomb", "more comes out than the entry says", part);
    }
    output.set(piece, length);
    length += piece.length;
  });
  if (outcome instanceof OfdError) throw outcome;
  if (outcome !== undefined)
    throw new OfdError("zip-malformed", "not a DEFLATE stream", part, { cause: outcome });
  if (length !== size) throw new OfdError("zip-malformed", "less comes out than the entry says", part);
  // A stream that is already complete without its last byte carries a stowaway behind its end.
  if (runInflate(data.subarray(0, -1), () => undefined) === undefined) {
    throw new OfdError("zip-malformed", "bytes follow the DEFLATE stream", part);
  }
  return output;
}

/** Undefined if the data is a whole stream, perhaps with something behind it; otherwise what was thrown. */
function runInflate(data: Uint8Array, receive: (piece: Uint8Array) => void): unknown {
  // The shortest stream is two bytes: one empty block with fixed codes.
  if (data.length < 2) return new RangeError("too short");
  const inflate = new Inflate(receive);
  try {
    for (let at = 0; at < data.length; at += pieceBytes) {
      inflate.push(data.subarray(at, at + pieceBytes), at + pieceBytes >= data.length);
    }
    return undefined;
  } catch (error) {
    // fflate's own errors, what `receive` threw, or a RangeError from a buffer that nonsense made too large.
    return error;
  }
}
