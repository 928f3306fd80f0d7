import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { busyPorts, findFreePortBase, layOut, serviceNames } from "./demo/layout.ts";
import type { Layout } from "./demo/layout.ts";
import { claimFolder, releaseFolder } from "./demo/claim-folder.ts";
import { checkLedger } from "./demo/check-ledger.ts";
import { countDeviceKeys, prepareDevices } from "./demo/devices.ts";
import {
  dataFolder,
  defaultPortBase,
  parseKeyPlace,
  parseOptions,
  parsePortBase,
  UsageError,
} from "./demo/options.ts";
import type { KeyPlace } from "./demo/options.ts";
import { licenses, organizations, people } from "./demo/population.ts";
import { demoFiles, prepareData } from "./demo/prepare.ts";
import { seedSuite } from "./demo/seed-suite.ts";
import { checkSealing, checkSigning } from "./demo/self-check.ts";
import { createSuite } from "./demo/start-suite.ts";
import type { Suite } from "./demo/start-suite.ts";
import { openSuiteClient } from "./demo/suite-client.ts";

/**
 * Starts the whole suite on loopback, gives it content, and checks that it does what it is for. Stays up until Ctrl-C, or
 * with `--check` ends at once. Standard output is for the person; each service logs into its folder.
 */
const usage = `usage: npm run demo -- [--check] [--port-base N] [--data DIR] [--keys files|devices]

  --check        check and exit; on temporary data and free ports unless told otherwise
  --port-base N  the desk's port, 7600 by default; the other services follow, metrics are 100 above
  --data DIR     where everything is kept, .demo by default; deleting it resets
  --keys devices the services' P-256 keys in SoftHSM tokens, their SM2 keys in a software cipher machine (SDF);
                 needs softhsm2 and a C compiler; on data that began with files, older keys stay there
`;

interface Options {
  readonly checkOnly: boolean;
  readonly portBase: number;
  readonly data: string;
  readonly keys: KeyPlace;
  /** Temporary data is removed at the end. */
  readonly isTemporary: boolean;
}

async function readOptions(): Promise<Options> {
  const values = parseOptions({
    check: { type: "boolean" },
    "port-base": { type: "string" },
    data: { type: "string" },
    keys: { type: "string" },
  });
  const keys = parseKeyPlace(values.keys);
  const checkOnly = values.check ?? false;
  const portBase = parsePortBase(values["port-base"]);
  const isTemporary = checkOnly && values.data === undefined;
  return {
    checkOnly,
    portBase: portBase ?? (checkOnly ? await findFreePortBase(randomInt) : defaultPortBase),
    data: isTemporary ? mkdtempSync(join(tmpdir(), "yinxin-demo-")) : dataFolder(values.data),
    keys,
    isTemporary,
  };
}

/** Runs one step and prints what it was, what came of it, and how long it took. */
async function step<Result>(
  title: string,
  run: () => Promise<Result>,
  tell?: (result: Result) => string,
): Promise<Result> {
  const started = performance.now();
  const result = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const told = tell === undefined ? "" : `  ${tell(result)}`;
  process.stdout.write(`  ✔ ${title}${told}  ${seconds}s\n`);
  return result;
}

async function bringUp(layout: Layout, suite: Suite, keys: KeyPlace): Promise<void> {
  if (keys === "devices") await step("devices 密码设备", () => prepareDevices(layout));
  await step("keys and people 密钥与人员", () => prepareData(layout));
  await step(`${String(serviceNames.length)} services ready 服务就绪`, () => suite.start());
  const seed = await openSuiteClient(layout, "seed");
  const content = `${String(organizations.length)} organizations with seals, ${String(people.length)} people, ${String(licenses.length)} licenses 示例数据`;
  await step(content, () => seedSuite(layout, seed));
  for (const format of ["ofd", "pdf"] as const) {
    const title = `seal, verify, change a byte 盖章 → 验章 → 篡改  ${format.toUpperCase()}`;
    await step(
      title,
      () => checkSealing(layout, seed, format),
      (told) => told,
    );
  }
  await step(
    "sign, verify 签名 → 验签",
    () => checkSigning(seed),
    (told) => told,
  );
  await step(
    "license in the ledger 底账",
    () => checkLedger(layout, seed),
    (told) => told,
  );
  if (keys === "devices") {
    const count = () => Promise.resolve(countDeviceKeys(layout));
    await step("keys in devices 密钥在设备中", count, (told) => told);
  }
}

