import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/**
 * Runs the suites that need published vectors and foreign samples, which are not part of the repository.
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
const run = spawnSync(process.execPath, [join(repository, "node_modules/vitest/vitest.mjs"), "run"], {
  cwd: repository,
  stdio: "inherit",
  env: {
    ...process.env,
    YINXIN_CONFORMANCE: "1",
    ...(vectors === undefined ? {} : { YINXIN_VECTORS: resolve(vectors) }),
    ...(samples === undefined ? {} : { YINXIN_SAMPLES: resolve(samples) }),
  },
});
process.exit(run.status ?? 1);
