/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/**
 * The one JSON text of a value (RFC 8785): members sorted by their UTF-16 code units, no white space, numbers as
 * ECMAScript writes them. Members whose value is undefined are left out.
 *
 * @throws TypeError for what has no JSON text: a lone surrogate, a number that is not finite, any other type.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value === "string") return canonicalText(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isPlainObject(value)) return canonicalObject(value);
  throw new TypeError(`a ${typeof value} has no JSON text`);
}

function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort();
  return `{${names.map((name) => `${canonicalText(name)}:${canonicalJson(value[name])}`).join(",")}}`;
}

function canonicalNumber(value: number): string {
  // RFC 8785 §3.2.2.3: ECMAScript's own text, and -0 is 0.
  if (!Number.isFinite(value)) throw new TypeError("the number is not finite");
  return JSON.stringify(value);
}

function canonicalText(value: string): string {
  // RFC 8785 §3.2.2.2: JSON.stringify would write a lone surrogate as an escape that other programs refuse.
  // The first question is the cheap one, and almost every text is through with it.
  if (/[\ud800-\udfff]/.test(value) && /\p{Surrogate}/u.test(value))
    throw new TypeError("the text has half a character");
  return JSON.stringify(value);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
