import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import type { Kysely } from "kysely";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { bundlePrograms } from "../../../scripts/bundle-programs.ts";
import { migrateToLatest, openDatabase, transact } from "../src/database/index.ts";
import type { DatabaseLocation } from "../src/database/index.ts";
import {
  approved,
  rotationBench,
  rotationTestMigrations,
  tokenRing,
} from "../src/rotations/rotation-test-bench.ts";
import type { RotationBench } from "../src/rotations/rotation-test-bench.ts";
import { describeOnBothDatabases } from "../src/testing/index.ts";
import { killableCompromise, killableOwner, killablePlan, waitMilliseconds } from "./rotation-program.ts";
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
  await mkdir(join(folder, "effects"));
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

function start(
  task: Omit<RotationProgramTask, "keysFolder" | "effectsFolder" | "passphrase" | "purpose">,
): ChildProcess {
  const [keysFolder, effectsFolder] = [join(folder, "keys"), join(folder, "effects")];
  const whole: RotationProgramTask = { ...task, purpose, passphrase, keysFolder, effectsFolder };
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
    definitions: [killablePlan, killableCompromise, killableOwner],
    hooks: { "test.kill": {} },
  });
}

/** One process after another, each of which ends itself; the last one comes to the end of what is due. */
async function runWithKills(
  bench: RotationBench,
  location: DatabaseLocation,
  kills: readonly NonNullable<RotationProgramTask["kill"]>[],
): Promise<void> {
  for (const kill of kills) {
    const child = start({ location, at: bench.clock.now().toISOString(), kill });
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect({ ...kill, code, signal }).toEqual({ ...kill, code: null, signal: "SIGKILL" });
    bench.clock.advance(2 * waitMilliseconds);
  }
  const last = start({ location, at: bench.clock.now().toISOString() });
  expect(((await once(last, "exit")) as [number | null])[0]).toBe(0);
}

/** The plan's own events, with the names of the steps that came to their end. */
async function storyOf(bench: RotationBench, id: string): Promise<readonly string[]> {
  const isOfStep = (action: string) => action === "plan.step-done" || action === "plan.step-undone";
  return (await bench.events(id)).map(({ action, detail }) =>
    isOfStep(action) ? (JSON.parse(detail) as { step: string }).step : action,
  );
}

/** What the keys of the ring became, in order. */
async function movesOf(bench: RotationBench): Promise<readonly string[]> {
  const moves = (await bench.events(purpose)).filter(({ action }) => action === "key.moved");
  return moves.map(({ detail }) => (JSON.parse(detail) as { to: string }).to);
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
    await runWithKills(bench, location, kills);

    expect(await bench.plan(id)).toMatchObject({ state: "done", oldVersion: 1, nextVersion: 2 });
    expect(await bench.states(purpose)).toEqual(["deactivated", "active"]);
    const [old, next] = await bench.rings.versions(purpose);
    expect(old?.keyId).toBe(first?.keyId);
    expect((await bench.keys.describe()).map(({ uri }) => uri)).toEqual(next?.keyUris);
    expect(next?.signatures).toBe(1);
    expect(await bench.sign(purpose, "document")).toBe(2);

    expect(await storyOf(bench, id)).toEqual([
      "plan.started",
      ...killablePlan.steps.flatMap(({ name }) => (name === "self-test" ? ["key.used", name] : [name])),
      "plan.done",
    ]);
    expect(await movesOf(bench)).toEqual(["active", "published", "retiring", "active", "deactivated"]);
    expect(await bench.trail.verify()).not.toHaveProperty("brokenAt");
    // A dozen processes take a few seconds on a machine of their own, and longer on a busy one.
  });
});

describe("a rotation with effects elsewhere whose process is killed", () => {
  it("before them, between them and their record, and after it, has each effect once and records it once", async () => {
    const location = { url: `sqlite:${join(folder, "db.sqlite")}`, schema: "test" };
    const bench = await openBench(openMigrated, location);
    await bench.rings.ensure({ ...lean, plan: "seal-owner" });
    const id = await bench.begin({ definition: "killable-owner" });
    await runWithKills(bench, location, [
      { step: "certify", at: "begun" },
      { step: "certify", at: "worked" },
      { step: "certify", at: "in transaction" },
      { step: "re-issue", at: "begun" },
      { step: "re-issue", at: "worked" },
      { step: "re-issue", at: "in transaction" },
      { step: "publish", at: "worked" },
      { step: "retire", at: "worked" },
      { step: "parallel", at: "begun" },
      { step: "deactivate", at: "worked" },
      { step: "destroy-private", at: "begun" },
      { step: "self-test", at: "worked" },
    ]);

    const plan = await bench.plan(id);
    expect(plan).toMatchObject({ state: "done", oldVersion: 1, nextVersion: 2 });
    const names = killableOwner.steps.map(({ name }) => name);
    expect((await readdir(join(folder, "effects"))).sort()).toEqual(
      names.map((name) => `${id} ${name}`).sort(),
    );
    expect(plan.steps.find(({ name }) => name === "certify")?.result).toEqual({ effect: `${id} certify` });
    expect((await storyOf(bench, id)).filter((name) => name !== "key.used")).toEqual([
      ...["plan.started", ...names, "plan.done"],
    ]);
    expect(await movesOf(bench)).toEqual(["active", "published", "retiring", "active", "deactivated"]);
    const [, next] = await bench.rings.versions(purpose);
    expect((await bench.keys.describe()).map(({ uri }) => uri)).toEqual(next?.keyUris);
    expect(next?.signatures).toBe(1);
    expect(await bench.trail.verify()).not.toHaveProperty("brokenAt");
  });
});

