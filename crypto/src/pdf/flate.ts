import { Unzlib, zlibSync } from "fflate";

import { concatBytes } from "../bytes/index.ts";
import { malformed, PdfError } from "./pdf-error.ts";

/** Input is fed in pieces, so that a bomb is noticed after at most a thousand times this much output. */
const pieceBytes = 16 * 1024;

/**
 * Decodes zlib data (RFC 1950), as FlateDecode and PNG use it.
 *
 * @throws PdfError `pdf-too-large` as soon as the output passes `limitBytes`; `pdf-malformed` if the data are not zlib or end
 *   early.
 */
export function inflate(data: Uint8Array, limitBytes: number): Uint8Array {
  // A zlib stream has two bytes of header and four of checksum.
  if (data.length < 6) throw malformed("a stream is not zlib data");
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Unzlib((part) => {
    length += part.length;
    if (length > limitBytes) throw new PdfError("pdf-too-large", "a stream decodes to too many bytes");
    parts.push(part);
  });
  try {
    for (let at = 0; at < data.length; at += pieceBytes) {
      stream.push(data.subarray(at, at + pieceBytes), at + pieceBytes >= data.length);
    }
  } catch (error) {
    if (error instanceof PdfError) throw error;
    throw new PdfError("pdf-malformed", "a stream is not zlib data", { cause: error });
  }
  return concatBytes(...parts);
}

/** Encodes as zlib data. The same input gives the same output, for one version of the compressor. */
export function deflate(data: Uint8Array): Uint8Array {
  return zlibSync(data, { level: 9 });
}
