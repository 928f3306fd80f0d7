/** A standard named in a source file, with a clause where one is said. */
export interface Citation {
  /** As docs/standards.md heads it: `RFC 5280`, `GB/T 38540-2020`, `ETSI EN 319 102-1`, `ISO 32000-1`, `C2SP tlog-tiles`. */
  readonly standard: string;
  /** Number or letter without the sign: `6.1.3`, `A.2`; undefined where the whole standard is meant. */
  readonly clause: string | undefined;
  readonly line: number;
}

const standardPattern =
  "(?:RFC \\d{3,5}|GB/T \\d+(?:\\.\\d+)?(?:-\\d{4})?|GM/T \\d{4}(?:-\\d{4})?|ETSI (?:EN|TS) \\d{3} \\d{3}(?:-\\d+)?|X\\.6\\d\\d|ISO \\d+(?:-\\d+)?|FIPS \\d+(?:-\\d)?|NIST SP 800-\\d+[A-Z]?|C2SP [a-z]+(?:-[a-z]+)+)";
const clausePattern = "(?:[A-Z]|\\d+)(?:\\.\\d+)*";
const citationPattern = new RegExp(
  `(${standardPattern})(?:\\s+(?:§+|(?:annex|appendix|table|ch\\.|chapter)\\s+)(${clausePattern}))?`,
  "gi",
);
/** Further clauses of the same standard: "RFC 5652 §5.3, §11" and "§7 and §8". */
const furtherPattern = new RegExp(`^(?:,| and| or|–)\\s*§(${clausePattern})`);

/** Every citation in the text of a source file. Comment marks at the beginning of lines do not interrupt one. */
export function citationsIn(text: string): Citation[] {
  // A citation may run over a line break of a comment; the marks are blanked, so that offsets keep their lines.
  const plain = text.replaceAll(/\n\s*(?:\*|\/\/)/g, (mark) => `\n${" ".repeat(mark.length - 1)}`);
  const citations: Citation[] = [];
  for (const match of plain.matchAll(citationPattern)) {
    const [whole, standard = "", clause] = match;
    const line = plain.slice(0, match.index).split("\n").length;
    citations.push({ standard, clause, line });
    let rest = clause === undefined ? "" : plain.slice(match.index + whole.length);
    for (let further = furtherPattern.exec(rest); further !== null; further = furtherPattern.exec(rest)) {
      citations.push({ standard, clause: further[1], line });
      rest = rest.slice(further[0].length);
    }
  }
  return citations;
}

/** One row of docs/standards.md. */
export interface StandardRow {
  readonly standard: string;
  /** Empty for a row about the whole standard. */
  readonly clauses: readonly string[];
  /** Paths in the cells `Code` and `Test`. */
  readonly paths: readonly string[];
  readonly line: number;
}

/** A test that the table of outsiders names: the file, and words of the test's name. */
export interface NamedTest {
  readonly path: string;
  readonly name: string;
  readonly line: number;
}

/**
 * Reads docs/standards.md: under each heading `## STANDARD — title` a table whose first column holds clauses
 * (`§4.1, §4.2` or `whole`), and elsewhere rows with `path`: “words of a test’s name”.
 */
export function readStandards(markdown: string): {
  readonly rows: readonly StandardRow[];
  readonly tests: readonly NamedTest[];
} {
  const rows: StandardRow[] = [];
  const tests: NamedTest[] = [];
  let standard: string | undefined;
  for (const [index, text] of markdown.split("\n").entries()) {
    const line = index + 1;
    const heading = /^## (.+?)(?: — .*)?$/.exec(text);
    if (heading !== null) standard = heading[1];
    if (!text.startsWith("|") || /^\|[\s:|-]+\|$/.test(text)) continue;
    const cells = text
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const named = /`([^`]+\.test\.tsx?)`:? “([^”]+)”/.exec(text);
    if (named?.[1] !== undefined && named[2] !== undefined)
      tests.push({ path: named[1], name: named[2], line });
    const first = cells[0] ?? "";
    if (standard === undefined || !(first === "whole" || first.startsWith("§"))) continue;
    const clauses = [...first.matchAll(new RegExp(`§(${clausePattern})`, "g"))].map(
      (match) => match[1] ?? "",
    );
    const paths = [...text.matchAll(/`([^`\s]+\/[^`\s]+\.[a-z]+)`/g)].map((match) => match[1] ?? "");
    rows.push({ standard, clauses, paths, line });
  }
  return { rows, tests };
}

/** Whether a row speaks of this citation: of its standard, and of its clause or one that contains it. */
export function covers(row: StandardRow, { standard, clause }: Citation): boolean {
  // "GB/T 38540" without a year is the edition in force, which the heading names.
  if (row.standard !== standard && !row.standard.startsWith(`${standard}-`)) return false;
  if (clause === undefined) return true;
  return row.clauses.some((known) => clause === known || clause.startsWith(`${known}.`));
}
