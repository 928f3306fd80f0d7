import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { createSoftwareSigner, generateKey, signVerified } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import type { Kysely } from "kysely";
import { z } from "zod";

import { compared, mustHold } from "../../../crypto/bench/measure.ts";
import type { Measurement } from "../../../crypto/bench/measure.ts";
import {
  auditLogMigrations,
  auditMigration,
  createAuditLog,
  createAuditTrail,
  defineAuditCatalogue,
} from "../src/audit/index.ts";
import { systemClock } from "../src/clock/index.ts";
import { migrateToLatest, openDatabase, transact } from "../src/database/index.ts";
import type { Migration } from "../src/database/index.ts";
import { createLog } from "../src/log/index.ts";

/** What a signing service stores of each signature, and one counted key. */
interface SigningSchema {
  bench_signatures: { id: string; message_digest: string; signature: Uint8Array; signed_at: string };
  bench_keys: { id: number; signatures: number };
}

const signing: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("bench_signatures")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("message_digest", "text", (column) => column.notNull())
      .addColumn("signature", "blob", (column) => column.notNull())
      .addColumn("signed_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("bench_keys")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("signatures", "integer", (column) => column.notNull())
      .execute();
    await (db as Kysely<SigningSchema>).insertInto("bench_keys").values({ id: 1, signatures: 0 }).execute();
  },
};

const events = defineAuditCatalogue({
  "message.signed": {
    title: { zh: "消息已签名", en: "Message signed" },
    detail: z.strictObject({ digest: z.string(), algorithm: z.string() }),
  },
});

/** Enough that each takes about a second, and that neither meets a busy moment of the machine alone. */
const rounds = 12;
const signaturesPerRound = 300;
const inFlight = 8;

/**
 * What a leaf costs where nothing else is done: sign, verify, and store the signature and the use of the key in one transaction, on
 * SQLite as it is run. "Without" is the same but for the leaf. The log makes its checkpoints meanwhile. What callers notice of
 * it, the signing service's bench measures.
 */
export async function benchAuditedTransaction(): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const algorithm of ["SM2", "Ed25519"] as const) {
    const signer = createSoftwareSigner(generateKey(algorithm).pkcs8);
    const folder = await mkdtemp(join(tmpdir(), "yinxin-bench-audit-"));
    try {
      measurements.push(await measure(`one transaction, ${algorithm}`, signer, folder));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return measurements;
}

async function measure(operation: string, signer: Signer, folder: string): Promise<Measurement> {
  const db = await openDatabase<SigningSchema>({
    url: `sqlite:${join(folder, "db.sqlite")}`,
    schema: "bench",
  });
  await migrateToLatest(db, {
    "0000-audit": auditMigration,
    "0001-signing": signing,
    ...auditLogMigrations,
  });
  const log = createAuditLog({
    db,
    origin: "bench.example/audit",
    folder: join(folder, "audit"),
    openKeys: () => Promise.resolve([{ signer: auditSigner }]),
    witnesses: [],
    clock: systemClock,
    log: createLog({ service: "bench", level: "silent" }),
    randomBytes,
  });
  log.start();
  const rates = { without: [] as number[], with: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    // Who goes first changes, so that what a round leaves behind meets both.
    for (const isAudited of round % 2 === 0 ? [false, true] : [true, false]) {
      const rate = await signingRate(db, signer, isAudited);
      // The first round warms up.
      if (round > 0) rates[isAudited ? "with" : "without"].push(rate);
    }
  }
  await log.stop();
  const { size, checkpointedSize } = await log.state();
  mustHold(size === (rounds + 1) * signaturesPerRound, "every signature has its event");
  mustHold(size === checkpointedSize, "every event is under a checkpoint");
  await db.destroy();
  return compared({ subject: "audit log", operation, unit: "1/s" }, medianOf(rates.with), {
    name: "without the audit leaf",
    value: medianOf(rates.without),
  });
}

const auditSigner = createSoftwareSigner(generateKey("Ed25519").pkcs8);

async function signingRate(db: Kysely<SigningSchema>, signer: Signer, isAudited: boolean): Promise<number> {
  const trail = createAuditTrail(db, events, { recordKeyUse: (tx) => countUse(tx as never) });
  const startedAt = performance.now();
  let left = signaturesPerRound;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await signOnce(db, signer, isAudited ? trail : undefined);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return signaturesPerRound / ((performance.now() - startedAt) / 1000);
}

async function signOnce(
  db: Kysely<SigningSchema>,
  signer: Signer,
  trail: ReturnType<typeof createAuditTrail<SigningSchema, typeof events>> | undefined,
): Promise<void> {
  const message = randomBytes(64);
  const signature = await signVerified(signer, message);
  const id = `sig_${randomBytes(12).toString("hex")}`;
  const signedAt = systemClock.now();
  const digest = `sm3:${randomBytes(32).toString("hex")}`;
  await transact(db, async (tx) => {
    await tx
      .insertInto("bench_signatures")
      .values({ id, message_digest: digest, signature, signed_at: signedAt.toISOString() })
      .execute();
    if (trail === undefined) await countUse(tx);
    else {
      await trail.in(tx).append({
        action: "message.signed",
        actor: "client_bench",
        subject: id,
        occurredAt: signedAt,
        detail: { digest, algorithm: signer.algorithm },
        key: { purpose: "signing.bench", version: 1 },
        requestId: `req_${id.slice(4)}`,
      });
    }
  });
}

async function countUse(tx: Kysely<SigningSchema>): Promise<void> {
  await tx
    .updateTable("bench_keys")
    .set((row) => ({ signatures: row("signatures", "+", 1) }))
    .where("id", "=", 1)
    .execute();
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
