import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { format, resolveConfig } from "prettier";

import { fullTable, shortTable } from "./bench/performance.ts";
import type { Performance, TableWords } from "./bench/performance.ts";

/**
 * The tables of numbers in the documentation, made from docs/performance.json between two marks each. `npm run bench --
 * --record` renews all of it; `npm run drift` says when a table is not the file's.
 */
const repository = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(repository, path), "utf8");

const machineOf = ({ machine: { processor, cores, platform, node, openssl }, date }: Performance): string =>
  `${processor}, ${String(cores)} × ${platform}, Node ${node}, OpenSSL ${openssl}, ${date}`;

const english: TableWords = {
  columns: ["what", "rate, one core", "ratio", "target"],
  machine: (performance) => `${machineOf(performance)}:`,
};
const chinese: TableWords = {
  columns: ["项目", "速率（单核）", "比值", "目标"],
  machine: (performance) => `${machineOf(performance)}：`,
};

/** The documents with the table that belongs in each, as they should be. */
export async function performanceDocuments(): Promise<[path: string, text: string][]> {
  const performance = JSON.parse(read("docs/performance.json")) as Performance;
  const config = await resolveConfig(join(repository, "README.md"));
  const tables: [path: string, table: string][] = [
    ["README.md", shortTable(performance, english)],
    ["README.zh-CN.md", shortTable(performance, chinese)],
    ["docs/performance.md", `${machineOf(performance)}:\n\n${fullTable(performance)}`],
  ];
  return Promise.all(
    tables.map(async ([path, table]): Promise<[path: string, text: string]> => {
      return [path, withTable(read(path), await format(table, { ...config, parser: "markdown" }), path)];
    }),
  );
}

/** Writes them. */
export async function writePerformance(): Promise<void> {
  for (const [path, text] of await performanceDocuments()) writeFileSync(join(repository, path), text);
}

/** @throws Error if the document has no place for the table. */
function withTable(text: string, table: string, path: string): string {
  const marks = /(<!-- performance -->\n)[^]*?(\n<!-- \/performance -->)/;
  if (!marks.test(text)) throw new Error(`${path} has no marks for the table of numbers`);
  return text.replace(marks, (_, open: string, close: string) => `${open}\n${table}${close}`);
}

if (process.argv[1] === import.meta.filename) await writePerformance();
