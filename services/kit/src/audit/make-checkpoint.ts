import { equalBytes } from "@yinxin/crypto/bytes";
import { encodeCheckpoint, noteSignatureLine } from "@yinxin/crypto/tlog";

import type { Clock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import { AuditLogError } from "./audit-log-error.ts";
import type { AuditLogKey, SignedCheckpoint } from "./audit-log-options.ts";
import type { RecordKeyUse } from "./audit-trail.ts";
import { readHead, readLatestCheckpoint, takeCheckpointLock } from "./checkpoint-rows.ts";
import type { CheckpointRow } from "./checkpoint-rows.ts";
import { growFolder, knownCheckpointOf, noteKeysOf } from "./known-checkpoint.ts";
import type { KnownCheckpoint, LogPlaces, TreeHead } from "./known-checkpoint.ts";

/** One epoch of a log, open for signing. */
export interface OpenEpoch extends LogPlaces {
  readonly epoch: number;
  readonly openKeys: () => Promise<readonly AuditLogKey[]>;
  /** Public keys that may have signed earlier checkpoints, those that sign now included. */
  readonly knownKeys: () => Promise<readonly Uint8Array[]>;
  readonly recordKeyUse?: RecordKeyUse;
  readonly clock: Clock;
  /** What each witness last cosigned for this process. */
  readonly vouched: Map<string, TreeHead>;
}

/** What the folder and the database each say was signed last. */
export interface LastSigned {
  readonly folder?: KnownCheckpoint;
  readonly stored?: KnownCheckpoint;
}

/** @throws AuditLogError `diverged` for a checkpoint that is none of this log's. */
export async function readLastSigned(log: OpenEpoch): Promise<LastSigned> {
  const keys = noteKeysOf(log.origin, await log.knownKeys());
  const note = await log.folder.readCheckpoint();
  const row = await readLatestCheckpoint(log.db, log.epoch);
  return {
    ...(note !== undefined && { folder: knownCheckpointOf(note, log.origin, keys, "the folder") }),
    ...(row !== undefined && { stored: knownCheckpointOf(row.note, log.origin, keys, "the database") }),
  };
}

/**
 * Signs a checkpoint over every event there is, unless the last one covers them all, and publishes it in the folder.
 *
 * The tiles are first grown up to every checkpoint that was ever signed, in the folder or in the database, and must have its
 * root there: nothing is signed that does not continue both. The signature is made outside of any transaction; it is
 * published only after the row that holds it was committed, with the use of the key.
 *
 * @returns the checkpoint; undefined if another process signed meanwhile, and it is to be tried again.
 */
export async function makeCheckpoint(log: OpenEpoch): Promise<SignedCheckpoint | undefined> {
  const last = await readLastSigned(log);
  const head = await readHead(log.db);
  const size = head?.size ?? 0;
  const root = await continueTree(log, last, size);
  const latest = [last.folder, last.stored].find((known) => known?.size === size);
  if (latest !== undefined) return await republish(log, latest, last);
  // Opened once: what is counted are the keys that signed, also where another key takes over in between.
  const keys = await openKeysOf(log);
  const row = await signedRow(log, { size, root }, keys);
  const isStored = await storeRow(log, row, last.stored?.size, keys);
  if (!isStored) return undefined;
  await publishLatest(log);
  return signedCheckpointOf(log.origin, row);
}

/** @throws AuditLogError `rolled-back` or `diverged` if the events do not continue what was signed. */
async function continueTree(log: OpenEpoch, last: LastSigned, size: number): Promise<Uint8Array> {
  const signed = [last.folder, last.stored]
    .filter((known) => known !== undefined)
    .sort((one, other) => one.size - other.size);
  const largest = signed.at(-1)?.size ?? 0;
  if (size < largest) {
    throw new AuditLogError(
      "rolled-back",
      `${String(largest)} events were signed and ${String(size)} are there: the database is an older one, or was cut`,
    );
  }
  let at = last.folder?.size ?? 0;
  for (const known of signed) {
    const root = await growFolder(log, Math.min(at, known.size), known.size);
    if (!equalBytes(root, known.root)) {
      throw new AuditLogError(
        "diverged",
        `the first ${String(known.size)} events are not those that were signed`,
      );
    }
    at = known.size;
  }
  return await growFolder(log, at, size);
}

async function openKeysOf(log: OpenEpoch): Promise<readonly AuditLogKey[]> {
  const keys = await orUnavailable(log.openKeys());
  if (keys.length === 0) throw new AuditLogError("key-unavailable", "no key of the audit log is active");
  return keys;
}

async function orUnavailable<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (cause) {
    throw new AuditLogError("key-unavailable", "no key could sign the checkpoint", { cause });
  }
}

