/**
 * Holds docs/standards.md and the sources together: a clause that a source file cites must have its row there, and the
 * files and tests that a row names must exist. With `--list` it prints what is cited where.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";

import { citationsIn, covers, lackOf, readStandards } from "./citations.ts";

const table = "docs/standards.md";
const roots = [
  "crypto/src",
  "crypto/assembly",
  "crypto/native/src",
  "hsm-adapters/src",
  "services",
  "scripts",
];

function sourceFiles(): string[] {
  return roots
    .flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => `${root}/${path}`),
    )
    .filter(
      (path) => /\.(ts|tsx|c|h)$/.test(path) && !/\/(node_modules|dist)\/|\.test\.tsx?$|\.d\.ts$/.test(path),
    )
    .filter((path) => !path.startsWith("scripts/citations") && !path.startsWith("scripts/check-citations"))
    .sort();
}

function main(): number {
  const cited = sourceFiles().flatMap((path) =>
    citationsIn(readFileSync(path, "utf8")).map((citation) => ({ path, ...citation })),
  );
  if (process.argv.includes("--list")) {
    for (const { standard, clause, path, line } of cited) {
      console.log(`${standard}\t${clause ?? "whole"}\t${path}:${String(line)}`);
    }
    return 0;
  }
  const { rows, tests } = readStandards(readFileSync(table, "utf8"));
  const problems = [
    ...cited
      .filter((citation) => !rows.some((row) => covers(row, citation)))
      .map(({ path, line, standard, clause }) => {
        const what = clause === undefined ? standard : `${standard} §${clause}`;
        return `${path}:${String(line)} cites ${what}, which ${table} lacks`;
      }),
    ...rows.flatMap(({ paths, line }) =>
      paths
        .filter((path) => !existsSync(path))
        .map((path) => `${table}:${String(line)} names ${path}, which is not there`),
    ),
    ...rows.flatMap((row) => {
      const lack = lackOf(row);
      return lack === undefined ? [] : [`${table}:${String(row.line)} names no ${lack}`];
    }),
    ...tests
      .filter(({ path, name }) => !existsSync(path) || !readFileSync(path, "utf8").includes(name))
      .map(
        ({ path, name, line }) =>
          `${table}:${String(line)} names a test “${name}”, which ${path} does not have`,
      ),
  ];
  for (const problem of problems) console.error(problem);
  console.log(
    `${String(cited.length)} citations, ${String(rows.length)} rows, ${String(tests.length)} named tests, ${String(problems.length)} problems`,
  );
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main();
