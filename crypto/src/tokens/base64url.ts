import { base64Of } from "../bytes/index.ts";

/** Base64url without padding, as JOSE uses it (RFC 7515 §2). */
export function base64UrlOf(bytes: Uint8Array): string {
  return base64Of(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