function tellWhereToGo(layout: Layout): void {
  const files = demoFiles(layout.data);
  const rows = serviceNames.map((name) => `    ${name.padEnd(8)} ${layout[name].url}`);
  // The one folder that the command line looks into by itself.
  const where =
    layout.data === dataFolder(undefined) ? "" : ` --deployment ${join(layout.data, "deployment.json")}`;
  process.stdout.write(
    [
      "",
      ...rows,
      "",
      `  Staff: open ${layout.desk.url} and log in as ${people[0].username}; passwords are in ${files.passwords}`,
      `  Public verification: ${layout.desk.url}/verify`,
      `  Offline: npx yinxin verify --trust ${files.trust} FILE`,
      `  Security officers: npx yinxin keys list${where}`,
      "",
      "  Ctrl-C stops everything. 按 Ctrl-C 停止。",
      "",
    ].join("\n"),
  );
}

/** Resolves when somebody asks us to stop; a second request ends the process at once. */
function stopRequest(): Promise<string> {
  return new Promise((resolvePromise) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        resolvePromise(signal);
      });
    }
  });
}

async function main(): Promise<number> {
  const options = await readOptions();
  try {
    const owner = claimFolder(options.data);
    if (owner !== undefined) {
      process.stderr.write(`${options.data} is in use by process ${String(owner)}\n`);
      process.stderr.write("Two demos need two folders: npm run demo -- --port-base N --data DIR\n");
      return 1;
    }
    try {
      return await run(options);
    } finally {
      releaseFolder(options.data);
    }
  } finally {
    if (options.isTemporary) rmSync(options.data, { recursive: true, force: true });
  }
}

async function run(options: Options): Promise<number> {
  const started = performance.now();
  const layout = layOut(options.data, options.portBase);
  const busy = await busyPorts(layout);
  if (busy.length > 0) {
    for (const { port, wantedBy } of busy)
      process.stderr.write(`port ${String(port)} (${wantedBy}) is busy\n`);
    process.stderr.write(
      "Stop what listens there, or choose others: npm run demo -- --port-base N --data DIR\n",
    );
    return 1;
  }
  process.stdout.write("印信 Yinxin · 沙箱 SANDBOX · 测试印章，不具法律效力 / no legal force\n");
  const suite = createSuite(layout);
  const ending = Promise.race([stopRequest(), suite.lost.then((how) => ({ how }))]);
  try {
    const interruption = await Promise.race([bringUp(layout, suite, options.keys), ending]);
    if (interruption === undefined) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`  all good 全部通过  ${seconds}s\n`);
      if (options.checkOnly) return 0;
      tellWhereToGo(layout);
    }
    const outcome = await ending;
    if (typeof outcome === "string") return interruption === undefined ? 0 : 1;
    throw new Error(`${outcome.how}; the others are stopped`);
  } catch (cause) {
    // What a service that ended said last is worth more than that another one missed it.
    const lost = await Promise.race([suite.lost, new Promise<void>((resolve) => setTimeout(resolve, 200))]);
    if (typeof lost !== "string") throw cause;
    throw new Error(`${lost}; see ${join(layout.data, lost.split(" ")[0] ?? "", "log.jsonl")}`, { cause });
  } finally {
    await suite.stop();
  }
}

try {
  process.exitCode = await main();
} catch (cause) {
  if (cause instanceof UsageError) {
    process.stderr.write(`${cause.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    process.stderr.write(`  ✖ ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  }
}
process.exit();
