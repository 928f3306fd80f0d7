import { z } from "zod";

/**
 * Bytes in padded base64 (RFC 4648 §4) of at most `maximumBytes`, read as `Uint8Array`. Two texts never mean the same
 * bytes: white space, missing padding and stray bits are refused.
 */
// The pattern of z.base64() is not used: on tens of megabytes it needs more stack than there is.
export function base64Bytes(maximumBytes: number) {
  return z
    .string()
    .max(4 * Math.ceil(maximumBytes / 3))
    .meta({ contentEncoding: "base64" })
    .transform((text, context) => {
      const bytes = Buffer.from(text, "base64");
      if (bytes.toString("base64") === text && bytes.length <= maximumBytes) return new Uint8Array(bytes);
      context.issues.push({ code: "invalid_format", format: "base64", input: text });
      return z.NEVER;
    });
}
