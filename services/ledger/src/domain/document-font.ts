import { create } from "fontkit";
import type { Font, FontCollection } from "fontkit";

/** A font file that goes into every document whole, so that it looks the same on every machine for decades. */
export interface DocumentFont {
  readonly familyName: string;
  readonly fileExtension: "otf" | "ttf";
  readonly bytes: Uint8Array;
  /** The width of a character as a share of the font size; undefined if the font does not draw it. */
  advanceOf(character: string): number | undefined;
}

/**
 * The largest font that is put into a document. A whole CJK font has some 15 MB, and every license would carry it; the
 * configuration names a subset with the characters that licenses use.
 */
const fontBytesMax = 4 * 1024 * 1024;

/** Reads a TrueType or OpenType font. @throws RangeError if the bytes are no such font, a collection, or too many. */
export function openDocumentFont(bytes: Uint8Array): DocumentFont {
  if (bytes.length > fontBytesMax) {
    throw new RangeError(`the font has more than ${String(fontBytesMax)} bytes; name a subset of it`);
  }
  const font = readFont(bytes);
  return {
    familyName: font.familyName,
    // "OTTO": outlines in CFF, which readers expect under this name.
    fileExtension: bytes[0] === 0x4f ? "otf" : "ttf",
    bytes,
    advanceOf: (character) => {
      const codePoint = character.codePointAt(0);
      if (codePoint === undefined || !font.hasGlyphForCodePoint(codePoint)) return undefined;
      return font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm;
    },
  };
}

function readFont(bytes: Uint8Array): Font {
  const font = parsed(bytes);
  if ("fonts" in font) throw new RangeError("a font collection; name a file with one font");
  return font;
}

function parsed(bytes: Uint8Array): Font | FontCollection {
  try {
    return create(Buffer.from(bytes));
  } catch (cause) {
    // fontkit throws plain errors of many wordings for what is not a font.
    throw new RangeError("not a TrueType or OpenType font", { cause });
  }
}
