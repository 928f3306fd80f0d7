import { base64Of, bytesOfBase64 } from "../bytes/index.ts";

/** Base64url without padding, as JOSE uses it (RFC 7515 §2). */
export function base64UrlOf(bytes: Uint8Array): string {
  return base64Of(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The inverse of {@link base64UrlOf}. @throws RangeError for any other text: two texts never mean the same bytes. */
export function bytesOfBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new RangeError("not base64url");
  const padding = "=".repeat((4 - (text.length % 4)) % 4);
  return bytesOfBase64(text.replaceAll("-", "+").replaceAll("_", "/") + padding);
}
