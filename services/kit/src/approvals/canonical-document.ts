import { bytesOfBase64, equalBytes, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { z } from "zod";

// Not by the folder's index, which brings the database with it: this folder also runs where there is none.
import { canonicalJson } from "../audit/canonical-json.ts";
import { isDeeperThan } from "../wire/json-depth.ts";

/** `sm3:` and 64 digits. */
export const sm3Text = z.string().regex(/^sm3:[0-9a-f]{64}$/);
/** Words in kebab-case joined by points: `key.rotate`, `seal.owner.seal-1`. */
export const dotted = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/);
/** A name for people. Without control characters, which would let a text look like another on a terminal. */
export const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
/** Times inside signed documents have one form: UTC with milliseconds. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  // Date.parse knows a 30th of February, and makes another day of it.
  .refine((text) => isTime(text), { message: "not a time" });

function isTime(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}

/** Canonical base64 of at most so many bytes; it stays text. */
export function base64Text(bytesMax: number) {
  return z
    .string()
    .max(4 * Math.ceil(bytesMax / 3))
    .refine(isBase64, { message: "not base64" });
}

function isBase64(text: string): boolean {
  try {
    return bytesOfBase64(text).length > 0;
  } catch {
    return false;
  }
}

/** What a document says, or why it cannot be read. */
export type CanonicalReading<Value> =
  | { readonly value: Value; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/**
 * Reads a document that is signed or named by its digest: UTF-8, JSON, of the schema's form, and in exactly the one text
 * that RFC 8785 gives it. So two documents never mean the same, and a member written twice is refused.
 */
export function readCanonical<Schema extends z.ZodType>(
  bytes: Uint8Array,
  schema: Schema,
  bytesMax: number,
): CanonicalReading<z.output<Schema>> {
  if (bytes.length > bytesMax) return { problem: `larger than ${String(bytesMax)} bytes` };
  if (isDeeperThan(bytes, depthMax)) return { problem: `nested deeper than ${String(depthMax)}` };
  let read: unknown;
  try {
    read = JSON.parse(textOfUtf8(bytes));
  } catch {
    return { problem: "not JSON in UTF-8" };
  }
  const parsed = schema.safeParse(read);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where =
      issue === undefined || issue.path.length === 0 ? "document" : issue.path.map(String).join(".");
    return { problem: `${where}: ${issue?.message ?? "malformed"}` };
  }
  // Of what was read, not of what stood there: a member that the schema passes over would be signed and never seen.
  return isCanonical(bytes, parsed.data) ? { value: parsed.data } : { problem: "not in its canonical form" };
}

/** A policy inside a request is six deep; a thousand brackets only exhaust the stack of whoever walks them. */
const depthMax = 32;

function isCanonical(bytes: Uint8Array, value: unknown): boolean {
  try {
    return equalBytes(bytes, utf8Of(canonicalJson(value)));
  } catch {
    return false;
  }
}

/** The canonical bytes of a document. @throws TypeError for what has no JSON text. */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8Of(canonicalJson(value));
}

/** How documents name one another: `sm3:…` of their canonical bytes. */
export function documentDigest(bytes: Uint8Array): string {
  return digestText("SM3", digest("SM3", bytes));
}
