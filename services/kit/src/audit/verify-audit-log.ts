import { equalBytes } from "@yinxin/crypto/bytes";
import type { LogPolicy } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import type { AuditBadEvent, AuditFinding, AuditReport, BelievedCheckpoint } from "./audit-report.ts";
import type { AuditTables } from "./audit-tables.ts";
import { beliefOf, believedCheckpointOf, isWitnessed } from "./believed-checkpoints.ts";
import type { Belief } from "./believed-checkpoints.ts";
import { readCheckpointFolder } from "./checkpoint-folder.ts";
import { readHead } from "./checkpoint-rows.ts";
import type { TreeHead } from "./known-checkpoint.ts";
import { folderOfEpoch } from "./log-epoch.ts";
import { readReferenceHashes, rootOfHashes } from "./reference-hashes.ts";
import { explainStop, scanRows } from "./scan-rows.ts";
import type { KeyCount, RowScan } from "./scan-rows.ts";

/** What a witness says that it cosigned last; from its own database or its operator. */
export interface WitnessedState extends TreeHead {
  readonly witness: string;
  /** The log as the witness knows it, in its present epoch. */
  readonly origin: string;
}

export interface VerifyAuditLogOptions<Schema> {
  readonly db: Kysely<Schema>;
  /** The folder of the service's audit log. */
  readonly folder: string;
  /** The log's name, without an epoch. */
  readonly origin: string;
  /** Keys of logs that are believed, and which witnesses are enough; logs of other names are passed over. */
  readonly keys: LogPolicy;
  readonly witnessStates?: readonly WitnessedState[];
  /** What the key rings counted; compared with the events that name a key. */
  readonly keyCounters?: () => Promise<readonly KeyCount[]>;
}

/**
 * Reads the whole log of a service from its database and its folder, and finds the first event that is not what was signed.
 * No service need run, and nothing is written.
 *
 * Every event's hash is computed from its columns and compared with the folder's tiles, which must lead to a checkpoint
 * signed by a key that is believed. Events after the last checkpoint are held against the hashes stored beside them. What
 * witnesses say bounds a database that was restored together with its folder.
 */
export async function verifyAuditLog<Schema>(options: VerifyAuditLogOptions<Schema>): Promise<AuditReport> {
  const db = options.db as unknown as Kysely<AuditTables>;
  const head = await readHead(db);
  const epoch = await latestEpoch(options.folder, head?.epoch ?? 1);
  const folder = readCheckpointFolder(folderOfEpoch(options.folder, epoch));
  const belief = await beliefOf({ db, folder, origin: options.origin, epoch }, options.keys);
  const findings: AuditFinding[] = [];
  const signed = await readSigned(db, belief, await folder.readCheckpoint(), findings);
  const reference = await referenceOf(folder, signed.folder, findings);
  const scan = await scanRows(db, reference);
  const witnessStates = (options.witnessStates ?? []).filter(({ origin }) => origin === belief.origin);
  const sources: Sources = { db, head, belief, signed, reference, scan, witnessStates };
  const firstBad =
    (await badRow(sources)) ??
    badEnd(sources) ??
    (await badRoot(sources)) ??
    (await badCount(options.keyCounters, scan, findings));
  if (scan.formerBreak !== undefined) {
    const detail = `the first trail did not hold at its event ${String(scan.formerBreak)}`;
    findings.push({ code: "former-chain-broken", detail });
  }
  const checkpoint = largest(signed);
  return {
    origin: belief.origin,
    epoch,
    events: await countEvents(db),
    provenEvents: Math.min(checkpoint?.size ?? 0, firstBad?.index ?? Infinity),
    witnessedEvents: Math.min(signed.witnessedSize, firstBad?.index ?? Infinity),
    ...(firstBad !== undefined && { firstBad }),
    findings,
    ...(checkpoint !== undefined && { checkpoint }),
    isWhole: firstBad === undefined && findings.length === 0,
  };
}

interface Signed {
  readonly folder?: BelievedCheckpoint;
  readonly database?: BelievedCheckpoint;
  readonly witnessedSize: number;
}

interface Sources {
  readonly db: Kysely<AuditTables>;
  readonly head: { readonly size: number; readonly epoch: number } | undefined;
  readonly belief: Belief;
  readonly signed: Signed;
  readonly reference: readonly Uint8Array[];
  readonly scan: RowScan;
  readonly witnessStates: readonly WitnessedState[];
}

/** The folder knows of epochs that a restored database has forgotten. */
async function latestEpoch(folder: string, ofHead: number): Promise<number> {
  let epoch = ofHead;
  while ((await readCheckpointFolder(folderOfEpoch(folder, epoch + 1)).readCheckpoint()) !== undefined)
    epoch += 1;
  return epoch;
}

/** Not every second's checkpoint got its cosignature; of the last so many one has, or nobody witnesses. */
const searchedCheckpoints = 200;

