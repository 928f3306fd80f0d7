/**
 * Makes fixtures/documents/reply.pdf from reply.json: the official reply on one A4 page, set by headless Chromium with Noto
 * Serif CJK SC and laid out after GB/T 9704-2012 (red letterhead and rule, 16 pt text, signature block on the right).
 *
 * Not reproducible byte for byte: Chromium writes the time of printing and its own version into the file. Run it when the
 * text changes, look at the page, and commit the result.
 *
 *     npx tsx --conditions=@yinxin/source scripts/build-pdf-fixture.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Reply {
  readonly letterhead: string;
  readonly number: string;
  readonly title: string;
  readonly addressee: string;
  readonly paragraphs: readonly string[];
  readonly agency: string;
  readonly date: string;
}

/** The repository stays small, and the demo quick. */
const maximumBytes = 200_000;

const documents = fileURLToPath(new URL("../fixtures/documents/", import.meta.url));

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Margins, type sizes and line grid of GB/T 9704-2012: 37/28/26 mm, 16 pt, 22 lines of 28 characters. */
function pageOf(reply: Reply): string {
  const text = (name: Exclude<keyof Reply, "paragraphs">): string => escapeHtml(reply[name]);
  const paragraphs = reply.paragraphs
    .map((paragraph) => `<p>${withNumbersTogether(paragraph)}</p>`)
    .join("\n");
  return `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8" />
<title>${text("title")}</title>
<style>
  @page { size: A4; margin: 37mm 26mm 35mm 28mm; }
  body { margin: 0; font: 16pt/29pt "Noto Serif CJK SC"; color: black; text-align: justify; }
  header { color: #d00; text-align: center; font-size: 27pt; font-weight: bold; line-height: 40pt; white-space: nowrap; }
  .number { text-align: center; margin: 22pt 0 4mm; }
  hr { border: 0; border-top: 0.7mm solid #d00; margin: 0 0 29pt; }
  h1 { font-size: 22pt; line-height: 34pt; font-weight: bold; text-align: center; margin: 0 0 24pt; text-wrap: balance; }
  p { margin: 0; text-indent: 2em; }
  p.addressee { text-indent: 0; }
  .together { white-space: nowrap; }
  footer { margin-top: 58pt; display: flex; flex-direction: column; align-items: flex-end; }
  footer span { margin-right: 4em; }
  footer .agency { width: 0; display: flex; justify-content: center; white-space: nowrap; margin-right: calc(4em + 20mm); }
</style>
<header>${text("letterhead")}</header>
<div class="number">${text("number")}</div>
<hr />
<h1>${brokenTitle(reply)}</h1>
<p class="addressee">${text("addressee")}</p>
${paragraphs}
<footer><span class="agency">${text("agency")}</span><span class="date">${text("date")}</span></footer>
</html>
`;
}

/** A title breaks where its sense does (GB/T 9704-2012): after the agency's name. */
function brokenTitle({ title, agency }: Reply): string {
  if (!title.startsWith(agency)) return escapeHtml(title);
  return `${escapeHtml(agency)}<br />${escapeHtml(title.slice(agency.length))}`;
}

/** A number and its unit are not torn apart at a line's end. */
function withNumbersTogether(text: string): string {
  return escapeHtml(text).replaceAll(/\d+[号日月年]?/g, '<span class="together">$&</span>');
}

function print(html: string, output: string): void {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-pdf-"));
  try {
    const source = join(folder, "reply.html");
    writeFileSync(source, html);
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${join(folder, "profile")}`,
      "--no-pdf-header-footer",
      `--print-to-pdf=${output}`,
    ];
    execFileSync("chromium", [...flags, pathToFileURL(source).href], { stdio: ["ignore", "ignore", "pipe"] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reply = JSON.parse(readFileSync(join(documents, "reply.json"), "utf8")) as Reply;
const output = join(documents, "reply.pdf");
print(pageOf(reply), output);
const { size } = statSync(output);
if (size > maximumBytes)
  throw new Error(`reply.pdf has ${String(size)} bytes, more than ${String(maximumBytes)}`);
process.stderr.write(`fixtures/documents/reply.pdf: ${String(size)} bytes\n`);
