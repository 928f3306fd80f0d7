import { equalBytes } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import type { AuditBadEvent, AuditFinding } from "./audit-report.ts";
import type { AuditTables } from "./audit-tables.ts";
import { believedCheckpointOf } from "./believed-checkpoints.ts";
import type { Belief } from "./believed-checkpoints.ts";
import type { TreeHead } from "./known-checkpoint.ts";
import { rootOfHashes } from "./reference-hashes.ts";
import { explainStop } from "./scan-rows.ts";
import type { KeyCount, RowScan } from "./scan-rows.ts";
import { searchedCheckpoints } from "./signed-checkpoints.ts";
import type { SignedCheckpoints } from "./signed-checkpoints.ts";
import { sizeBeforeStrangers } from "./verify-rows.ts";

/** What a witness says that it cosigned last; from its own database or its operator. */
export interface WitnessedState extends TreeHead {
  readonly witness: string;
  /** The log as the witness knows it, in its present epoch. */
  readonly origin: string;
}

/** All that was read of a log. */
export interface LogReading {
  readonly db: Kysely<AuditTables>;
  readonly head: { readonly size: number; readonly epoch: number } | undefined;
  readonly belief: Belief;
  readonly signed: SignedCheckpoints;
  /** The hashes that the folder's tiles say, under its checkpoint. */
  readonly reference: readonly Uint8Array[];
  readonly scan: RowScan;
  readonly witnessStates: readonly WitnessedState[];
}

/** The first event that is not what was signed: by the tiles, by the ends, by checkpoints elsewhere, by what keys count. */
export async function firstBadEvent(
  reading: LogReading,
  keyCounters: (() => Promise<readonly KeyCount[]>) | undefined,
  findings: AuditFinding[],
): Promise<AuditBadEvent | undefined> {
  return (
    (await badStart(reading)) ??
    (await badRow(reading)) ??
    (await badEnd(reading)) ??
    (await badRoot(reading)) ??
    (await badCount(keyCounters, reading.scan, findings))
  );
}

async function badStart({ db }: LogReading): Promise<AuditBadEvent | undefined> {
  const [first] = await db
    .selectFrom("audit_events")
    .select("leaf_index")
    .orderBy("leaf_index")
    .limit(1)
    .execute();
  return first === undefined || first.leaf_index >= 0
    ? undefined
    : { index: 0, reason: "added", detail: "an event stands before the first" };
}

async function badRow({ db, head, signed, reference, scan }: LogReading): Promise<AuditBadEvent | undefined> {
  const { stop } = scan;
  if (stop === undefined) return undefined;
  const { index } = stop;
  if (index >= Math.max(head?.size ?? 0, reference.length)) {
    return { index, reason: "added", detail: `the log ends before event ${String(index)}` };
  }
  const bad = await explainStop(db, reference, stop);
  // A database that was restored and went on has other events than those it had once signed, and does not know of them.
  const isOlder = index < reference.length && (signed.database?.size ?? 0) <= index;
  return bad.reason === "changed" && isOlder
    ? { index, reason: "rolled-back", detail: `${bad.detail}, and the database does not know that it was` }
    : bad;
}

/** All rows hold, and there are fewer of them than there should be, or more. */
async function badEnd(reading: LogReading): Promise<AuditBadEvent | undefined> {
  const { db, head, signed, scan } = reading;
  const index = scan.hashes.length;
  const ofHead = head?.size ?? 0;
  const inDatabase = Math.max(ofHead, sizeOf(signed.database));
  if (index < inDatabase) {
    return { index, reason: "cut", detail: `the database says that it has ${String(inDatabase)} events` };
  }
  const outside = knownOutside(reading);
  if (index < outside) {
    const detail = `${String(outside)} events were signed, as is known outside of the database`;
    return { index, reason: "rolled-back", detail };
  }
  if (head === undefined) return { index, reason: "cut", detail: "the head is gone" };
  const size = await sizeBeforeStrangers(db);
  if (size === undefined) return undefined;
  return { index: size, reason: "added", detail: `the log ends before event ${String(size)}` };
}

function sizeOf(checkpoint: TreeHead | undefined): number {
  return checkpoint?.size ?? 0;
}

function knownOutside({ signed, reference, witnessStates }: LogReading): number {
  return Math.max(sizeOf(signed.folder), reference.length, ...witnessStates.map(({ size }) => size));
}

/** All rows hold as far as tiles reach; here they are held against checkpoints that reach further or elsewhere. */
async function badRoot(reading: LogReading): Promise<AuditBadEvent | undefined> {
  const { signed, reference, scan, witnessStates } = reading;
  const own = [signed.folder, signed.database].filter((known) => known !== undefined);
  for (const { size, root } of own) {
    if (size === reference.length || equalBytes(await rootOfHashes(scan.hashes, size), root)) continue;
    const index = await lastGoodSize(reading, reference.length, size);
    return { index, reason: "changed", detail: `between events ${String(index)} and ${String(size)}` };
  }
  for (const { witness, size, root } of witnessStates) {
    if (equalBytes(await rootOfHashes(scan.hashes, size), root)) continue;
    const index = await lastGoodSize(reading, 0, size, witness);
    const detail = `${witness} cosigned other events between ${String(index)} and ${String(size)}`;
    return { index, reason: "rolled-back", detail };
  }
  return undefined;
}

/** The largest stored checkpoint below `to` that is believed and whose root the events make. */
async function lastGoodSize(
  { db, belief, scan }: LogReading,
  from: number,
  to: number,
  witness?: string,
): Promise<number> {
  const rows = await db
    .selectFrom("audit_checkpoints")
    .select("note")
    .where("epoch", "=", belief.epoch)
    .where("size", ">", from)
    .where("size", "<", to)
    .orderBy("size", "desc")
    .limit(searchedCheckpoints)
    .execute();
  for (const { note } of rows) {
    const known = believedCheckpointOf(belief, note, "database");
    if (typeof known === "string") continue;
    if (witness !== undefined && !known.witnesses.some(({ name }) => name === witness)) continue;
    if (equalBytes(await rootOfHashes(scan.hashes, known.size), known.root)) return known.size;
  }
  return from;
}

/** Fewer events than uses: the last ones were cut before anybody signed them. */
async function badCount(
  keyCounters: (() => Promise<readonly KeyCount[]>) | undefined,
  scan: RowScan,
  findings: AuditFinding[],
): Promise<AuditBadEvent | undefined> {
  let isCut = false;
  for (const { purpose, version, signatures } of (await keyCounters?.()) ?? []) {
    const told = scan.uses.find((use) => use.purpose === purpose && use.version === version)?.signatures ?? 0;
    if (told === signatures) continue;
    isCut ||= told < signatures;
    const detail = `${purpose}/${String(version)} was counted ${String(signatures)} times and stands in ${String(told)} events`;
    findings.push({ code: "key-count-differs", detail });
  }
  const index = scan.hashes.length;
  return isCut ? { index, reason: "cut", detail: "keys were used more often than events tell" } : undefined;
}
