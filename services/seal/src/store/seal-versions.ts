import type { Kysely, Transaction } from "kysely";

import type { SealId, SealVersion } from "../domain/seal.ts";
import type { SealStore, SealUnit } from "../operations/seal-store.ts";
import { recordOf, selectSeals, versionColumns, versionRecordOf } from "./seal-row.ts";
import type { SealSchema } from "./seal-schema.ts";

type VersionReading = Pick<
  SealStore,
  "findVersionFor" | "versions" | "listOfOtherMakers" | "countOfOtherMakers"
>;

/** The versions of seals, as {@link SealStore} has them. */
export function sealVersionsIn(db: Kysely<SealSchema>): VersionReading {
  return {
    findVersionFor: async (id, ownerKeyVersion, isPrepared = false) => {
      const row = await db
        .selectFrom("seal_versions")
        .select([...versionColumns, "effective_from", "closed_at", "seal"])
        .where("seal_id", "=", id)
        .where("owner_key_version", "=", ownerKeyVersion)
        .$if(!isPrepared, (query) => query.where("effective_from", "is not", null))
        .orderBy("version", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && { ...versionRecordOf(row), seal: row.seal };
    },
    versions: async (id) => {
      const rows = await db
        .selectFrom("seal_versions")
        .select([...versionColumns, "effective_from", "closed_at"])
        .where("seal_id", "=", id)
        .orderBy("version")
        .execute();
      return rows.map(versionRecordOf);
    },
    listOfOtherMakers: async ({ makerKeyVersion, after, limit }) => {
      const rows = await selectSeals(db)
        .where("seals.status", "<>", "revoked")
        .where("seal_versions.maker_key_version", "<>", makerKeyVersion)
        .$if(after !== undefined, (query) => query.where("seals.id", ">", after ?? ""))
        .orderBy("seals.id")
        .limit(limit)
        .execute();
      return rows.map(recordOf);
    },
    countOfOtherMakers: async (makerKeyVersion) => {
      const { seals } = await db
        .selectFrom("seals")
        .innerJoin("seal_versions", (join) =>
          join
            .onRef("seal_versions.seal_id", "=", "seals.id")
            .onRef("seal_versions.version", "=", "seals.version"),
        )
        .select((select) => select.fn.countAll<number | string>().as("seals"))
        .where("seals.status", "<>", "revoked")
        .where("seal_versions.maker_key_version", "<>", makerKeyVersion)
        .executeTakeFirstOrThrow();
      return Number(seals);
    },
  };
}

/** Changing versions in a transaction. */
export function sealVersionUnit(
  tx: Transaction<SealSchema>,
): Pick<SealUnit, "addVersion" | "findVersion" | "putInForce" | "withdrawVersion"> {
  return {
    findVersion: async (id, ownerKeyVersion) => {
      const row = await tx
        .selectFrom("seal_versions")
        .select("version")
        .where("seal_id", "=", id)
        .where("owner_key_version", "=", ownerKeyVersion)
        .orderBy("version", "desc")
        .limit(1)
        .executeTakeFirst();
      return row?.version;
    },
    addVersion: (id, version, seal) => addVersion(tx, id, version, { seal, effectiveFrom: null }),
    putInForce: async (id, version, { at, closedAt }) => {
      const { numUpdatedRows } = await tx
        .updateTable("seal_versions")
        .set({ effective_from: at.toISOString() })
        .where("seal_id", "=", id)
        .where("version", "=", version)
        .where("effective_from", "is", null)
        .where("closed_at", "is", null)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) return false;
      await tx
        .updateTable("seal_versions")
        .set({ closed_at: closedAt.toISOString() })
        .where("seal_id", "=", id)
        .where("version", "<>", version)
        .where("effective_from", "is not", null)
        .where("closed_at", "is", null)
        .execute();
      await tx.updateTable("seals").set({ version }).where("id", "=", id).execute();
      return true;
    },
    withdrawVersion: async (id, ownerKeyVersion) => {
      await tx
        .deleteFrom("seal_versions")
        .where("seal_id", "=", id)
        .where("owner_key_version", "=", ownerKeyVersion)
        .where("effective_from", "is", null)
        .execute();
    },
  };
}

export async function addVersion(
  tx: Transaction<SealSchema>,
  id: SealId,
  version: SealVersion,
  { seal, effectiveFrom }: { readonly seal: Uint8Array; readonly effectiveFrom: Date | null },
): Promise<boolean> {
  const result = await tx
    .insertInto("seal_versions")
    .values({
      seal_id: id,
      version: version.version,
      owner_key_version: version.ownerKeyVersion,
      maker_key_version: version.makerKeyVersion,
      certificate: version.certificate,
      seal,
      valid_from: version.validFrom.toISOString(),
      valid_until: version.validUntil.toISOString(),
      effective_from: effectiveFrom?.toISOString() ?? null,
      closed_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
