import { printable } from "./printable.ts";
import { coloured } from "./style.ts";
import type { Style } from "./style.ts";

/** East Asian wide characters take two columns, and so do most pictographs. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Drawn over the character before them. */
const combining = /\p{Mn}|\p{Me}/u;

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return Array.from(text).reduce(
    (width, character) => width + (combining.test(character) ? 0 : wide.test(character) ? 2 : 1),
    0,
  );
}

/** A text with blanks behind it up to so many columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** What stands in a table, with the colour it has where colours are shown. */
export type Cell = string | { readonly text: string; readonly style: Style | undefined };

/** Lines of aligned columns, the first one the heading; what came from elsewhere cannot break out of its cell. */
export function renderTable(
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  { hasColour = false }: { readonly hasColour?: boolean } = {},
): string {
  const cells = [heading, ...rows].map((row) => row.map(plainCell));
  const widths = heading.map((_, column) =>
    Math.max(...cells.map((row) => widthOf(row[column]?.text ?? ""))),
  );
  return cells
    .map((row) => {
      const last = row.findLastIndex(({ text }) => text !== "");
      return row
        .slice(0, last + 1)
        .map(({ text, style }, column) => {
          const blanks = column === last ? 0 : (widths[column] ?? 0) - widthOf(text);
          return coloured(text, style, hasColour) + " ".repeat(blanks);
        })
        .join("  ");
    })
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function plainCell(cell: Cell): { readonly text: string; readonly style: Style | undefined } {
  const { text, style } = typeof cell === "string" ? { text: cell, style: undefined } : cell;
  return { text: printable(text), style };
}

/** Names and their values, one a line. */
export function renderFacts(facts: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => widthOf(name)));
  return facts
    .map(([name, value]) => `${padded(name, width)}  ${printable(value)}`.trimEnd() + "\n")
    .join("");
}
