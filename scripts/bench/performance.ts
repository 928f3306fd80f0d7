import { isMet } from "../../crypto/bench/measure.ts";
import type { Measurement } from "../../crypto/bench/measure.ts";

/** What docs/performance.json holds: one run of the bench. */
export interface Performance {
  /** The day, as RFC 3339 writes dates. */
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly platform: string;
    readonly node: string;
    readonly openssl: string;
  };
  readonly measurements: readonly Measurement[];
}

const thousands = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

const valueOf = ({ value, unit }: Measurement): string => `${thousands.format(value)} ${unit}`;

/** With the unit, so that nobody holds a target for the rate against the ratio. */
function targetOf({ target, unit: unitOfValue }: Measurement): string {
  if (target === undefined) return "";
  const unit = target.of === "ratio" ? "×" : ` ${unitOfValue}`;
  if (target.atLeast !== undefined) return `≥ ${thousands.format(target.atLeast)}${unit}`;
  return `≤ ${thousands.format(target.atMost ?? 0)}${unit}`;
}

function rowOf(measurement: Measurement): string[] {
  const { subject, operation, ratio, baseline } = measurement;
  return [
    subject,
    operation,
    valueOf(measurement),
    `${thousands.format(ratio)}×`,
    baseline,
    `${targetOf(measurement)}${isMet(measurement) ? "" : " missed"}`,
  ];
}

const columns = ["what", "operation", "rate", "ratio", "of", "target"];

/** For a terminal. */
export function plainTable({ measurements }: Performance): string {
  const rows = [columns, ...measurements.map(rowOf)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** All of it, for docs/performance.md. */
export function fullTable({ measurements }: Performance): string {
  return markdownTable([columns, ...measurements.map(rowOf)]);
}

/** What a README says in one language: the numbers that have a target, and the yardstick. */
export interface TableWords {
  readonly columns: readonly string[];
  readonly machine: (performance: Performance) => string;
}

export function shortTable(performance: Performance, words: TableWords): string {
  const rows = performance.measurements
    .filter(({ target }) => target !== undefined)
    .map((measurement) => {
      const [subject = "", operation = "", rate = "", ratio = "", baseline = "", target = ""] =
        rowOf(measurement);
      return [`${subject}: ${operation}`, rate, `${ratio} ${baseline}`, target];
    });
  return `${words.machine(performance)}\n\n${markdownTable([words.columns, ...rows])}`;
}

/** Padded as prettier pads, except for characters of double width. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(3, ...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell))).join(" | ")} |\n`;
  const [header = [], ...body] = rows;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("");
}

/** Columns of a terminal: Chinese characters take two. */
function widthOf(text: string): number {
  return text.length + (text.match(/[\u2e80-\u9fff\uff00-\uff60]/g)?.length ?? 0);
}