async function signedRow(
  log: OpenEpoch,
  { size, root }: TreeHead,
  keys: readonly AuditLogKey[],
): Promise<CheckpointRow> {
  const text = encodeCheckpoint({ origin: log.origin, size, root });
  const lines: string[] = [];
  for (const { signer } of keys)
    lines.push(await orUnavailable(noteSignatureLine({ signer, name: log.origin }, text)));
  const signedAt = log.clock.now().toISOString();
  return { epoch: log.epoch, size, root, note: `${text}\n${lines.join("")}`, signed_at: signedAt };
}

/** Stores it if nobody stored a later one, and nobody began another epoch. */
async function storeRow(
  log: OpenEpoch,
  row: CheckpointRow,
  before: number | undefined,
  keys: readonly AuditLogKey[],
): Promise<boolean> {
  return await transact(log.db, async (tx) => {
    await takeCheckpointLock(tx);
    const latest = await readLatestCheckpoint(tx, log.epoch);
    const head = await readHead(tx);
    if (latest?.size !== before || head?.epoch !== log.epoch) return false;
    for (const { use } of keys)
      if (use !== undefined) await log.recordKeyUse?.(tx, use, new Date(row.signed_at));
    await tx.insertInto("audit_checkpoints").values(row).execute();
    return true;
  });
}

/** Brings folder and database to one mind after a crash between the two. */
async function republish(
  log: OpenEpoch,
  latest: KnownCheckpoint,
  last: LastSigned,
): Promise<SignedCheckpoint> {
  if (last.stored?.size !== latest.size) await adopt(log, latest);
  if (last.folder?.size !== latest.size) await publishLatest(log);
  const row = await readLatestCheckpoint(log.db, log.epoch);
  if (row === undefined) throw new AuditLogError("diverged", "the checkpoint vanished from the database");
  return signedCheckpointOf(log.origin, row);
}

/** A checkpoint that only the folder has: the database was set back by less than an event. */
async function adopt(log: OpenEpoch, { size, root, note }: KnownCheckpoint): Promise<void> {
  const row = { epoch: log.epoch, size, root, note, signed_at: log.clock.now().toISOString() };
  await transact(log.db, async (tx) => {
    await takeCheckpointLock(tx);
    const latest = await readLatestCheckpoint(tx, log.epoch);
    if ((latest?.size ?? -1) < size) await tx.insertInto("audit_checkpoints").values(row).execute();
  });
}

/**
 * Puts the database's latest checkpoint into the folder. Of several processes that do so, each looks and acts under one
 * lock, so the folder never goes back.
 */
export async function publishLatest(log: OpenEpoch): Promise<void> {
  const seen = await readLatestCheckpoint(log.db, log.epoch);
  if (seen === undefined) return;
  const staged = await log.folder.stage(seen.note);
  const isPublished = await transact(log.db, async (tx) => {
    await takeCheckpointLock(tx);
    const latest = await readLatestCheckpoint(tx, log.epoch);
    if (latest?.note !== seen.note) return false;
    staged.publish();
    return true;
  });
  await (isPublished ? staged.settle() : staged.discard());
}

export function signedCheckpointOf(origin: string, row: CheckpointRow): SignedCheckpoint {
  const { size, root, note, signed_at } = row;
  return { origin, size, root, note, signedAt: new Date(signed_at) };
}
