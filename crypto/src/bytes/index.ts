/**
 * Bytes are `Uint8Array` everywhere; text is an encoding of them and is named after it (`digestHex`).
 *
 * Nothing here knows what the bytes mean. `equalBytes` is the only comparison that may touch a secret.
 */

/** Joins byte strings in order into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Whether two byte strings are the same, in a time that depends on their length only.
 * A difference in length is not hidden.
 */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) {
    difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  }
  return difference === 0;
}

/** Lower-case hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** @throws RangeError if `text` is not an even number of hexadecimal digits. */
export function bytesOfHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new RangeError("not hexadecimal");
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** Base64 with padding, RFC 4648 §4. */
export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}

/**
 * Reads canonical base64: padded, no white space, no stray bits in the last digit.
 *
 * @throws RangeError for anything else; two texts must never mean the same bytes (RFC 4648 §3.5).
 */
export function bytesOfBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new RangeError("not base64");
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  const last = bytes.subarray(bytes.length - (bytes.length % 3 || Math.min(3, bytes.length)));
  if (bytes.length > 0 && !text.endsWith(base64Of(last))) throw new RangeError("not canonical base64");
  return bytes;
}

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8. */
export function utf8Of(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws TypeError if the bytes are not well-formed UTF-8. A byte order mark is kept as a character. */
export function textOfUtf8(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes);
}

/** One character per byte, ISO 8859-1; for searching binary formats that are ASCII in their structure. */
export function latin1Of(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    // Eight times as fast as with the bytes spread out, and keys are looked up by such texts.
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, start + 0x8000)) as string;
  }
  return text;
}

/** The inverse of {@link latin1Of}. @throws RangeError for a character above U+00FF. */
export function bytesOfLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0xff) throw new RangeError("not Latin-1");
    bytes[index] = code;
  }
  return bytes;
}

/**
 * PEM text blocks with the given label (RFC 7468), as DER. Text around them and other labels are passed over.
 *
 * @throws RangeError if a block's body is not base64, or a block is begun and not ended: a file that was cut off must
 *   not look like one with fewer blocks.
 */
export function derOfPem(pem: string, label: string): Uint8Array[] {
  const [, ...blocks] = pem.split(`-----BEGIN ${label}-----`);
  return blocks.map((block) => {
    const end = block.indexOf(`-----END ${label}-----`);
    if (end < 0) throw new RangeError(`a PEM block ${label} has no end`);
    return bytesOfBase64(block.slice(0, end).replaceAll(/\s/g, ""));
  });
}

/** DER as a PEM block with 64-character lines (RFC 7468 §2). */
export function pemOfDer(der: Uint8Array, label: string): string {
  const lines = base64Of(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
