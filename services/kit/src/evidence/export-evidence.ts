import { base64Of, concatBytes, pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { hashReaderOfTiles, leavesProof } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import { canonicalBytes } from "../approvals/canonical-document.ts";
import type { Approvals } from "../approval-store/index.ts";
import type { AuditTables } from "../audit/audit-tables.ts";
import { AuditLogError, folderOfEpoch, originOfEpoch, readAllSuccessions } from "../audit/index.ts";
import type { AuditLog, JsonValue } from "../audit/index.ts";
import { readCheckpointFolder } from "../audit/checkpoint-folder.ts";
import { readCheckpoint, readHead, readLatestCheckpoint } from "../audit/checkpoint-rows.ts";
import type { CheckpointRow } from "../audit/checkpoint-rows.ts";
import { readContinuations } from "../audit/epoch-continuations.ts";
import type { Clock } from "../clock/index.ts";
import { driftBody, freezeBody, inventoryBody, ringBody } from "../key-rings/key-ring-wire.ts";
import type { KeyRings } from "../key-rings/index.ts";
import { refuse } from "../problems/index.ts";
import type { Rotations } from "../rotations/index.ts";
import { readWitnessSuccessions } from "../witness/index.ts";
import type { CompleteUses, EvidenceQuery } from "./evidence-manifest.ts";
import { eventsName, proofName, runsOf, serviceMembers } from "./evidence-members.ts";
import { relatedFiles } from "./related-files.ts";
import { searchesOf } from "./searches-of-query.ts";
import { selectFound, selectRange, wholeRangeOf } from "./select-events.ts";
import type { IndexRange, SelectedEvents } from "./select-events.ts";
import { completeUsesOf } from "./complete-uses.ts";

/** What a service exports from. */
export interface EvidenceSources<Schema> {
  readonly db: Kysely<Schema>;
  /** Of the audit log, and its name, both without an epoch. */
  readonly folder: string;
  readonly origin: string;
  readonly auditLog: AuditLog;
  readonly approvals: Approvals;
  readonly rotations: Rotations;
  readonly rings: KeyRings;
  readonly clock: Clock;
  /** What the service is configured with, member by member chosen: no secret is among it. */
  readonly configuration: () => Promise<JsonValue> | JsonValue;
}

/** Where an export goes on. */
export interface EvidencePart {
  /** From 1. */
  readonly number: number;
  /** From the part before; the first decides. */
  readonly checkpointSize?: number;
  readonly after?: number;
}

/** One part of what a service has for a query: the members of its folder. */
export interface ExportedPart {
  readonly origin: string;
  readonly checkpointSize: number;
  readonly events: number;
  /** With the first part: what is claimed of all parts together. */
  readonly complete?: IndexRange;
  readonly completeUses?: CompleteUses;
  readonly next?: number;
  /** Names below the service's folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Collects one part. All parts of an export are under one checkpoint, that of the first; a log that cannot go on is exported under the
 * last one that it has.
 *
 * @throws Refusal `evidence-not-signed` if there is no checkpoint.
 */
export async function exportEvidence<Schema>(
  sources: EvidenceSources<Schema>,
  query: EvidenceQuery,
  part: EvidencePart,
): Promise<ExportedPart> {
  const db = sources.db as unknown as Kysely<AuditTables>;
  const log = await openLog(sources, db, part.checkpointSize);
  const { size } = log.checkpoint;
  const complete = await wholeRangeOf(db, query, size);
  const place = { size, after: part.after ?? 0 };
  const selected =
    complete === undefined
      ? await selectFound(db, await searchesOf(db, sources.rotations, query), place)
      : await selectRange(db, complete, place);
  const isFirst = part.number === 1;
  const completeUses = isFirst ? await completeUsesOf(sources.rotations, query) : undefined;
  return {
    origin: log.origin,
    checkpointSize: size,
    events: selected.leaves.length,
    ...(isFirst && complete !== undefined && { complete }),
    ...(completeUses !== undefined && { completeUses }),
    ...(selected.next !== undefined && { next: selected.next }),
    files: new Map([
      ...(isFirst ? [...(await logFiles(log, sources)), ...(await snapshotFiles(sources))] : []),
      ...(await eventFiles(log, selected, part.number)),
      ...(await relatedFiles(sources, query, selected.leaves, await epochChanges(log, sources))),
    ]),
  };
}

interface OpenLog {
  readonly db: Kysely<AuditTables>;
  readonly epoch: number;
  readonly origin: string;
  readonly checkpoint: CheckpointRow;
  readonly folder: ReturnType<typeof readCheckpointFolder>;
}

async function openLog<Schema>(
  { auditLog, folder, origin }: EvidenceSources<Schema>,
  db: Kysely<AuditTables>,
  size: number | undefined,
): Promise<OpenLog> {
  if (size === undefined) {
    await auditLog.checkpoint().catch((cause: unknown) => {
      if (!(cause instanceof AuditLogError)) throw cause;
    });
  }
  const { epoch } = (await readHead(db)) ?? { epoch: 1 };
  const checkpoint = await (size === undefined
    ? readLatestCheckpoint(db, epoch)
    : readCheckpoint(db, epoch, size));
  if (checkpoint === undefined) {
    throw refuse("evidence-not-signed", {
      zh: "审计日志没有这个检查点，无法出具证据。",
      en: "The audit log has no such checkpoint, so nothing can be proved.",
    });
  }
  const place = readCheckpointFolder(folderOfEpoch(folder, epoch));
  return { db, epoch, origin: originOfEpoch(origin, epoch), checkpoint, folder: place };
}

type Files = [string, Uint8Array][];

async function logFiles<Schema>(
  { db, epoch, checkpoint }: OpenLog,
  { folder, origin }: EvidenceSources<Schema>,
): Promise<Files> {
  return [
    [serviceMembers.checkpoint, utf8Of(checkpoint.note)],
    [serviceMembers.successions, canonicalBytes(await readAllSuccessions({ db, origin, folder, epoch }))],
    [serviceMembers.witnessSuccessions, canonicalBytes(await readWitnessSuccessions(db))],
  ];
}

/** The changes by which officers began the later epochs, whatever is asked for: without them the checkpoint is of no log of theirs. */
async function epochChanges<Schema>(
  { db, epoch }: OpenLog,
  { origin }: EvidenceSources<Schema>,
): Promise<readonly string[]> {
  if (epoch === 1) return [];
  return (await readContinuations({ db, origin })).flatMap(({ change }) => change ?? []);
}

async function eventFiles(
  { checkpoint, folder }: OpenLog,
  selected: SelectedEvents,
  part: number,
): Promise<Files> {
  const { indexes, leaves } = selected;
  if (indexes.length === 0) return [];
  const { readHashes } = hashReaderOfTiles(folder.readTiles, checkpoint.size);
  const hashes = await leavesProof(readHashes, indexes, checkpoint.size);
  const proof = { type: "yinxin-evidence-proof", runs: runsOf(indexes), hashes: hashes.map(base64Of) };
  const lineEnd = Uint8Array.of(0x0a);
  return [
    [eventsName(part), concatBytes(...leaves.flatMap((leaf) => [leaf, lineEnd]))],
    [proofName(part), canonicalBytes(proof)],
  ];
}

/** What the service says of its keys and itself; only its exporter vouches for it. */
async function snapshotFiles<Schema>({
  rings,
  clock,
  configuration,
}: EvidenceSources<Schema>): Promise<Files> {
  const at = clock.now();
  const all = await rings.rings();
  const inventory = await rings.inventory();
  const chains = inventory.flatMap(({ version }) => [version.certificate ?? [], version.chain ?? []].flat());
  const pems = new Set(chains.map((der) => pemOfDer(der, "CERTIFICATE")));
  return [
    [
      serviceMembers.keyRings,
      canonicalBytes({
        type: "yinxin-key-rings",
        at: at.toISOString(),
        rings: all.map(ringBody),
        versions: inventory.map((row) => inventoryBody(row, at)),
        drift: (await rings.knownDrift()).map(driftBody),
        freezes: (await rings.freezes()).map(freezeBody),
      }),
    ],
    [serviceMembers.certificates, utf8Of([...pems].join(""))],
    [
      serviceMembers.configuration,
      canonicalBytes({
        type: "yinxin-configuration",
        at: at.toISOString(),
        configuration: await configuration(),
      }),
    ],
  ];
}
