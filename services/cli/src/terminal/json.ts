import { base64Of } from "@yinxin/crypto/bytes";

/**
 * JSON as the suite writes it: members in snake_case, octets in base64. What a terminal would obey is escaped (RFC 8259 §7), since
 * people look at JSON too.
 */
export function renderJson(value: unknown): string {
  return `${escapedForTerminal(JSON.stringify(snakeCased(value), undefined, 2))}\n`;
}

/** The same on one line, for a stream of which each line is a value. */
export function renderJsonLine(value: unknown): string {
  return `${escapedForTerminal(JSON.stringify(snakeCased(value)))}\n`;
}

/** JSON in which what a terminal would obey, like a change of direction, is an escape of the same character. */
export function escapedForTerminal(json: string): string {
  return json.replaceAll(/[^\P{C}\n]|[\u2028\u2029]/gu, escaped);
}

/** A character beyond the first plane is two escapes. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

function snakeCased(value: unknown): unknown {
  if (value instanceof Uint8Array) return base64Of(value);
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    snakeCased(member),
  ]);
  return Object.fromEntries(members) as unknown;
}
