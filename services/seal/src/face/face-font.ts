import { create } from "fontkit";
import type { Font, FontCollection } from "fontkit";

/** One glyph as the font draws it. */
export interface GlyphOutline {
  /** SVG path data in font units, y up. */
  readonly svgPath: string;
  /** Font units, as the next. */
  readonly advance: number;
  /** The middle of the ink, from the left side of the em square. */
  readonly inkMiddle: number;
}

/** A font file, read once; it only gives outlines. */
export interface FaceFont {
  readonly unitsPerEm: number;
  /** Font units above the baseline where the em square of an ideograph begins. */
  readonly emTop: number;
  /** Undefined if the font does not draw this character. */
  outlineOf(character: string): GlyphOutline | undefined;
}

/**
 * Reads a TrueType or OpenType font.
 *
 * @param name PostScript name of the member to use; needed for a collection (.ttc), where the wrong member would draw
 *   another country's forms of the characters.
 * @throws RangeError if the bytes are no font, or a collection without a member of that name.
 */
export function openFaceFont(bytes: Uint8Array, name?: string): FaceFont {
  const font = readFont(bytes, name);
  const { typoAscender, typoDescender } = font["OS/2"];
  // The em square of an ideograph is what the typographic ascender and descender of a CJK font enclose, but some fonts
  // put line spacing in there too; the square is then centred between the two.
  const emTop = (typoAscender + typoDescender + font.unitsPerEm) / 2;
  return {
    unitsPerEm: font.unitsPerEm,
    emTop,
    outlineOf: (character) => {
      const codePoint = character.codePointAt(0);
      if (codePoint === undefined || !font.hasGlyphForCodePoint(codePoint)) return undefined;
      const glyph = font.glyphForCodePoint(codePoint);
      const svgPath = glyph.path.toSVG();
      // A glyph without ink is as good as none: nobody could see that the name holds it.
      return svgPath === ""
        ? undefined
        : { svgPath, advance: glyph.advanceWidth, inkMiddle: middleOf(glyph.bbox) };
    },
  };
}

function middleOf({ minX, maxX }: { readonly minX: number; readonly maxX: number }): number {
  return (minX + maxX) / 2;
}

function readFont(bytes: Uint8Array, name: string | undefined): Font {
  const read = createFont(bytes, name);
  if (read === null || "fonts" in read) {
    throw new RangeError(`the font collection has no member named ${name ?? "(none given)"}`);
  }
  return read;
}

/** Null for a collection without a member of that name, which fontkit's types do not say. */
function createFont(bytes: Uint8Array, name: string | undefined): Font | FontCollection | null {
  try {
    return create(Buffer.from(bytes), name);
  } catch (cause) {
    // fontkit has no error class of its own.
    throw new RangeError("this is not a TrueType or OpenType font", { cause });
  }
}
