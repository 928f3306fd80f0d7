import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { pemOfDer } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";
import { z } from "zod";

import { compared, mustHold } from "../../../crypto/bench/measure.ts";
import type { Measurement } from "../../../crypto/bench/measure.ts";
import {
  createAuditLog,
  createAuditTrail,
  auditMigration,
  defineAuditCatalogue,
} from "../src/audit/index.ts";
import { fixedClock, systemClock } from "../src/clock/index.ts";
import { migrateToLatest, openDatabase, transact } from "../src/database/index.ts";
import { governanceMigrations } from "../src/governance/index.ts";
import { createLog } from "../src/log/index.ts";
import { createTestCertificateAuthority } from "../src/testing/test-certificate-authority.ts";

const events = defineAuditCatalogue({
  "thing.changed": {
    title: { zh: "东西已更改", en: "Thing changed" },
    detail: z.strictObject({ number: z.int() }),
  },
});

interface BenchTables {
  audit_events: { leaf_index: number; actor: string };
}

const eventsInAll = 100_000;
const eventsOfTransaction = 2000;
const millisecondsMax = 10_000;
const origin = "bench.example/audit/bench";
/** Somewhere in the second half, so that what comes before it is read and believed. */
const changedIndex = 77_777;

/**
 * `yinxin audit verify` as a process, over the database and the folder of an honest log of 100,000 events; then once more with
 * one of them changed behind the log's back.
 */
export async function benchAuditVerification(commandLine: string): Promise<readonly Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-bench-verify-"));
  try {
    const database = { url: `sqlite:${join(folder, "db.sqlite")}`, schema: "bench" };
    const db = await openDatabase<BenchTables>(database);
    await writeLog(db, folder);
    const verify = () => runVerify(commandLine, folder, database.url);
    const honest = verify();
    mustHold(
      honest.code === 0 && honest.output.includes('"is_whole": true'),
      `nothing is reported: ${honest.output}`,
    );
    await db
      .updateTable("audit_events")
      .set({ actor: "nobody" })
      .where("leaf_index", "=", changedIndex)
      .execute();
    await db.destroy();
    const changed = verify();
    mustHold(
      changed.code === 3 && changed.output.includes(String(changedIndex)),
      "the changed event is named",
    );
    return [
      compared(
        { subject: "audit log", operation: "yinxin audit verify, 100,000 events", unit: "ms" },
        honest.milliseconds,
        { name: "ten seconds", value: millisecondsMax },
        { of: "value", atMost: millisecondsMax },
      ),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeLog(db: Kysely<BenchTables>, folder: string): Promise<void> {
  await migrateToLatest(db, { "0000-audit": auditMigration, ...governanceMigrations });
  const trail = createAuditTrail(db, events, { recordKeyUse: () => Promise.resolve() });
  for (let first = 0; first < eventsInAll; first += eventsOfTransaction) {
    await transact(db, async (tx) => {
      for (let number = first; number < first + eventsOfTransaction; number += 1) {
        await trail.in(tx).append({
          action: "thing.changed",
          actor: `person_${String(number % 50)}`,
          subject: `thing_${String(number)}`,
          occurredAt: systemClock.now(),
          detail: { number },
          requestId: `req_${String(number)}`,
        });
      }
    });
  }
  const signer = createSoftwareSigner(generateKey("Ed25519").pkcs8);
  const log = createAuditLog({
    ...{ db, origin, folder: join(folder, "audit"), witnesses: [], clock: systemClock, randomBytes },
    openKeys: () => Promise.resolve([{ signer }]),
    log: createLog({ service: "bench", level: "silent" }),
  });
  await log.checkpoint();
  const vkey = encodeNoteKey(noteKeyOf(origin, signer.publicKey));
  const authority = await createTestCertificateAuthority(fixedClock(systemClock.now()));
  const trust = {
    deployment: "bench",
    policy_genesis: `sm3:${"0".repeat(64)}`,
    officer_roots: authority.roots.map(({ raw }) => pemOfDer(raw, "CERTIFICATE")),
    logs: `log ${vkey}\nquorum none\n`,
  };
  await writeFile(join(folder, "trust.json"), JSON.stringify(trust));
}

function runVerify(commandLine: string, folder: string, database: string) {
  const places = ["--database", database, "--folder", join(folder, "audit")];
  const trusted = ["--origin", origin, "--trust", join(folder, "trust.json"), "--json"];
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [commandLine, "audit", "verify", ...places, ...trusted],
    { encoding: "utf8" },
  );
  return { code: status, output: stdout + stderr, milliseconds: performance.now() - startedAt };
}
