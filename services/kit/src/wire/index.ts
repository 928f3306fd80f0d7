/**
 * How values that JSON does not know stand on the wire of every service: bytes as base64, times as RFC 3339. A schema
 * here reads them into our own types, so nothing behind the edge sees the text.
 */
export { base64Bytes } from "./base64-bytes.ts";
export { dateTimeText } from "./date-time-text.ts";
