import type { LogPolicy } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import type { EventJudge } from "./audit-event.ts";
import type { AuditFinding, AuditReport, BelievedCheckpoint } from "./audit-report.ts";
import { findIndexDifference } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import { beliefOf } from "./believed-checkpoints.ts";
import { readCheckpointFolder } from "./checkpoint-folder.ts";
import type { CheckpointFolder } from "./checkpoint-folder.ts";
import { readHead } from "./checkpoint-rows.ts";
import { judgeEpoch } from "./epoch-continuations.ts";
import type { JudgeContinuation } from "./epoch-continuations.ts";
import { firstBadEvent } from "./first-bad-event.ts";
import type { WitnessedState } from "./first-bad-event.ts";
import { folderOfEpoch } from "./log-epoch.ts";
import { readReferenceHashes } from "./reference-hashes.ts";
import { scanRows } from "./scan-rows.ts";
import type { KeyCount, RowScan } from "./scan-rows.ts";
import { readSignedCheckpoints } from "./signed-checkpoints.ts";

export interface VerifyAuditLogOptions<Schema> {
  readonly db: Kysely<Schema>;
  /** The folder of the service's audit log. */
  readonly folder: string;
  /** The log's name, without an epoch. */
  readonly origin: string;
  /** Keys of logs that are believed, and which witnesses are enough; logs of other names are passed over. */
  readonly keys: LogPolicy;
  readonly witnessStates?: readonly WitnessedState[];
  /** Whether officers approved the beginning of a later epoch. Absent: the event that begins it is enough. */
  readonly isApproved?: JudgeContinuation;
  /** What the key rings counted; compared with the events that name a key. */
  readonly keyCounters?: () => Promise<readonly KeyCount[]>;
  /** Holds the states of keys against the events. */
  readonly keyStates?: EventJudge;
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
  const { witnessStates: allStates = [] } = options;
  const db = options.db as unknown as Kysely<AuditTables>;
  const head = await readHead(db);
  const epoch = await latestEpoch(options.folder, head);
  const folder = readCheckpointFolder(folderOfEpoch(options.folder, epoch));
  const belief = await beliefOf({ db, folder: options.folder, origin: options.origin, epoch }, options.keys);
  const findings: AuditFinding[] = [];
  const wrong = await judgeEpoch({ db, origin: options.origin, epoch }, options.isApproved);
  if (wrong !== undefined) findings.push({ code: "epoch-not-approved", detail: wrong });
  const signed = await readSignedCheckpoints(db, belief, await readNote(folder), findings);
  const reference = await referenceOf(folder, signed.folder, findings);
  const witnessStates = allStates.filter(({ origin }) => origin === belief.origin);
  // Events may be appended while this reads: it ends where the log ended when it began.
  const known = [signed.folder, signed.database, ...witnessStates].map((each) => each?.size ?? 0);
  const to = head && Math.max(head.size, reference.length, ...known);
  const scan = await scanRows(db, reference, { to, take: options.keyStates?.take });
  const reading = { db, head, belief, signed, reference, scan, witnessStates };
  const firstBad = await firstBadEvent(reading, options.keyCounters, findings);
  findings.push(...formerFindings(scan));
  // Events that are wrong or gone would make of every honest row a difference.
  if (firstBad === undefined) {
    findings.push(...(await stateFindings(options.keyStates)), ...(await indexFindings(db)));
  }
  const facts = { origin: belief.origin, epoch, events: await countEvents(db) };
  return reportOf(facts, signed, firstBad, findings);
}

function reportOf(
  facts: Pick<AuditReport, "origin" | "epoch" | "events">,
  signed: Awaited<ReturnType<typeof readSignedCheckpoints>>,
  firstBad: AuditReport["firstBad"],
  findings: readonly AuditFinding[],
): AuditReport {
  const good = firstBad?.index ?? Infinity;
  return {
    ...facts,
    provenEvents: Math.min(signed.latest?.size ?? 0, good),
    witnessedEvents: Math.min(signed.witnessedSize, good),
    ...(firstBad !== undefined && { firstBad }),
    findings,
    ...(signed.latest !== undefined && { checkpoint: signed.latest }),
    isWhole: firstBad === undefined && findings.length === 0,
  };
}

function formerFindings({ formerBreak }: RowScan): AuditFinding[] {
  if (formerBreak === undefined) return [];
  const detail = `the first trail did not hold at its event ${String(formerBreak)}`;
  return [{ code: "former-chain-broken", detail }];
}

async function stateFindings(keyStates: EventJudge | undefined): Promise<AuditFinding[]> {
  const differences = (await keyStates?.judge()) ?? [];
  return differences.map((detail) => ({ code: "key-state-differs", detail }));
}

async function indexFindings(db: Kysely<AuditTables>): Promise<AuditFinding[]> {
  const detail = await findIndexDifference(db);
  return detail === undefined ? [] : [{ code: "search-index-differs", detail }];
}

/** The folder knows of epochs that a restored database has forgotten. */
async function latestEpoch(folder: string, head: { readonly epoch: number } | undefined): Promise<number> {
  let epoch = head?.epoch ?? 1;
  while ((await readNote(readCheckpointFolder(folderOfEpoch(folder, epoch + 1)))) !== undefined) epoch += 1;
  return epoch;
}

/** A checkpoint that cannot be read is none. */
async function readNote(folder: Pick<CheckpointFolder, "readCheckpoint">): Promise<string | undefined> {
  return await folder.readCheckpoint().catch(() => undefined);
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

async function countEvents(db: Kysely<AuditTables>): Promise<number> {
  const counted = db
    .selectFrom("audit_events")
    .select((row) => row.fn.countAll<number | string>().as("count"));
  return Number((await counted.executeTakeFirstOrThrow()).count);
}
