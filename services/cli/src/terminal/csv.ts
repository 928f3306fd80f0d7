/** A spreadsheet takes what begins so for a formula. */
const formula = /^[=+\-@\t\r]/;

/** RFC 4180 §2: lines end in CRLF, a cell with a comma, a quote or a line break is quoted. */
export function renderCsv(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heading, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
