/** What begins and ends a text in JSON. */
export const quote = 0x22;
const backslash = 0x5c;
/** `[`, `{` and their ends. */
const steps: ReadonlyMap<number, number> = new Map([
  [0x5b, 1],
  [0x7b, 1],
  [0x5d, -1],
  [0x7d, -1],
]);

/**
 * Whether JSON is nested deeper than `depthMax`, found out before it is parsed: whoever walks a thousand brackets by calls runs
 * out of stack. Says nothing about whether it is JSON.
 */
export function isDeeperThan(json: Uint8Array, depthMax: number): boolean {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  let depth = 0;
  for (let position = 0; position < bytes.length; position += 1) {
    const byte = bytes[position] ?? 0;
    // A document in base64 is one long text: its end is looked for, not walked to.
    if (byte === quote) position = endOfText(bytes, position + 1);
    else depth += steps.get(byte) ?? 0;
    if (depth > depthMax) return true;
  }
  return false;
}

function endOfText(bytes: Buffer, begin: number): number {
  let end = bytes.indexOf(quote, begin);
  while (end !== -1 && isEscaped(bytes, begin, end)) end = bytes.indexOf(quote, end + 1);
  return end === -1 ? bytes.length : end;
}

/**
 * Whether the quote at a place is one inside a text: an odd number of backslashes stands before it.
 *
 * @param begin of the text, or of what of it was not looked at yet.
 */
export function isEscaped(bytes: Buffer, begin: number, at: number): boolean {
  let first = at;
  while (first > begin && bytes[first - 1] === backslash) first -= 1;
  return (at - first) % 2 === 1;
}
