import { equalBytes } from "@yinxin/crypto/bytes";
import { fullTileWidth } from "@yinxin/crypto/tlog";
import type { TileReader } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import { isCanonicalDetail, leafHashOf, leafTextOf } from "./audit-leaf.ts";
import { findEvents } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import { readCheckpointFolder } from "./checkpoint-folder.ts";
import { readHead, readLatestCheckpoint } from "./checkpoint-rows.ts";
import type { CheckpointRow } from "./checkpoint-rows.ts";
import { readSuccessions } from "./key-succession.ts";
import { readTileHashes } from "./known-checkpoint.ts";
import { folderOfEpoch, originOfEpoch } from "./log-epoch.ts";
import { eventColumns, readEventRows } from "./read-event-rows.ts";

/** A log as far as it is signed, for proving single events of it. */
export interface SignedLog {
  /** With the epoch. */
  readonly origin: string;
  readonly checkpoint: Pick<CheckpointRow, "size" | "note">;
  readonly readTiles: TileReader;
  /** Signed events of these kinds about a subject, oldest first; `leaf` is what was hashed. */
  eventsAbout(
    subject: string,
    actions: readonly string[],
    limit: number,
  ): Promise<readonly { readonly index: number; readonly action: string; readonly leaf: string }[]>;
  /** For `verifySuccession`, oldest first. */
  successions(): Promise<readonly string[]>;
  /** Whether the last events of the database before this size are those that were signed. */
  hasEventsBefore(size: number): Promise<boolean>;
}

interface SignedPlaces {
  readonly db: Kysely<AuditTables>;
  readonly folder: ReturnType<typeof readCheckpointFolder>;
  readonly checkpoint: CheckpointRow;
}

/** Opens what is signed of a log; undefined before the first checkpoint. */
export async function openSignedLog<Schema>(places: {
  readonly db: Kysely<Schema>;
  /** Both without an epoch. */
  readonly folder: string;
  readonly origin: string;
}): Promise<SignedLog | undefined> {
  const db = places.db as unknown as Kysely<AuditTables>;
  const { epoch } = (await readHead(db)) ?? { epoch: 1 };
  const checkpoint = await readLatestCheckpoint(db, epoch);
  if (checkpoint === undefined) return undefined;
  const origin = originOfEpoch(places.origin, epoch);
  const folder = readCheckpointFolder(folderOfEpoch(places.folder, epoch));
  return {
    ...{ origin, checkpoint, readTiles: folder.readTiles },
    eventsAbout: async (subject, actions, limit) => {
      const rows = await findEvents(db, {
        columns: eventColumns,
        where: (events) =>
          events
            .where("subject", "=", subject)
            .where("action", "in", actions)
            .where("leaf_index", "<", checkpoint.size),
        limit,
      });
      return rows.map((row) => ({ index: row.leaf_index, action: row.action, leaf: leafTextOf(row) }));
    },
    successions: () => readSuccessions({ db, origin, folder, epoch }),
    hasEventsBefore: (size) => hasEventsBefore({ db, folder, checkpoint }, size),
  };
}

/** Enough to meet any restored database, as before the log's first signature. */
const comparedEvents = 1024;

async function hasEventsBefore({ db, folder, checkpoint }: SignedPlaces, size: number): Promise<boolean> {
  const from = Math.max(0, size - comparedEvents);
  // Of a tile in the middle of the log only the whole one is sure to be there.
  const to = Math.min(Math.max(size, checkpoint.size), Math.ceil(size / fullTileWidth) * fullTileWidth);
  const expected = await readTileHashes(folder, from, to);
  let next = from;
  for await (const rows of readEventRows(db, { from, to: size })) {
    for (const row of rows) {
      const hash = expected[next - from];
      const isSame = row.leaf_index === next && hash !== undefined && equalBytes(hash, leafHashOf(row));
      if (!isSame || !isCanonicalDetail(row.detail)) return false;
      next += 1;
    }
  }
  return next === size;
}
