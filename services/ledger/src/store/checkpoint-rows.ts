import type { Kysely, Transaction } from "kysely";

import type { LedgerStore, LedgerUnit, SignedCheckpoint } from "../operations/ledger-store.ts";
import type { LedgerSchema } from "./ledger-schema.ts";

type CheckpointReading = Pick<
  LedgerStore,
  "latestCheckpoint" | "readCheckpoint" | "successions" | "signedSizes"
>;

const columns = ["size", "note", "signed_at"] as const;

/** The checkpoints and their keys, as {@link LedgerStore} has them. */
export function checkpointsIn(db: Kysely<LedgerSchema>): CheckpointReading {
  return {
    latestCheckpoint: async () => {
      const row = await db
        .selectFrom("checkpoints")
        .select(columns)
        .orderBy("size", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && checkpointOf(row);
    },
    readCheckpoint: async (size) =>
      checkpointOf(
        await db.selectFrom("checkpoints").select(columns).where("size", "=", size).executeTakeFirstOrThrow(),
      ),
    successions: async () => {
      const rows = await db
        .selectFrom("key_successions")
        .select(["key_version", "leaf_index"])
        .orderBy("key_version")
        .execute();
      return rows.map((row) => ({ keyVersion: row.key_version, leafIndex: row.leaf_index }));
    },
    signedSizes: async () => {
      const rows = await db
        .selectFrom("checkpoint_signatures")
        .select((select) => [
          "key_version",
          select.fn.min<number>("size").as("first_size"),
          select.fn.max<number>("size").as("last_size"),
        ])
        .groupBy("key_version")
        .orderBy("key_version")
        .execute();
      return rows.map((row) => ({
        keyVersion: row.key_version,
        firstSize: row.first_size,
        lastSize: row.last_size,
      }));
    },
  };
}

function checkpointOf(row: LedgerSchema["checkpoints"]): SignedCheckpoint {
  return { size: row.size, note: row.note, signedAt: new Date(row.signed_at) };
}

/** Writing them in a transaction. */
export function checkpointUnit(
  tx: Transaction<LedgerSchema>,
): Pick<LedgerUnit, "addCheckpoint" | "cosignCheckpoint" | "addSuccession"> {
  const addSignature = async (keyVersion: number, size: number): Promise<void> => {
    await tx.insertInto("checkpoint_signatures").values({ key_version: keyVersion, size }).execute();
  };
  return {
    addCheckpoint: async ({ size, note, signedAt }, keyVersions) => {
      const result = await tx
        .insertInto("checkpoints")
        .values({ size, note, signed_at: signedAt.toISOString() })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (result.numInsertedOrUpdatedRows !== 1n) return false;
      for (const version of keyVersions) await addSignature(version, size);
      return true;
    },
    cosignCheckpoint: async ({ size, note }, before, keyVersion) => {
      const result = await tx
        .updateTable("checkpoints")
        .set({ note })
        .where("size", "=", size)
        .where("note", "=", before)
        .executeTakeFirst();
      if (result.numUpdatedRows !== 1n) return false;
      await addSignature(keyVersion, size);
      return true;
    },
    addSuccession: async ({ keyVersion, leafIndex }, announcedAt) => {
      const result = await tx
        .insertInto("key_successions")
        .values({
          key_version: keyVersion,
          leaf_index: leafIndex,
          announced_at: announcedAt.toISOString(),
        })
        .onConflict((conflict) => conflict.column("key_version").doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
  };
}
