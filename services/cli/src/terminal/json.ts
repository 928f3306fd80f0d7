import { base64Of } from "@yinxin/crypto/bytes";

/** JSON as the suite writes it: members in snake_case, octets in base64. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(snakeCased(value), undefined, 2)}\n`;
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
