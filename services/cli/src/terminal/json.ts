import { base64Of } from "@yinxin/crypto/bytes";

/**
 * JSON as the suite writes it: members in snake_case, octets in base64. What a terminal would obey is escaped (RFC 8259 §7), since
 * people look at JSON too.
 */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(snakeCased(value), undefined, 2);
  return `${text.replaceAll(/[^\P{C}\n]|[\u2028\u2029]/gu, escaped)}\n`;
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
