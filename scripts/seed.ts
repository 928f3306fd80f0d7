import { layOut } from "./demo/layout.ts";
import { dataFolder, defaultPortBase, parseOptions, parsePortBase, UsageError } from "./demo/options.ts";
import { prepareData } from "./demo/prepare.ts";
import { seedSuite } from "./demo/seed-suite.ts";
import { openSuiteClient } from "./demo/suite-client.ts";
import type { Layout } from "./demo/layout.ts";

/**
 * Writes what the services need before they start (keys, people, the signed bootstrap manifest), and, where the suite is
 * running, gives it its first content through its own APIs. The demo does both by itself; this is for services that are
 * started one by one. What is there already is kept.
 */
const usage = "usage: npm run seed -- [--port-base N] [--data DIR]\n";

async function isRunning(layout: Layout): Promise<boolean> {
  const answers = await Promise.allSettled(
    [layout.sso, layout.pki, layout.seal, layout.signing, layout.ledger].map(({ url }) =>
      fetch(`${url}/livez`),
    ),
  );
  return answers.every((answer) => answer.status === "fulfilled" && answer.value.ok);
}

async function main(): Promise<void> {
  const values = parseOptions({ "port-base": { type: "string" }, data: { type: "string" } });
  const layout = layOut(dataFolder(values.data), parsePortBase(values["port-base"]) ?? defaultPortBase);
  await prepareData(layout);
  process.stdout.write(`keys, people and the bootstrap manifest are in ${layout.data}\n`);
  if (!(await isRunning(layout))) {
    process.stdout.write(
      "The services are not running; start them and run this again for seals and licenses.\n",
    );
    return;
  }
  const { license_ids: licenses } = await seedSuite(layout, await openSuiteClient(layout, "seed"));
  process.stdout.write(`seals, signing purposes and ${String(licenses.length)} licenses are there\n`);
}

try {
  await main();
} catch (cause) {
  if (!(cause instanceof UsageError)) throw cause;
  process.stderr.write(`${cause.message}\n\n${usage}`);
  process.exitCode = 2;
}
