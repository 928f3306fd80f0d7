import { utf8Of } from "@yinxin/crypto/bytes";
import { subtreesCompletedBy } from "@yinxin/crypto/tlog";
import type { HashReader } from "@yinxin/crypto/tlog";
import type { AuditTrail } from "@yinxin/service-kit/audit";
import { isPostgres, transact } from "@yinxin/service-kit/database";
import type { KeyRings } from "@yinxin/service-kit/key-rings";
import type { Kysely, Transaction } from "kysely";

import type { ledgerEvents } from "../domain/ledger-events.ts";
import type { LicenseId } from "../domain/license.ts";
import type { LedgerStore, LedgerUnit } from "../operations/ledger-store.ts";
import { checkpointsIn, checkpointUnit } from "./checkpoint-rows.ts";
import type { LedgerSchema } from "./ledger-schema.ts";
import { licenseColumns, recordOfRow, rowOfRecord } from "./license-row.ts";

export interface LedgerStoreDeps {
  readonly db: Kysely<LedgerSchema>;
  readonly trail: AuditTrail<typeof ledgerEvents>;
  readonly rings: Pick<KeyRings, "in">;
}

/** The ledger's memory in its database. */
export function createLedgerStore({ db, trail, rings }: LedgerStoreDeps): LedgerStore {
  return {
    ...checkpointsIn(db),
    findLicense: async (id) => {
      const row = await db
        .selectFrom("licenses")
        .select(licenseColumns)
        .where("id", "=", id)
        .executeTakeFirst();
      return row && recordOfRow(row);
    },
    findLicenseOfDocument: async ({ sha256, sm3 }) => {
      const row = await db
        .selectFrom("licenses")
        .select(licenseColumns)
        .where("document_sha256", "=", sha256)
        .where("document_sm3", "=", sm3)
        .executeTakeFirst();
      return row && recordOfRow(row);
    },
    findLicenseId: async ({ typeCode, issuerCode, number }) => {
      const row = await db
        .selectFrom("licenses")
        .select("id")
        .where("type_code", "=", typeCode)
        .where("issuer_code", "=", issuerCode)
        .where("number", "=", number)
        .executeTakeFirst();
      return row?.id as LicenseId | undefined;
    },
    readDocument: async (id) => {
      const row = await db.selectFrom("licenses").select("document").where("id", "=", id).executeTakeFirst();
      return row?.document;
    },
    readLeaf: async (index) => {
      const found = db.selectFrom("log_leaves").select("leaf").where("leaf_index", "=", index);
      return (await found.executeTakeFirstOrThrow()).leaf;
    },
    readHashes: hashReaderOf(db),
    logSize: () => readLogSize(db),
    transact: (change) =>
      transact(db, (tx) => change({ ...createUnit(tx), rings: rings.in(tx), audit: trail.in(tx) })),
  };
}

function createUnit(tx: Transaction<LedgerSchema>): Omit<LedgerUnit, "audit" | "rings"> {
  return {
    appendLeaf: (leaf) => appendLeaf(tx, leaf),
    addLicense: async (license, document) => {
      const result = await tx
        .insertInto("licenses")
        .values({ ...rowOfRecord(license), document })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    ...checkpointUnit(tx),
  };
}

async function appendLeaf(tx: Transaction<LedgerSchema>, leaf: string): Promise<number> {
  const index = await readLogSize(tx);
  const moved = await tx
    .updateTable("log_head")
    .set({ size: index + 1 })
    .where("id", "=", 1)
    .where("size", "=", index)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new Error("another leaf was appended meanwhile");
  await tx.insertInto("log_leaves").values({ leaf_index: index, leaf }).execute();
  const completed = await subtreesCompletedBy(hashReaderOf(tx), index, utf8Of(leaf));
  await tx
    .insertInto("log_hashes")
    .values(completed.map(({ level, index: position, hash }) => ({ level, position, hash })))
    .execute();
  return index;
}

async function readLogSize(db: Kysely<LedgerSchema>): Promise<number> {
  const head = await db
    .selectFrom("log_head")
    .select("size")
    .where("id", "=", 1)
    // In a transaction the second writer waits here and then sees the new size; SQLite's writers take turns anyway.
    .$if(db.isTransaction && isPostgres(db), (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
  return head.size;
}

/** Reads stored subtree hashes; rejects if one is missing. */
function hashReaderOf(db: Kysely<LedgerSchema>): HashReader {
  return async (places) => {
    const rows = await db
      .selectFrom("log_hashes")
      .select(["level", "position", "hash"])
      .where((row) =>
        row.or(
          places.map(({ level, index }) => row.and([row("level", "=", level), row("position", "=", index)])),
        ),
      )
      .execute();
    const hashes = new Map(
      rows.map(({ level, position, hash }) => [`${String(level)}/${String(position)}`, hash]),
    );
    return places.map(({ level, index }) => {
      const hash = hashes.get(`${String(level)}/${String(index)}`);
      if (hash === undefined) throw new Error(`the log has lost the hash ${String(level)}/${String(index)}`);
      return hash;
    });
  };
}
