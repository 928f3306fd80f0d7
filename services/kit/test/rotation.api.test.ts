import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import type { Kysely } from "kysely";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { bundlePrograms } from "../../../scripts/bundle-programs.ts";
import { migrateToLatest, openDatabase } from "../src/database/index.ts";
import type { DatabaseLocation } from "../src/database/index.ts";
import { rotationBench, rotationTestMigrations, tokenRing } from "../src/rotations/rotation-test-bench.ts";
import { describeOnBothDatabases } from "../src/testing/index.ts";
import { killablePlan, waitMilliseconds } from "./rotation-program.ts";
import type { RotationProgramTask } from "./rotation-program.ts";

const { purpose } = tokenRing;
const passphrase = "only for this test";
const children: ChildProcess[] = [];
const databases: Kysely<unknown>[] = [];
let program: string;
let folder: string;

beforeAll(async () => {
  ({ program } = await bundlePrograms({ program: "services/kit/test/rotation-program.ts" }));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-rotation-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  for (const db of databases.splice(0)) await db.destroy();
  await rm(folder, { recursive: true });
});

async function openMigrated(location: DatabaseLocation): Promise<Kysely<unknown>> {
  const db = await openDatabase<unknown>(location);
  databases.push(db);
  await migrateToLatest(db, rotationTestMigrations);
  return db;
}

function start(task: Omit<RotationProgramTask, "keysFolder" | "passphrase" | "purpose">): ChildProcess {
  const whole: RotationProgramTask = { ...task, purpose, passphrase, keysFolder: join(folder, "keys") };
  const child = spawn(process.execPath, [program, JSON.stringify(whole)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"] },
  });
  children.push(child);
  return child;
}

function outputOf({ stdout }: ChildProcess): Readable {
  if (stdout === null) throw new Error("it was started with a pipe");
  return stdout;
}

/** The rings and plans of this process, over the same database and the same encrypted files. */
async function openBench(open: (at: DatabaseLocation) => Promise<unknown>, location: DatabaseLocation) {
  const store = await openEncryptedFileKeyStore({
    folder: join(folder, "keys"),
    passphrase: Buffer.from(passphrase),
    randomBytes,
  });
  return rotationBench((await open(location)) as never, {
    keys: ringKeysOf(store),
    definitions: [killablePlan as never],
    hooks: { "test.kill": {} },
  });
}

/** Where a process ends, in the order of the plan. What lies between two of them is covered by the next one's beginning. */
const kills: readonly NonNullable<RotationProgramTask["kill"]>[] = [
  { step: "generate", at: "begun" },
  { step: "generate", at: "key made" },
  { step: "generate", at: "in transaction" },
  { step: "publish", at: "begun" },
  { step: "publish", at: "in transaction" },
  { step: "wait-for-verifiers", at: "in transaction" },
  { step: "retire", at: "begun" },
  { step: "retire", at: "in transaction" },
  { step: "retire", at: "done" },
  { step: "deactivate", at: "begun" },
  { step: "deactivate", at: "in transaction" },
  { step: "destroy-private", at: "worked" },
  { step: "destroy-private", at: "in transaction" },
  { step: "self-test", at: "in transaction" },
  { step: "self-test", at: "done" },
];

describeOnBothDatabases<unknown>("processes that share rings", rotationTestMigrations, (open) => {
  it("refuse to sign from the moment at which one of them is told of a compromise, and every signature is on the list", async () => {
    const location = await open.location();
    const bench = await openBench(open, location);
    await bench.rings.ensure(tokenRing);
    const task = { location, at: "2026-11-21T02:00:00Z", isSigning: true };
    const signers = [start(task), start(task)];
    await Promise.all(signers.map((child) => once(outputOf(child), "data")));
    const ends = signers.map((child) => text(outputOf(child)));
    const since = "2026-11-21T01:00:00Z";
    const id = await bench.begin({ definition: "compromise", parameters: { since } });
    const stoppedAt = Date.now();
    const refusals = (await Promise.all(ends)).map(
      (output) =>
        JSON.parse(output.trim().split("\n").at(-1) ?? "") as {
          refused: string;
          accepted: number;
          at: number;
        },
    );
    expect(refusals.map(({ refused }) => refused)).toEqual(["key-suspended", "key-suspended"]);
    const lateness = refusals.map(({ at }) => at - stoppedAt);
    console.info(`refused ${lateness.join(" and ")} ms after the stop was stored`);

    const accepted = refusals.reduce((sum, one) => sum + one.accepted, 0);
    const events = await bench.events("document");
    expect(events).toHaveLength(accepted);
    expect(await bench.indexesAfterStop(purpose)).toEqual([]);
    const plan = await bench.finish(id);
    expect(plan.steps.find(({ name }) => name === "list-signatures")?.result).toMatchObject({
      signatures: accepted,
      listed_in_all: accepted,
      counted_in_all: accepted,
      is_complete: true,
    });
  });
});

describe("a rotation whose process is killed", () => {
  it("before, in and after its steps comes to its end once, with one new key", async () => {
    const location = { url: `sqlite:${join(folder, "db.sqlite")}`, schema: "test" };
    const bench = await openBench(openMigrated, location);
    await bench.rings.ensure({ ...tokenRing, propagationSeconds: 60, overlapSeconds: 60 });
    const id = await bench.begin({ definition: "killable" });
    const [first] = await bench.rings.versions(purpose);
    for (const kill of kills) {
      const child = start({ location, at: bench.clock.now().toISOString(), kill });
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      expect({ ...kill, code, signal }).toEqual({ ...kill, code: null, signal: "SIGKILL" });
      bench.clock.advance(2 * waitMilliseconds);
    }
    const last = start({ location, at: bench.clock.now().toISOString() });
    expect(((await once(last, "exit")) as [number | null])[0]).toBe(0);

    expect(await bench.plan(id)).toMatchObject({ state: "done", oldVersion: 1, nextVersion: 2 });
    expect(await bench.states(purpose)).toEqual(["deactivated", "active"]);
    const [old, next] = await bench.rings.versions(purpose);
    expect(old?.keyId).toBe(first?.keyId);
    expect((await bench.keys.describe()).map(({ uri }) => uri)).toEqual(next?.keyUris);
    expect(next?.signatures).toBe(1);
    expect(await bench.sign(purpose, "document")).toBe(2);

    const actions = (await bench.events(id)).map(({ action, detail }) =>
      action === "plan.step-done" ? (JSON.parse(detail) as { step: string }).step : action,
    );
    expect(actions).toEqual([
      "plan.started",
      ...killablePlan.steps.flatMap(({ name }) => (name === "self-test" ? ["key.used", name] : [name])),
      "plan.done",
    ]);
    const moves = (await bench.events(purpose)).filter(({ action }) => action === "key.moved");
    expect(moves.map(({ detail }) => (JSON.parse(detail) as { to: string }).to)).toEqual([
      "active",
      "published",
      "retiring",
      "active",
      "deactivated",
    ]);
    expect(await bench.trail.verify()).not.toHaveProperty("brokenAt");
    // A dozen processes take a few seconds on a machine of their own, and longer on a busy one.
  }, 180_000);
});
