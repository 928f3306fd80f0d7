import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";

import { benchCertificatePath } from "../crypto/bench/certificate-path.ts";
import { benchCms } from "../crypto/bench/cms.ts";
import { benchDer } from "../crypto/bench/der.ts";
import { benchInclusionProof } from "../crypto/bench/inclusion-proof.ts";
import { isMet } from "../crypto/bench/measure.ts";
import type { Measurement } from "../crypto/bench/measure.ts";
import { benchSm2 } from "../crypto/bench/sm2.ts";
import type * as AdaptersBenchModule from "../hsm-adapters/bench/adapters.ts";
import type * as SigningBenchModule from "../services/signing/bench/audited-signing.ts";
import { adapterPrograms } from "../hsm-adapters/testing/adapter-programs.ts";
import { nativeEngine, nativeVariants } from "../crypto/src/sm2/engine/index.ts";
import type { EcEngine, NativeAddon } from "../crypto/src/sm2/engine/index.ts";
import { benchAuditVerification } from "../services/kit/bench/audit-verification.ts";
import { benchAuditedTransaction } from "../services/kit/bench/audited-transaction.ts";
import { nativeEngineFile } from "../services/kit/src/engine/index.ts";
import { bareTokenOpener } from "./bench/bare-pkcs11.ts";
import { opensslSm2, peers } from "./bench/peers.ts";
import type { Performance } from "./bench/performance.ts";
import { plainTable } from "./bench/performance.ts";
import { writePerformance } from "./build-performance.ts";
import { bundlePrograms } from "./bundle-programs.ts";

/**
 * Measures the core and the adapters: `npm run bench`. With `--json` it prints JSON, with `--check` it ends with 1 if a target is missed, and
 * with `--record` it keeps the numbers in docs/performance.json and renews the tables made from them.
 */
const options = new Set(process.argv.slice(2));
const unknown = [...options].filter((option) => !["--json", "--check", "--record"].includes(option));
if (unknown.length > 0) {
  process.stderr.write(`bench knows --json, --check and --record, not ${unknown.join(" ")}\n`);
  process.exit(2);
}

const natives = openNative();
const programs = await bundlePrograms({
  ...adapterPrograms,
  bench: "hsm-adapters/bench/adapters.ts",
  signing: "services/signing/bench/audited-signing.ts",
  yinxin: "services/cli/src/main.ts",
});
// As JavaScript, as it is installed: what translates the sources here gives every closure its name each time it is made.
const { benchAdapters } = (await import(programs.bench)) as typeof AdaptersBenchModule;
const { benchAuditedSigning } = (await import(programs.signing)) as typeof SigningBenchModule;
const adapters = await benchAdapters({
  driverHostProgram: programs["driver-host"],
  verifierProgram: programs.verifier,
  ...(natives.length > 0 && { nativeEngine: nativeEngineFile() }),
  openBareToken: bareTokenOpener(),
});
const measurements: Measurement[] = [
  ...benchSm2(natives, peers(), opensslSm2()),
  ...(await benchCms()),
  ...(await benchCertificatePath()),
  ...(await benchInclusionProof()),
  ...(await benchDer()),
  ...(await benchAuditedSigning()),
  ...(await benchAuditedTransaction()),
  ...(await benchAuditVerification(programs.yinxin)),
  ...adapters.measurements,
];
const performance: Performance = {
  date: new Date().toISOString().slice(0, 10),
  machine: {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    openssl: process.versions.openssl,
  },
  measurements: measurements.map(rounded),
};
process.stdout.write(
  options.has("--json") ? `${JSON.stringify(performance, undefined, 2)}\n` : plainTable(performance),
);
if (options.has("--record")) {
  writeFileSync(
    join(import.meta.dirname, "../docs/performance.json"),
    `${JSON.stringify(performance, undefined, 2)}\n`,
  );
  await writePerformance();
}
const missed = measurements.filter((measurement) => !isMet(measurement));
for (const { subject, operation } of missed)
  process.stderr.write(`target missed: ${subject}, ${operation}\n`);
const notMeasured = [
  ...(natives.length === 0 ? ["the native engine was not measured: npm run build:native"] : []),
  ...adapters.notMeasured,
];
for (const what of notMeasured) process.stderr.write(`${what}\n`);
if (options.has("--check") && (missed.length > 0 || notMeasured.length > 0)) process.exitCode = 1;

/** Every build of the native engine that runs here; none if nobody built it. */
function openNative(): EcEngine[] {
  if (!existsSync(nativeEngineFile())) return [];
  const addon = createRequire(import.meta.url)(nativeEngineFile()) as NativeAddon;
  return nativeVariants(addon).map((variant) => nativeEngine(addon, variant));
}

/** Three digits are what a shared machine can say. */
function rounded(measurement: Measurement): Measurement {
  const round = (value: number): number => Number(value.toPrecision(3));
  const { value, baselineValue, ratio } = measurement;
  return { ...measurement, value: round(value), baselineValue: round(baselineValue), ratio: round(ratio) };
}
