import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import { utf8Of } from "@yinxin/crypto/bytes";
import {
  encodeNoteKey,
  noteKeyOf,
  parseLogPolicy,
  parseNote,
  verifyNote,
  withWitnessSuccessors,
} from "@yinxin/crypto/tlog";
import type { LogPolicy, NoteKey } from "@yinxin/crypto/tlog";
import express from "express";
import { describe, expect, it, onTestFinished } from "vitest";

import { toolTest } from "../../../../scripts/testing/tools.ts";
import { auditMigration, defineAuditCatalogue, renewLogPolicy, verifyAuditLog } from "../audit/index.ts";
import { migrateToLatest, openDatabase, transact } from "../database/index.ts";
import type { Plan } from "../rotations/index.ts";
import { fixedClock, memoryRingKeys, silentLog, startTestService, startTraffic } from "../testing/index.ts";
import { readWitnessSuccessions } from "../witness/index.ts";
import { governanceMigrations, openGovernance } from "./index.ts";

const origin = "test.example/audit/seal";
const witnessName = "test.example/witness/pki";
const persons = ["psn_officer1", "psn_officer2"];

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-log-keys-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function jsonFile(value: unknown): Promise<string> {
  const file = join(await temporaryFolder(), "file.json");
  await writeFile(file, JSON.stringify(value));
  return file;
}

const clock = fixedClock(new Date("2026-11-22T02:00:00Z"));

/** A service with everything that governance opens, its plans moved on by the test. */
async function startService(service: string, files: Readonly<Record<string, string>>) {
  const db = await openDatabase<unknown>({ url: "sqlite::memory:", schema: service });
  onTestFinished(() => db.destroy());
  await migrateToLatest(db, { "0000-audit": auditMigration, ...governanceMigrations });
  const folder = await temporaryFolder();
  const keys = memoryRingKeys();
  const firstKeys = {
    audit: (await keys.create("audit", "Ed25519")).signer.publicKey,
    witness: (await keys.create("witness", "Ed25519")).signer.publicKey,
  };
  return {
    ...{ db, folder, firstKeys },
    open: async (more: Readonly<Record<string, string>> = {}) => {
      const config = {
        ...{ AUDIT_FOLDER: folder, AUDIT_ORIGIN: `test.example/audit/${service}`, PLAN_FILES: [] },
        ...{ ...files, ...more },
      };
      const catalogue = defineAuditCatalogue({});
      const deps = { service, db, catalogue, keys, config, clock, randomBytes, log: silentLog, fetch };
      const governance = await openGovernance(deps);
      const administration = governance.administer();
      const { rotations } = administration;
      return {
        ...{ ...governance, administration, db },
        append: () =>
          transact(db, (tx) =>
            governance.trail.kit.in(tx).append({
              ...{ action: "record.read", actor: "psn_1", subject: "lic_1", occurredAt: clock.now() },
              detail: { route: "GET /v1/licenses/:licenseId" },
            }),
          ),
        rotate: (definition: string, purpose: string) =>
          transact(db, (tx) =>
            rotations.createIn(tx, {
              ...{ definition, purpose, reason: "a test", requestedBy: "psn_officer1", persons },
              at: clock.now(),
            }),
          ),
        /** To the end of the plan; `before` is waited for before each turn. */
        finish: async (id: string, before: () => Promise<unknown>): Promise<Plan> => {
          for (;;) {
            await before();
            await rotations.advance();
            const plan = await rotations.find(id);
            if (plan?.state !== "running") return plan ?? Promise.reject(new Error("no plan"));
            if (plan.problem !== undefined) throw new Error(JSON.stringify(plan.problem));
            clock.advance(Math.max((plan.nextAt?.getTime() ?? 0) - clock.now().getTime(), 0));
          }
        },
      };
    },
  };
}

/** seal, whose log is witnessed by pki over HTTP; and what a verifier was told of them at the beginning. */
async function startBoth() {
  const pki = await startService("pki", {});
  const seal = await startService("seal", {});
  const logKey = noteKeyOf(origin, seal.firstKeys.audit);
  const witnessKey = noteKeyOf(witnessName, pki.firstKeys.witness, "cosignature-ed25519");
  const witnessed = await jsonFile({
    name: witnessName,
    logs: [{ origin, vkeys: [encodeNoteKey(logKey)] }],
  });
  const witness = await pki.open({ AUDIT_WITNESSED_LOGS_FILE: witnessed });
  const app = express();
  witness.administration.mount(app);
  const listening = await startTestService(app);
  onTestFinished(() => listening.close());
  const { url } = listening;
  const log = await seal.open({
    AUDIT_WITNESSES_FILE: await jsonFile({ witnesses: [{ url, vkey: encodeNoteKey(witnessKey) }] }),
  });
  const trusted = parseLogPolicy(
    utf8Of(
      [
        `log ${encodeNoteKey(logKey)}`,
        `witness pki ${encodeNoteKey(witnessKey)} ${url}`,
        "group witnesses 1 pki",
        "quorum witnesses",
        "",
      ].join("\n"),
    ),
  );
  const verify = (keys: LogPolicy = trusted) =>
    verifyAuditLog({ db: seal.db, folder: seal.folder, origin, keys });
  return { seal, log, witness, logKey, witnessKey, trusted, verify };
}

