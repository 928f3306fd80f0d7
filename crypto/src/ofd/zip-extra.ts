import type { ByteRange } from "./byte-range.ts";
import { OfdError } from "./ofd-error.ts";

/** Extra fields that would make an entry mean something else to a reader that knows them. */
const refusedExtraFields: Readonly<
  Record<number, { readonly code: "zip-malformed" | "zip-encrypted"; readonly what: string }>
> = {
  0x0001: { code: "zip-malformed", what: "ZIP64 sizes" },
  0x0017: { code: "zip-encrypted", what: "strong encryption" },
  0x6375: { code: "zip-malformed", what: "a second comment" },
  0x7075: { code: "zip-malformed", what: "a second name" },
  0x9901: { code: "zip-encrypted", what: "AES encryption" },
};

/**
 * Checks the extra fields of one header (APPNOTE 6.3.10 §4.5): well-formed, and none that changes name, size or content.
 * The others (time stamps, owners, padding) change nothing that is read here.
 *
 * @throws OfdError `zip-malformed` or `zip-encrypted`
 */
export function checkExtraFields(view: DataView, range: ByteRange, part: string): void {
  let at = range.start;
  while (at < range.end) {
    if (at + 4 > range.end) throw new OfdError("zip-malformed", "an extra field is cut off", part);
    const refused = refusedExtraFields[view.getUint16(at, true)];
    if (refused !== undefined) throw new OfdError(refused.code, `an extra field gives ${refused.what}`, part);
    at += 4 + view.getUint16(at + 2, true);
  }
  if (at !== range.end) throw new OfdError("zip-malformed", "an extra field is cut off", part);
}
