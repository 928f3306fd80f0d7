import { appendFileSync } from "node:fs";

/** What became of one published suite: how many of its cases had the published outcome. */
export interface ConformanceRow {
  readonly suite: string;
  readonly right: number;
  readonly of: number;
  /** What a reader of the table should know. */
  readonly note?: string;
}

/** A line for the table that `npm run conformance` prints at its end. Says nothing about whether the test passes. */
export function conformanceRow(row: ConformanceRow): void {
  const file = process.env["YINXIN_CONFORMANCE_ROWS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** The rows as a table of text, the columns aligned, with a sum. */
export function conformanceTable(rows: readonly ConformanceRow[]): string {
  const sorted = rows.toSorted((left, right) => (left.suite < right.suite ? -1 : 1));
  const sum = (pick: (row: ConformanceRow) => number): number =>
    rows.reduce((total, row) => total + pick(row), 0);
  const all = [...sorted, { suite: "all", right: sum(({ right }) => right), of: sum((row) => row.of) }];
  const width = Math.max(...all.map(({ suite }) => suite.length));
  return all
    .map(({ suite, right, of, note }: ConformanceRow) => {
      const count = `${String(right).padStart(6)} of ${String(of).padStart(6)}`;
      const missed = right === of ? "" : `  ${String(of - right)} MISSED`;
      return `${suite.padEnd(width)}  ${count}${missed}${note === undefined ? "" : `  ${note}`}`;
    })
    .join("\n");
}

/** Whether every case of every suite had its outcome, and there were cases at all. */
export function isConformant(rows: readonly ConformanceRow[]): boolean {
  return rows.length > 0 && rows.every(({ right, of }) => right === of && of > 0);
}
