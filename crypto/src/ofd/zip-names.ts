import { textOfUtf8 } from "../bytes/index.ts";
import { OfdError } from "./ofd-error.ts";

/** Longer than any path seen; keeps error messages and reports readable. */
const longestNameBytes = 512;

/**
 * The name of a ZIP entry as text. Names are ASCII, or UTF-8; a UTF-8 name without the flag that says so (general purpose
 * bit 11) is read too and reported by the caller.
 *
 * @throws OfdError `zip-entry-path` if the bytes are in some other encoding, e.g. GBK: two readers would see two names.
 */
export function decodeEntryName(bytes: Uint8Array): { readonly name: string; readonly isAscii: boolean } {
  if (bytes.length === 0 || bytes.length > longestNameBytes) {
    throw new OfdError("zip-entry-path", `an entry name is ${String(bytes.length)} bytes long`);
  }
  try {
    return { name: textOfUtf8(bytes), isAscii: bytes.every((byte) => byte < 0x80) };
  } catch (cause) {
    // TypeError of the strict decoder.
    throw new OfdError("zip-entry-path", "an entry name is not UTF-8", undefined, { cause });
  }
}

/**
 * Control characters, characters that some file system leaves out of names (marks of direction, zero-width ones), and
 * those that Windows has no file for and that programs there replace.
 */
const unsuitable = /[\p{Cc}\p{Cf}\\:<>"|?*]/u;

/** Windows drops these from the end of a name, so that two names become one file. */
const unsuitableEnd = /[. ]$/;

/**
 * Accepts only a plain relative path in its one normal form, so that no extraction leaves its folder and no two spellings
 * mean one file. A folder's name ends with `/`.
 *
 * @throws OfdError `zip-entry-path`
 */
export function checkEntryName(name: string): void {
  const path = name.endsWith("/") ? name.slice(0, -1) : name;
  const segments = path.split("/");
  const isStrange =
    unsuitable.test(name) || segments.some((segment) => segment === "" || unsuitableEnd.test(segment));
  if (isStrange)
    throw new OfdError("zip-entry-path", "the entry name is not a plain relative path", shown(name));
}

/**
 * Refuses names that some reader would take for one another: equal, equal but for case or Unicode composition, or a file
 * where another entry needs a folder.
 *
 * @throws OfdError `zip-duplicate-entry`
 */
export function refuseAmbiguousNames(names: readonly string[]): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const name of names) {
    const folded = foldName(name);
    const isFolder = folded.endsWith("/");
    const key = isFolder ? folded.slice(0, -1) : folded;
    const seen = isFolder ? folders : files;
    if (seen.has(key)) throw new OfdError("zip-duplicate-entry", "the entry exists twice", name);
    seen.add(key);
  }
  for (const name of names) {
    const segments = foldName(name).split("/");
    for (let length = segments.length - 1; length > 0; length -= 1) {
      if (files.has(segments.slice(0, length).join("/"))) {
        throw new OfdError("zip-duplicate-entry", "a file has the name of this entry's folder", name);
      }
    }
  }
}

/** The form in which names are compared: what a case-insensitive file system makes of them. */
export function foldName(name: string): string {
  // Upper case first: the long s and other letters have an upper case that they are not the lower case of.
  return name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** Control characters must not reach a terminal through an error message. */
function shown(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}
