import { utf8Of } from "@yinxin/crypto/bytes";
import {
  encodeSuccession,
  hashReaderOfTiles,
  inclusionProof,
  keySuccessorStatement,
  noteKeyOf,
} from "@yinxin/crypto/tlog";
import type { Kysely, Transaction } from "kysely";

import { leafTextOf } from "./audit-leaf.ts";
import { findEvents } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import type { KitTrail } from "./audit-trail.ts";
import { readCheckpointFolder } from "./checkpoint-folder.ts";
import { readCheckpointAfter } from "./checkpoint-rows.ts";
import type { LogPlaces } from "./known-checkpoint.ts";
import { epochMax, folderOfEpoch, originOfEpoch } from "./log-epoch.ts";
import { eventColumns } from "./read-event-rows.ts";

/** Who announces which key, and why. */
export interface KeyAnnouncement {
  readonly origin: string;
  /** SubjectPublicKeyInfo of the key that signs checkpoints now, and of the one that will. */
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly actor: string;
  readonly at: Date;
}

/**
 * Says inside the log, before anything is signed with it, which key follows. Once a checkpoint by the earlier key is over
 * this event, whoever knows that key may believe the next ({@link readSuccessions}).
 *
 * @throws TlogError if one of the keys does not sign checkpoints.
 */
export async function announceLogKey<Schema>(
  tx: Transaction<Schema>,
  trail: KitTrail,
  { origin, from, to, actor, at }: KeyAnnouncement,
): Promise<void> {
  const statement = keySuccessorStatement({
    origin,
    from: noteKeyOf(origin, from),
    to: noteKeyOf(origin, to),
  });
  await trail.in(tx).append({
    action: "audit-log.key-announced",
    actor,
    subject: origin,
    occurredAt: at,
    detail: statement,
  });
}

/** A log gets a new key once a year or so; more announcements than this are not a history but an attack on its reader. */
const announcementsMax = 1000;

/**
 * The proofs of every succession of the log's keys, oldest first, for `verifySuccession`. An announcement that no checkpoint
 * covers yet has none.
 */
export async function readSuccessions({
  db,
  origin,
  folder,
  epoch,
}: Pick<LogPlaces, "db" | "origin"> & {
  readonly folder: Pick<LogPlaces["folder"], "readTiles">;
  readonly epoch: number;
}): Promise<readonly string[]> {
  const rows = await findEvents(db, {
    columns: eventColumns,
    where: (events) => events.where("action", "=", "audit-log.key-announced").where("subject", "=", origin),
    limit: announcementsMax,
  });
  const proofs: string[] = [];
  for (const row of rows) {
    // The first checkpoint over the announcement: the earlier key was still signing then.
    const checkpoint = await readCheckpointAfter(db, epoch, row.leaf_index);
    if (checkpoint === undefined) continue;
    const { readHashes } = hashReaderOfTiles(folder.readTiles, checkpoint.size);
    const hashes = await inclusionProof(readHashes, row.leaf_index, checkpoint.size);
    proofs.push(
      encodeSuccession(utf8Of(leafTextOf(row)), {
        index: row.leaf_index,
        hashes,
        checkpoint: checkpoint.note,
      }),
    );
  }
  return proofs;
}

/** Where all epochs of a log are. */
export interface AllEpochs {
  readonly db: Kysely<AuditTables>;
  /** The log's name and its folder, both without an epoch. */
  readonly origin: string;
  readonly folder: string;
  /** The latest. */
  readonly epoch: number;
}

/**
 * The proofs of all epochs, oldest first: a log goes on in a new epoch with the key that it had in the one before, which may not be
 * the key that others pinned. Where the folder of an epoch is lost or damaged there is no proof.
 */
export async function readAllSuccessions({
  db,
  origin,
  folder,
  epoch,
}: AllEpochs): Promise<readonly string[]> {
  const proofs: string[] = [];
  for (let each = 1; each <= Math.min(epoch, epochMax); each += 1) {
    const place = readCheckpointFolder(folderOfEpoch(folder, each));
    const log = { db, origin: originOfEpoch(origin, each), folder: place, epoch: each };
    proofs.push(...(await readSuccessions(log).catch(() => [])));
  }
  return proofs;
}
