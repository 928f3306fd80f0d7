import { equalBytes } from "@yinxin/crypto/bytes";
import type { Signer } from "@yinxin/crypto/signer";
import {
  cosignatureLine,
  decideAddCheckpoint,
  encodeNoteKey,
  noteKeyOf,
  parseAddCheckpoint,
  TlogError,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import type { AddCheckpointRequest, NoteKey, WitnessDecision } from "@yinxin/crypto/tlog";
import type { Kysely, Transaction } from "kysely";

import type { AuditLogKey } from "../audit/audit-log-options.ts";
import type { RecordKeyUse } from "../audit/audit-trail.ts";
import type { Clock } from "../clock/index.ts";
import { isPostgres, transact } from "../database/index.ts";
import { knownKeysOf } from "./known-log-keys.ts";
import type { PinnedLog } from "./known-log-keys.ts";
import { readWitnessSuccessions } from "./witness-successions.ts";
import type { WitnessTables } from "./witness-tables.ts";

export interface WitnessOptions<Schema> {
  readonly db: Kysely<Schema>;
  readonly logs: readonly PinnedLog[];
  /** The witness's own name, e.g. `yinxin.example/witness/pki`; in every cosignature line. */
  readonly name: string;
  /** Ed25519 or ML-DSA-44 (C2SP tlog-cosignature). */
  readonly openKey: () => Promise<AuditLogKey>;
  /** While the key is changed: the one that follows, which cosigns too, so that a log may know either. */
  readonly openNext?: () => Promise<AuditLogKey | undefined>;
  readonly recordKeyUse?: RecordKeyUse;
  readonly clock: Clock;
}

/** An answer as it goes over HTTP. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
  readonly contentType: "text/plain; charset=utf-8" | "text/x.tlog.size";
}

/** What this witness last cosigned of a log. */
export interface WitnessedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly cosignedAt: Date;
}

export interface Witness {
  /** The body of `POST /add-checkpoint`. What it cosigned was stored before this resolves. */
  addCheckpoint(body: string): Promise<WitnessAnswer>;
  /** The body is a proof of `encodeSuccession`; the new key is known afterwards, beside the earlier one. */
  addSuccessor(proof: string): Promise<WitnessAnswer>;
  /** JSON: the notes by which its keys follow each other. */
  successions(): Promise<string>;
  /** Every log of which it has cosigned something. */
  witnessed(): Promise<readonly WitnessedCheckpoint[]>;
  /** The key in whose name it cosigns now. */
  key(): Promise<NoteKey>;
}

/** A witness over a service's own database (C2SP tlog-witness). */
export function createWitness<Schema>(options: WitnessOptions<Schema>): Witness {
  const db = options.db as unknown as Kysely<WitnessTables>;
  const answered = (decision: Exclude<WitnessDecision, { status: 200 }>): WitnessAnswer =>
    decision.status === 409
      ? { status: 409, body: `${String(decision.size)}\n`, contentType: "text/x.tlog.size" }
      : plain(decision.status, `${decision.detail}\n`);
  return {
    addCheckpoint: async (body) => {
      const request = parsedOrProblem(body);
      if (typeof request === "string") return plain(400, `${request}\n`);
      // Signed before it is stored, so that no transaction waits for a key; it leaves only when it was stored.
      const known = await knownKeysOf(db, options.logs, request.checkpoint.origin);
      const before = await decide(db, request, known);
      if (before.status !== 200) return answered(before);
      const keys = [await options.openKey(), await options.openNext?.()].filter((key) => key !== undefined);
      const at = options.clock.now();
      const lines: string[] = [];
      for (const { signer } of keys)
        lines.push(await cosignatureLine({ signer, name: options.name }, before.text, at));
      const decision = await transact(db, async (tx) => {
        await takeLock(tx, request.checkpoint.origin);
        const now = await decide(tx, request, known);
        if (now.status !== 200) return now;
        for (const { use } of keys) if (use !== undefined) await options.recordKeyUse?.(tx, use, at);
        await remember(tx, request, at);
        return now;
      });
      return decision.status === 200 ? plain(200, lines.join("")) : answered(decision);
    },
    addSuccessor: async (proof) => {
      const learned = await learn(db, options.logs, proof, options.clock.now());
      return learned === undefined ? plain(200, "") : plain(403, `${learned}\n`);
    },
    successions: async () => JSON.stringify({ notes: await readWitnessSuccessions(db, options.name) }),
    witnessed: () => readWitnessed(db),
    key: async () => cosignerKeyOf(options.name, (await options.openKey()).signer),
  };
}

