import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { conformanceTable, isConformant } from "./testing/conformance-row.ts";
import type { ConformanceRow } from "./testing/conformance-row.ts";

/**
 * Runs the suites that need published vectors and foreign samples, which are not part of the repository, and prints what
 * became of each. Ends with 1 if a single case has another outcome than the published one.
 * `--data DIR` (or YINXIN_VECTORS) is the folder of vectors, `--samples DIR` (or YINXIN_SAMPLES) that of sealed documents.
 */
const { values } = parseArgs({ options: { data: { type: "string" }, samples: { type: "string" } } });
const vectors = values.data ?? process.env["YINXIN_VECTORS"];
const samples = values.samples ?? process.env["YINXIN_SAMPLES"];

for (const folder of [vectors, samples]) {
  if (folder !== undefined && !existsSync(folder)) {
    process.stderr.write(`There is no folder ${folder}.\n`);
    process.exit(2);
  }
}
if (vectors === undefined && samples === undefined) {
  process.stderr.write("Name the vectors: npm run conformance -- --data DIR [--samples DIR]\n");
  process.exit(2);
}

const repository = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "yinxin-conformance-"));
const rowsFile = join(folder, "rows.jsonl");
const run = spawnSync(process.execPath, [join(repository, "node_modules/vitest/vitest.mjs"), "run"], {
  cwd: repository,
  stdio: "inherit",
  env: {
    ...process.env,
    YINXIN_CONFORMANCE: "1",
    YINXIN_CONFORMANCE_ROWS: rowsFile,
    ...(vectors === undefined ? {} : { YINXIN_VECTORS: resolve(vectors) }),
    ...(samples === undefined ? {} : { YINXIN_SAMPLES: resolve(samples) }),
  },
});
const lines = existsSync(rowsFile) ? readFileSync(rowsFile, "utf8").trim().split("\n") : [];
rmSync(folder, { recursive: true });
const rows = lines.map((line) => JSON.parse(line) as ConformanceRow);
if (rows.length > 0) process.stdout.write(`\n${conformanceTable(rows)}\n`);
process.exitCode = run.status === 0 && isConformant(rows) ? 0 : 1;
