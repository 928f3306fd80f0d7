import { isEscaped, quote } from "../wire/json-depth.ts";
import { bodyLimitBytesDefault } from "./body-limits.ts";

/** Texts in a body with documents: names, and the documents themselves. */
const textsMax = 10_000;

/**
 * Whether a body has no more structure than one of plain fields may have: what makes it large must be long texts. Parsing
 * forty megabytes of members takes seconds in which nobody else is served; forty megabytes of base64 take none.
 *
 * Says nothing about whether it is JSON.
 */
export function hasLittleStructure(body: Uint8Array): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let outside = 0;
  let position = 0;
  for (let texts = 0; texts <= textsMax; texts += 1) {
    const begin = bytes.indexOf(quote, position);
    outside += (begin === -1 ? bytes.length : begin) - position;
    if (outside > bodyLimitBytesDefault) return false;
    if (begin === -1) return true;
    const end = endOfText(bytes, begin + 1);
    if (end === undefined) return false;
    position = end;
  }
  return false;
}

/** Where the text that begins here has ended; undefined if it has more quotes in it than documents and names do. */
function endOfText(bytes: Buffer, begin: number): number | undefined {
  let position = begin;
  for (let quotes = 0; quotes <= textsMax; quotes += 1) {
    const found = bytes.indexOf(quote, position);
    if (found === -1) return bytes.length;
    if (!isEscaped(bytes, position, found)) return found + 1;
    position = found + 1;
  }
  return undefined;
}