function plain(status: WitnessAnswer["status"], body: string): WitnessAnswer {
  return { status, body, contentType: "text/plain; charset=utf-8" };
}

/** The verifier key of a cosigner with this name. @throws TlogError for a key that cosigns nothing. */
export function cosignerKeyOf(name: string, signer: Pick<Signer, "algorithm" | "publicKey">): NoteKey {
  const kind = signer.algorithm === "Ed25519" ? "cosignature-ed25519" : "cosignature-ml-dsa-44";
  return noteKeyOf(name, signer.publicKey, kind);
}

function parsedOrProblem(body: string): AddCheckpointRequest | string {
  try {
    return parseAddCheckpoint(body);
  } catch (cause) {
    if (cause instanceof TlogError) return cause.message;
    throw cause;
  }
}

async function decide(
  db: Kysely<WitnessTables>,
  request: AddCheckpointRequest,
  keys: readonly NoteKey[] | undefined,
): Promise<WitnessDecision> {
  const { origin } = request.checkpoint;
  const row = await db
    .selectFrom("witnessed_logs")
    .selectAll()
    .where("origin", "=", origin)
    .executeTakeFirst();
  const latest = row?.size == null || row.root === null ? undefined : { size: row.size, root: row.root };
  return decideAddCheckpoint(request, keys && { keys, ...(latest !== undefined && { latest }) });
}

/** Requests about one log take turns; SQLite's transactions do so anyway. */
async function takeLock(tx: Transaction<WitnessTables>, origin: string): Promise<void> {
  await tx
    .insertInto("witnessed_logs")
    .values({ origin, size: null, root: null, note: null, cosigned_at: null })
    .onConflict((conflict) => conflict.column("origin").doNothing())
    .execute();
  if (!isPostgres(tx)) return;
  await tx.selectFrom("witnessed_logs").select("origin").where("origin", "=", origin).forUpdate().execute();
}

async function remember(
  tx: Transaction<WitnessTables>,
  { checkpoint, note }: AddCheckpointRequest,
  at: Date,
): Promise<void> {
  await tx
    .updateTable("witnessed_logs")
    .set({ size: checkpoint.size, root: checkpoint.root, note, cosigned_at: at.toISOString() })
    .where("origin", "=", checkpoint.origin)
    .execute();
}

/** @returns why the key was not learned; undefined if it is known now. */
async function learn(
  db: Kysely<WitnessTables>,
  logs: readonly PinnedLog[],
  proof: string,
  at: Date,
): Promise<string | undefined> {
  // The origin is believed only together with a proof under a key that is known for it.
  for (const { origin } of await followed(db, logs)) {
    const keys = (await knownKeysOf(db, logs, origin)) ?? [];
    const verified = verifySuccession(proof, keys);
    if (verified.result === "failed") {
      if (verified.problem === "key-not-known") continue;
      return verified.detail;
    }
    const { to } = verified.successor;
    if (keys.some((key) => key.kind === to.kind && equalBytes(key.publicKey, to.publicKey))) return undefined;
    const row = { origin, key: encodeNoteKey(to), proof, learned_at: at.toISOString() };
    await db
      .insertInto("witnessed_log_keys")
      .values(row)
      .onConflict((conflict) => conflict.columns(["origin", "key"]).doNothing())
      .execute();
    return undefined;
  }
  return "the key that it follows is not known here";
}

async function followed(
  db: Kysely<WitnessTables>,
  logs: readonly PinnedLog[],
): Promise<readonly { readonly origin: string }[]> {
  const rows = await db.selectFrom("witnessed_logs").select("origin").execute();
  const names = new Set([...logs.map(({ origin }) => origin), ...rows.map(({ origin }) => origin)]);
  return [...names].map((origin) => ({ origin }));
}

async function readWitnessed(db: Kysely<WitnessTables>): Promise<readonly WitnessedCheckpoint[]> {
  const rows = await db.selectFrom("witnessed_logs").selectAll().orderBy("origin").execute();
  return rows.flatMap(({ origin, size, root, note, cosigned_at: at }) =>
    size === null || root === null || note === null || at === null
      ? []
      : [{ origin, size, root, note, cosignedAt: new Date(at) }],
  );
}