async function readSigned(
  db: Kysely<AuditTables>,
  belief: Belief,
  folderNote: string | undefined,
  findings: AuditFinding[],
): Promise<Signed> {
  const rows = await db
    .selectFrom("audit_checkpoints")
    .select("note")
    .where("epoch", "=", belief.epoch)
    .orderBy("size", "desc")
    .limit(searchedCheckpoints)
    .execute();
  const believed = (
    note: string | undefined,
    foundIn: "folder" | "database",
  ): BelievedCheckpoint | undefined => {
    const checkpoint = note === undefined ? undefined : believedCheckpointOf(belief, note, foundIn);
    if (typeof checkpoint !== "string") return checkpoint;
    findings.push({
      code: "checkpoint-not-trusted",
      detail: `the checkpoint in the ${foundIn}: ${checkpoint}`,
    });
    return undefined;
  };
  const ofFolder = believed(folderNote, "folder");
  const ofDatabase = believed(rows[0]?.note, "database");
  if (folderNote === undefined && rows.length > 0) {
    findings.push({ code: "folder-damaged", detail: "the folder has no checkpoint" });
  }
  const notes = [...(folderNote === undefined ? [] : [folderNote]), ...rows.map(({ note }) => note)];
  const witnessed = notes
    .filter((note) => isWitnessed(belief, note))
    .map((note) => believedCheckpointOf(belief, note, "database"))
    .flatMap((checkpoint) => (typeof checkpoint === "string" ? [] : [checkpoint.size]));
  if (notes.length === 0) findings.push({ code: "never-signed", detail: "there is no checkpoint" });
  else if (witnessed.length === 0 && (ofFolder ?? ofDatabase) !== undefined) {
    findings.push({
      code: "never-witnessed",
      detail: "no checkpoint has the witnesses that the policy asks for",
    });
  }
  return {
    ...(ofFolder !== undefined && { folder: ofFolder }),
    ...(ofDatabase !== undefined && { database: ofDatabase }),
    witnessedSize: Math.max(0, ...witnessed),
  };
}

async function referenceOf(
  folder: Parameters<typeof readReferenceHashes>[0],
  checkpoint: BelievedCheckpoint | undefined,
  findings: AuditFinding[],
): Promise<readonly Uint8Array[]> {
  if (checkpoint === undefined) return [];
  try {
    return await readReferenceHashes(folder, checkpoint);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : "its tiles cannot be read";
    findings.push({ code: "folder-damaged", detail });
    return [];
  }
}

async function badRow({ db, head, signed, reference, scan }: Sources): Promise<AuditBadEvent | undefined> {
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

/** All rows hold, and there are fewer or more of them than there should be. */
function badEnd({ head, signed, reference, scan, witnessStates }: Sources): AuditBadEvent | undefined {
  const index = scan.hashes.length;
  const inDatabase = Math.max(head?.size ?? 0, signed.database?.size ?? 0);
  const outside = Math.max(
    signed.folder?.size ?? 0,
    reference.length,
    ...witnessStates.map(({ size }) => size),
  );
  if (index < inDatabase) {
    return { index, reason: "cut", detail: `the database says that it has ${String(inDatabase)} events` };
  }
  if (index < outside) {
    const detail = `${String(outside)} events were signed, as is known outside of the database`;
    return { index, reason: "rolled-back", detail };
  }
  if (head === undefined)
    return index === 0 ? undefined : { index, reason: "cut", detail: "the head is gone" };
  if (index > head.size) {
    return { index: head.size, reason: "added", detail: `the log ends before event ${String(head.size)}` };
  }
  return undefined;
}

/** All rows hold as far as tiles reach; here they are held against checkpoints that reach further or elsewhere. */
async function badRoot(sources: Sources): Promise<AuditBadEvent | undefined> {
  const { signed, reference, scan, witnessStates } = sources;
  const own = [signed.folder, signed.database].filter((known) => known !== undefined);
  for (const { size, root } of own) {
    if (size === reference.length || equalBytes(await rootOfHashes(scan.hashes, size), root)) continue;
    const index = await lastGoodSize(sources, reference.length, size);
    return { index, reason: "changed", detail: `between events ${String(index)} and ${String(size)}` };
  }
  for (const { witness, size, root } of witnessStates) {
    if (equalBytes(await rootOfHashes(scan.hashes, size), root)) continue;
    const index = await lastGoodSize(sources, 0, size, witness);
    const detail = `${witness} cosigned other events between ${String(index)} and ${String(size)}`;
    return { index, reason: "rolled-back", detail };
  }
  return undefined;
}

/** The largest stored checkpoint below `to` that is believed and whose root the events make. */
async function lastGoodSize(
  { db, belief, scan }: Sources,
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
  keyCounters: VerifyAuditLogOptions<unknown>["keyCounters"],
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

function largest({ folder, database }: Signed): BelievedCheckpoint | undefined {
  if (folder === undefined || database === undefined) return folder ?? database;
  return database.size > folder.size ? database : folder;
}

async function countEvents(db: Kysely<AuditTables>): Promise<number> {
  const counted = db.selectFrom("audit_events").select((row) => row.fn.countAll<number>().as("count"));
  return (await counted.executeTakeFirstOrThrow()).count;
}
