import { OfdError } from "./ofd-error.ts";
import { openOfd } from "./open-ofd.ts";
import { zipLimits } from "./zip-read.ts";
import { writeZip } from "./zip-write.ts";

/**
 * Packs parts into an OFD package, in the order given and each stored as it is; the same input gives the same bytes. What
 * comes out was opened again, so it is a package that this reader accepts.
 *
 * @throws OfdError as {@link openOfd}
 */
export function createOfd(parts: ReadonlyMap<string, Uint8Array>, createdAt: Date): Uint8Array {
  // The end record counts in 16 bits; past the limit the archive would lie before the reader could say so.
  if (parts.size > zipLimits.entries) throw new OfdError("too-many-entries", `${String(parts.size)} entries`);
  const bytes = writeZip(Array.from(parts, ([name, content]) => ({ name, content, modifiedAt: createdAt })));
  openOfd(bytes);
  return bytes;
}
