/** A standard named in a source file, with a clause where one is said. */
export interface Citation {
  /** As docs/standards.md heads it: `RFC 5280`, `GB/T 38540-2020`, `ETSI EN 319 102-1`, `ISO 32000-1`, `C2SP tlog-tiles`. */
  readonly standard: string;
  /** Number or letter without the sign: `6.1.3`, `A.2`; undefined where the whole standard is meant. */
  readonly clause: string | undefined;
  readonly line: number;
}

const standardPattern = [
  String.raw`RFC\s+\d{3,5}`,
  String.raw`GB(?:/T)?\s+\d+(?:\.\d+)?-\d{4}|GB/T\s+\d+(?:\.\d+)?`,
  String.raw`GM/T\s+\d{4}(?:-\d{4})?`,
  String.raw`(?:ETSI\s+)?(?:EN|TS)\s+\d{3}\s+\d{3}(?:-\d+)?`,
  // "an X.509 certificate" names a format; only with a clause it is a citation.
  String.raw`X\.6\d\d|X\.5\d\d(?=\s+(?:§|annex))`,
  String.raw`ISO(?:/IEC)?\s+\d+(?:-\d+)?`,
  String.raw`FIPS\s+\d+(?:-\d)?`,
  String.raw`(?:NIST\s+)?SP\s+800-\d+[A-Z]?`,
  String.raw`SEC\s+[12]\b`,
  String.raw`C2SP\s+[a-z]+(?:-[a-z]+)+`,
  String.raw`draft-(?:ietf|irtf)(?:-[a-z0-9]+)+`,
  String.raw`APPNOTE|TIFF|WCAG|OpenAPI|OpenID\s+Connect\s+Core`,
].join("|");
const clausePattern = "(?:[A-Z]|\\d+)(?:\\.\\d+)*";
const citationPattern = new RegExp(
  `\\b(${standardPattern})(?:\\s+\\d+\\.\\d+(?:\\.\\d+)?(?=\\s+§))?(?:\\s+(?:§+|(?:[Aa]nnex|[Aa]ppendix|ch\\.|chapter)\\s+)(${clausePattern}))?`,
  "g",
);
/** Further clauses of the same standard: "RFC 5652 §5.3, §11", "§7 and §8", "§6.1.4 (k), §6.1.5". */
const furtherPattern = new RegExp(`^(?:\\s*\\([a-z0-9]+\\))*(?:,| and| or| to|–)\\s*§(${clausePattern})`);

/** The name as docs/standards.md heads it: in one line, and with its publisher. */
function headingOf(standard: string): string {
  return standard
    .replaceAll(/\s+/g, " ")
    .replace(/^(?=(?:EN|TS) )/, "ETSI ")
    .replace(/^(?=SP )/, "NIST ");
}

/** Every citation in the text of a source file. Comment marks at the beginning of lines do not interrupt one. */
export function citationsIn(text: string): Citation[] {
  // A citation may run over a line break of a comment; the marks are blanked, so that offsets keep their lines.
  const plain = text.replaceAll(/\n\s*(?:\*|\/\/)/g, (mark) => `\n${" ".repeat(mark.length - 1)}`);
  const citations: Citation[] = [];
  for (const match of plain.matchAll(citationPattern)) {
    const [whole, standard = "", clause] = match;
    const line = plain.slice(0, match.index).split("\n").length;
    citations.push({ standard: headingOf(standard), clause, line });
    let rest = clause === undefined ? "" : plain.slice(match.index + whole.length);
    for (let further = furtherPattern.exec(rest); further !== null; further = furtherPattern.exec(rest)) {
      citations.push({ standard: headingOf(standard), clause: further[1], line });
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

function namedTests(text: string, line: number): NamedTest[] {
  return [...text.matchAll(/`([^`]+\.test\.tsx?)`: (“[^”]+”(?:, “[^”]+”)*)/g)].flatMap(
    ([, path = "", names = ""]) =>
      [...names.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => ({ path, name, line })),
  );
}

/**
 * Reads docs/standards.md: under each heading `## STANDARD — title` a table whose first column holds clauses
 * (`§4.1, §4.2` or `whole`), and elsewhere rows with `path`: “words of a test’s name”, “of another”.
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
    tests.push(...namedTests(text, line));
    const first = text.split("|")[1]?.trim() ?? "";
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

/** What a row lacks: a file that does it, or a test that shows it. */
export function lackOf({ paths }: StandardRow): "code" | "test" | undefined {
  const tests = paths.filter((path) => /\.test\.tsx?$/.test(path));
  if (tests.length === paths.length) return "code";
  return tests.length === 0 ? "test" : undefined;
}
