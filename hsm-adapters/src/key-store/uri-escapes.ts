import { concatBytes, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

/** `unreserved` of RFC 3986 §2.3: what every URI may hold as it is. */
const unreserved = /^[A-Za-z0-9._~-]$/;

/** A value as RFC 7512 §2.3 escapes it, in one way only: everything but unreserved characters as `%` and two lower-case digits. */
export function escapeValue(value: Uint8Array): string {
  return Array.from(value, (octet) => {
    const character = String.fromCharCode(octet);
    return unreserved.test(character) ? character : escapeOctet(octet);
  }).join("");
}

/** Every octet escaped, as RFC 7512 §2.3 recommends for `id`: some of its octets look like text by chance. */
export function escapeOctets(value: Uint8Array): string {
  return Array.from(value, escapeOctet).join("");
}

function escapeOctet(octet: number): string {
  return `%${octet.toString(16).padStart(2, "0")}`;
}

/** The octets of a value in any escaping that RFC 7512 §2.3 allows; undefined for a lone `%`. */
export function unescapeValue(text: string): Uint8Array | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const parts = text.split(/(%[0-9A-Fa-f]{2})/);
  return concatBytes(
    ...parts.map((part) =>
      part.startsWith("%") ? Uint8Array.of(Number.parseInt(part.slice(1), 16)) : utf8Of(part),
    ),
  );
}

/** The text of octets that must be UTF-8; undefined if they are not. */
export function textOfValue(value: Uint8Array): string | undefined {
  try {
    return textOfUtf8(value);
  } catch (cause) {
    if (cause instanceof TypeError) return undefined;
    throw cause;
  }
}
