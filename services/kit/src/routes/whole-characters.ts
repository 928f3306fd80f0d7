/** Only these escapes can write what {@link hasWholeCharacters} refuses; a body in UTF-8 cannot hold it otherwise. */
const suspiciousEscape = /\\u(?:0000|d[89a-f])/i;

/**
 * Whether every text in the JSON is one that can be stored, signed and shown: no half of a surrogate pair, which I-JSON
 * forbids (RFC 7493 §2.1) and canonical JSON cannot write (RFC 8785 §3.2.2.2), and no NUL, which PostgreSQL has no text for.
 *
 * @param text what was parsed; most bodies have no such escape, and then nothing is walked through.
 */
export function hasWholeCharacters(value: unknown, text: string): boolean {
  return !suspiciousEscape.test(text) || isWhole(value);
}

function isWhole(value: unknown): boolean {
  // Parsed JSON may be nested deeper than calls may be.
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string" && (next.includes("\0") || /\p{Surrogate}/u.test(next))) return false;
    if (typeof next !== "object" || next === null) continue;
    for (const [name, member] of Object.entries(next)) left.push(name, member);
  }
  return true;
}
