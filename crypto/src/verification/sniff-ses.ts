import { tags } from "../der/index.ts";

/**
 * Whether bytes begin like a seal or a seal signature of any version. Looser than parsing, so that a truncated or
 * damaged one is still called by its name.
 */
export function sniffSes(bytes: Uint8Array): "seal" | "seal-signature" | undefined {
  const inside = contentsStart(bytes, 0, tags.sequence);
  const first = inside === undefined ? undefined : contentsStart(bytes, inside, tags.sequence);
  if (first === undefined) return undefined;
  if (isSealStart(bytes, first)) return "seal";
  // TBS_Sign begins with its version, SES_SealInfo with the header.
  const afterVersion = bytes[first] === tags.integer && bytes[first + 1] === 1 ? first + 3 : undefined;
  const seal = afterVersion === undefined ? undefined : contentsStart(bytes, afterVersion, tags.sequence);
  const info = seal === undefined ? undefined : contentsStart(bytes, seal, tags.sequence);
  return info !== undefined && isSealStart(bytes, info) ? "seal-signature" : undefined;
}

/** SES_Header at this place: SEQUENCE { IA5String "ES", … */
function isSealStart(bytes: Uint8Array, at: number): boolean {
  const header = contentsStart(bytes, at, tags.sequence);
  if (header === undefined) return false;
  const expected = [tags.ia5String, 2, 0x45, 0x53];
  return expected.every((byte, index) => bytes[header + index] === byte);
}

/** Where the contents of the element at this place begin, if it has the tag. */
function contentsStart(bytes: Uint8Array, at: number, tag: number): number | undefined {
  const length = bytes[at + 1];
  if (bytes[at] !== tag || length === undefined) return undefined;
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
}
