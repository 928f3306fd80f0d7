import { readFileSync } from "node:fs";
import { join } from "node:path";

import { auditEventDocuments } from "./build-audit-events.ts";
import { openApiDocuments } from "./build-openapi.ts";
import { thirdPartyNotices } from "./build-notices.ts";
import { performanceDocuments } from "./build-performance.ts";
import { statesDocuments } from "./build-states.ts";
import { wasmModules, wasmModulesFile } from "./build-wasm.ts";

/** Generated files are committed; this says which of them are no longer what their source makes. */
const repository = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(repository, path), "utf8");

const generated: [path: string, text: string][] = [
  ["THIRD-PARTY-NOTICES.md", thirdPartyNotices(read("package-lock.json"))],
  ...openApiDocuments(),
  ...statesDocuments(),
  ...(await auditEventDocuments()),
  ...(await performanceDocuments()),
  [wasmModulesFile, await wasmModules()],
];

const drifted = generated.filter(([path, text]) => read(path) !== text).map(([path]) => path);
if (/"resolved": *"http/.test(read("package-lock.json"))) {
  drifted.push(
    "package-lock.json (names download addresses: run npm install with the .npmrc of this repository)",
  );
}
for (const path of drifted) process.stderr.write(`drifted: ${path}\n`);
process.stdout.write(
  `${String(generated.length)} generated files compared, ${String(drifted.length)} drifted\n`,
);
process.exitCode = drifted.length === 0 ? 0 : 1;
