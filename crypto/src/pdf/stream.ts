import type { PdfObject } from "./objects.ts";
import type { IndirectHead } from "./parse.ts";
import { malformed } from "./pdf-error.ts";
import { expectKeyword, skipSpace, skipWhiteSpace, takeKeyword } from "./scan.ts";
import type { Cursor } from "./scan.ts";

/**
 * Reads what follows an indirect object's value: `endobj`, or a stream and then `endobj` (ISO 32000-1 §7.3.8).
 *
 * @param lengthOf Resolves the stream's /Length, which may be a reference.
 * @throws PdfError `pdf-malformed` if the length does not lead to `endstream`: where a stream ends is never searched for.
 */
export function finishIndirect(
  bytes: Uint8Array,
  head: IndirectHead,
  lengthOf: (length: PdfObject | undefined) => number,
): PdfObject {
  const cursor: Cursor = { bytes, at: head.end };
  skipSpace(cursor);
  if (takeKeyword(cursor, "endobj")) return head.object;
  if (head.object.kind !== "dictionary" || !takeKeyword(cursor, "stream")) {
    throw malformed('"endobj" expected', cursor.at);
  }
  const dataStart = skipStreamLineEnd(cursor);
  const dataEnd = dataStart + lengthOf(head.object.entries.get("Length"));
  if (dataEnd > bytes.length) throw malformed("a stream is longer than the file", dataStart);
  cursor.at = dataEnd;
  skipWhiteSpace(cursor);
  expectKeyword(cursor, "endstream");
  const end = cursor.at;
  expectKeyword(cursor, "endobj");
  const data = bytes.subarray(dataStart, dataEnd);
  return { kind: "stream", dictionary: head.object, data, source: bytes, start: head.object.start, end };
}

/** CR LF or LF; a CR alone would leave open whether a following LF is data (ISO 32000-1 §7.3.8.1). */
function skipStreamLineEnd(cursor: Cursor): number {
  if (cursor.bytes[cursor.at] === 0x0d && cursor.bytes[cursor.at + 1] === 0x0a) cursor.at += 2;
  else if (cursor.bytes[cursor.at] === 0x0a) cursor.at += 1;
  else throw malformed('no line end after "stream"', cursor.at);
  return cursor.at;
}
