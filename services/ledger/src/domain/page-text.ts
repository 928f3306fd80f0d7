import { refuse } from "@yinxin/service-kit/problems";

import type { DocumentFont } from "./document-font.ts";

/** One line of text on a page; millimetres from the page's top left. */
export interface TextLine {
  readonly text: string;
  readonly xMm: number;
  /** Of the top of the line. */
  readonly yMm: number;
  readonly sizeMm: number;
}

/** Where the baseline lies below the top of a line, as a share of the size: enough for the tallest ideograph. */
const ascent = 0.88;
/** Height of a line's box, as a share of the size. */
const lineHeight = 1.2;

/** The width of a text. @throws Refusal `glyph-missing`, naming the first character that the font does not draw. */
export function widthMmOf(font: DocumentFont, text: string, sizeMm: number): number {
  return advancesOf(font, text, sizeMm).reduce((total, advance) => total + advance, 0);
}

/** Cuts a text into lines no wider than this; between any two characters, as Chinese is set. @throws as {@link widthMmOf} */
export function wrapText(font: DocumentFont, text: string, sizeMm: number, widthMm: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const character of text) {
    if (line !== "" && widthMmOf(font, line + character, sizeMm) > widthMm) {
      lines.push(line);
      line = "";
    }
    line += character;
  }
  return [...lines, line];
}

/** A TextObject of GB/T 33190-2016 ch. 11, every character placed by the font's own widths. @throws as {@link widthMmOf} */
export function encodeTextObject(font: DocumentFont, id: number, fontId: number, line: TextLine): string {
  const { text, xMm, yMm, sizeMm } = line;
  const advances = advancesOf(font, text, sizeMm);
  const width = advances.reduce((total, advance) => total + advance, 0);
  const boundary = [xMm, yMm, width, sizeMm * lineHeight].map(numberText).join(" ");
  // DeltaX has a distance after every character but the last.
  const deltas = advances.slice(0, -1).map(numberText).join(" ");
  return (
    `<ofd:TextObject ID="${String(id)}" Boundary="${boundary}" Font="${String(fontId)}" Size="${numberText(sizeMm)}">` +
    `<ofd:TextCode X="0" Y="${numberText(sizeMm * ascent)}"${deltas === "" ? "" : ` DeltaX="${deltas}"`}>` +
    `${escapeXml(text)}</ofd:TextCode></ofd:TextObject>`
  );
}

/** For character data. Texts have no control characters: the edge refuses them. */
export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function advancesOf(font: DocumentFont, text: string, sizeMm: number): number[] {
  return Array.from(text, (character) => {
    const advance = font.advanceOf(character);
    if (advance === undefined) {
      const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      throw refuse("glyph-missing", {
        zh: `证照字体中没有“${character}”（U+${codePoint}）这个字。`,
        en: `The license font does not draw the character ${character} (U+${codePoint}).`,
      });
    }
    return advance * sizeMm;
  });
}

/** Micrometres are finer than any printer. */
function numberText(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