/** Events and checkpoints without a pause; each checkpoint ends well, with a cosignature. */
function startLogTraffic({ log, seal }: Awaited<ReturnType<typeof startBoth>>) {
  // SQLite answers at once: without a pause nothing would be left for sockets.
  const append = () => log.append().then(() => setImmediate());
  return startTraffic<unknown>([
    append,
    append,
    async () => {
      await log.auditLog.checkpoint();
      const state = await log.auditLog.state();
      if (state.problem !== undefined) throw new Error(JSON.stringify(state.problem));
      return await readFile(join(seal.folder, "checkpoint"), "utf8");
    },
  ]);
}

function openInGo(note: string, key: NoteKey) {
  const program = new URL("../../test/go/open-note.go", import.meta.url).pathname;
  const result = spawnSync("go", ["run", program, encodeNoteKey(key)], {
    input: note,
    encoding: "utf8",
    env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" },
  });
  if (result.status !== 0) return result.stderr.split("\n")[0];
  return JSON.parse(result.stdout) as unknown;
}

describe("the rotation of an audit log's key", () => {
  toolTest(
    ["go"],
    "fails no event and no checkpoint, and who trusts only the first key verifies all of the log",
    async () => {
      const both = await startBoth();
      const { log, verify, logKey } = both;
      await log.append();
      const first = (await log.auditLog.checkpoint()).note;
      const traffic = startLogTraffic(both);
      const id = await log.rotate("audit-key", "seal.audit");
      const notes: string[] = [];
      const plan = await log.finish(id, async () => {
        await traffic.more(5);
        notes.push((await log.auditLog.checkpoint()).note);
      });
      await traffic.more(5);
      await traffic.stop();
      expect(plan.state).toBe("done");
      await log.append();
      const last = (await log.auditLog.checkpoint()).note;
      const next = noteKeyOf(origin, (await log.rings.open("seal.audit")).version.publicKey);

      const report = await verify();
      expect(report.findings).toEqual([]);
      expect(report).toMatchObject({ isWhole: true, provenEvents: report.events });
      expect(report.witnessedEvents).toBe(report.events);

      // The officer's new trust file needs no succession to be shown.
      const renewed = await renewLogPolicy(both.trusted, [
        { db: both.seal.db, folder: both.seal.folder, origin },
      ]);
      expect(renewed.logs.map(({ key }) => encodeNoteKey(key))).toEqual([logKey, next].map(encodeNoteKey));

      const signers = (note: string) =>
        parseNote(note).signatures.filter(({ name }) => name === origin).length;
      const overlap = notes.find((note) => signers(note) === 2) ?? "";
      expect(openInGo(first, logKey)).toMatchObject({ signatures: 1 });
      expect(openInGo(first, next)).toBe("note has no verifiable signatures");
      expect(openInGo(overlap, logKey)).toMatchObject({ signatures: 1 });
      expect(openInGo(overlap, next)).toMatchObject({ signatures: 1 });
      expect(openInGo(last, logKey)).toBe("note has no verifiable signatures");
      expect(openInGo(last, next)).toMatchObject({ signatures: 1 });
    },
  );
});

describe("the rotation of a witness's key", () => {
  it("fails no checkpoint; the log learns the key by itself, and so does who trusts only the first", async () => {
    const both = await startBoth();
    const { log, witness, verify, trusted, witnessKey, seal } = both;
    const first = await witness.rings.open("pki.witness");
    const traffic = startLogTraffic(both);
    const id = await witness.rotate("witness-key", "pki.witness");
    const lines: number[] = [];
    const plan = await witness.finish(id, async () => {
      await traffic.more(5);
      await log.append();
      const { signatures } = parseNote((await log.auditLog.checkpoint()).note);
      lines.push(signatures.filter(({ name }) => name === witnessName).length);
    });
    await traffic.more(5);
    await traffic.stop();
    expect(plan.state).toBe("done");
    expect(new Set(lines)).toEqual(new Set([1, 2]));
    await log.append();
    const last = (await log.auditLog.checkpoint()).note;
    const next = await witness.rings.open("pki.witness");
    expect(next.version.version).toBe(first.version.version + 1);
    const nextKey = noteKeyOf(witnessName, next.version.publicKey, "cosignature-ed25519");
    expect(verifyNote(last, [witnessKey]).result).toBe("failed");
    expect(verifyNote(last, [nextKey]).result).toBe("passed");

    const report = await verify();
    expect(report).toMatchObject({ isWhole: true, findings: [], witnessedEvents: report.events });
    // Without the proof of the succession, nobody knows the new line.
    await seal.db.deleteFrom("witness_successions" as never).execute();
    expect((await verify()).witnessedEvents).toBeLessThan(report.events);
    const renewed = withWitnessSuccessors(trusted, await readWitnessSuccessions(witness.db));
    expect((await verify(renewed)).witnessedEvents).toBe(report.events);
  });
});