const lean = { ...tokenRing, propagationSeconds: 60, overlapSeconds: 60 };

describe("a compromise whose process is killed", () => {
  it("comes to its end once, with every signature listed once and one successor", async () => {
    const location = { url: `sqlite:${join(folder, "db.sqlite")}`, schema: "test" };
    const bench = await openBench(openMigrated, location);
    await bench.rings.ensure(lean);
    for (const subject of ["one", "two", "three"]) await bench.sign(purpose, subject);
    const since = bench.clock.now().toISOString();
    bench.clock.advance(1000);
    for (const subject of ["four", "five"]) await bench.sign(purpose, subject);
    const id = await bench.begin({ definition: "killable-compromise", parameters: { since } });
    await runWithKills(bench, location, [
      { step: "confirm", at: "in transaction" },
      { step: "list-signatures", at: "worked" },
      { step: "successor", at: "key made" },
      { step: "successor", at: "in transaction" },
      { step: "activate", at: "begun" },
      { step: "activate", at: "worked" },
      { step: "activate", at: "in transaction" },
      { step: "report", at: "worked" },
    ]);

    const plan = await bench.plan(id);
    expect(plan).toMatchObject({ state: "done", oldVersion: 1, nextVersion: 2 });
    expect(await bench.states(purpose)).toEqual(["compromised", "active"]);
    // The lost key is kept until officers have it destroyed.
    const uris = (await bench.rings.versions(purpose)).flatMap(({ keyUris }) => keyUris);
    expect((await bench.keys.describe()).map(({ uri }) => uri).sort()).toEqual([...uris].sort());
    expect(uris).toHaveLength(2);
    const listed = plan.steps.find(({ name }) => name === "list-signatures")?.result;
    expect(listed).toMatchObject({ listed_in_all: 5, counted_in_all: 5, is_complete: true });
    const documents = await bench.rotations.documents(id);
    expect(documents.map(({ name }) => name)).toEqual([...new Set(documents.map(({ name }) => name))]);
    expect((await storyOf(bench, id)).filter((name) => name !== "key.used")).toEqual([
      "plan.started",
      ...killableCompromise.steps.map(({ name }) => name),
      "plan.done",
    ]);
    expect(await movesOf(bench)).toEqual(["active", "suspended", "compromised", "published", "active"]);
    expect(await bench.trail.verify()).not.toHaveProperty("brokenAt");
  });
});

describe("a roll-back whose process is killed", () => {
  it("takes each step back once, and leaves the ring ready for another rotation", async () => {
    const location = { url: `sqlite:${join(folder, "db.sqlite")}`, schema: "test" };
    const bench = await openBench(openMigrated, location);
    await bench.rings.ensure({ ...lean, propagationSeconds: 600 });
    const id = await bench.begin({ definition: "killable" });
    await bench.rotations.advance();
    expect(await bench.states(purpose)).toEqual(["active", "published"]);
    await transact(bench.db, (tx) =>
      bench.rotations.rollBackIn(tx, id, { ...approved, at: bench.clock.now() }),
    );
    await runWithKills(bench, location, [
      { step: "publish", at: "undoing" },
      { step: "generate", at: "undoing" },
      { step: "generate", at: "key destroyed" },
    ]);

    expect(await bench.plan(id)).toMatchObject({ state: "rolled-back" });
    expect(await bench.states(purpose)).toEqual(["active", "destroyed"]);
    const [first] = await bench.rings.versions(purpose);
    expect((await bench.keys.describe()).map(({ uri }) => uri)).toEqual(first?.keyUris);
    expect(await storyOf(bench, id)).toEqual([
      ...["plan.started", "generate", "publish"],
      ...["publish", "generate", "plan.rolled-back"],
    ]);
    expect(await bench.sign(purpose, "document")).toBe(1);
    await bench.finish(await bench.begin({ definition: "killable" }));
    expect(await bench.states(purpose)).toEqual(["deactivated", "destroyed", "active"]);
    expect(await bench.trail.verify()).not.toHaveProperty("brokenAt");
  });
});
