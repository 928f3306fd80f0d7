import type { Bilingual } from "./language.ts";
import { renderTable } from "./table.ts";
import type { Cell } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface PrintedTable {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What is said instead of a table without rows, so that nobody wonders whether anything was asked. */
  readonly none: Bilingual;
}

/** Prints a table as data; of nothing it says that there is nothing. */
export function printTable(terminal: Terminal, { heading, rows, none }: PrintedTable): void {
  const { hasColour, language } = terminal;
  if (rows.length === 0) terminal.say(none[language]);
  else terminal.print(renderTable(heading, rows, { hasColour }));
}
