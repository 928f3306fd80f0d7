import type { AuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { KeyRings } from "@yinxin/service-kit/key-rings";
import type { Kysely, Transaction } from "kysely";

import type { SealId, SealRecord } from "../domain/seal.ts";
import type { sealEvents } from "../domain/seal-events.ts";
import type { SealFilter, SealStore, SealUnit } from "../operations/seal-store.ts";
import { takeSerial } from "./seal-numbers.ts";
import { recordOf, selectSeals } from "./seal-row.ts";
import type { SealSchema } from "./seal-schema.ts";
import { addVersion, sealVersionsIn, sealVersionUnit } from "./seal-versions.ts";

export interface SealStoreDeps {
  readonly db: Kysely<SealSchema>;
  readonly trail: AuditTrail<typeof sealEvents>;
  readonly rings: Pick<KeyRings, "in">;
}

/** The seal service's memory in its database. */
export function createSealStore({ db, trail, rings }: SealStoreDeps): SealStore {
  const unitIn = (tx: Transaction<SealSchema>): SealUnit => ({
    ...createUnit(tx),
    ...sealVersionUnit(tx),
    rings: rings.in(tx),
    audit: trail.in(tx),
  });
  return {
    ...sealVersionsIn(db),
    find: async (id) => {
      const row = await selectSeals(db).where("seals.id", "=", id).executeTakeFirst();
      return row && recordOf(row);
    },
    findFiles: (id) =>
      db
        .selectFrom("seals")
        .innerJoin("seal_versions", (join) =>
          join
            .onRef("seal_versions.seal_id", "=", "seals.id")
            .onRef("seal_versions.version", "=", "seals.version"),
        )
        .select(["seals.picture", "seal_versions.seal"])
        .where("seals.id", "=", id)
        .executeTakeFirst(),
    list: (filter) => listSeals(db, filter),
    listIdentities: async () => {
      const rows = await db.selectFrom("seals").select(["id", "name"]).orderBy("id").execute();
      return rows.map(({ id, name }) => ({ id: id as SealId, name }));
    },
    hasUnrevoked: async (organizationId, type) => {
      const row = await db
        .selectFrom("seals")
        .select("id")
        .where("organization_id", "=", organizationId)
        .where("type", "=", type)
        .where("status", "<>", "revoked")
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    takeSerial: (divisionCode) => takeSerial(db, divisionCode),
    findMakerCertificate: async (key) => {
      const row = await db
        .selectFrom("maker_certificates")
        .select("certificate")
        .where("key_uri", "=", key)
        .executeTakeFirst();
      return row?.certificate;
    },
    in: (tx) => unitIn(tx),
    transact: (change) => transact(db, (tx) => change(unitIn(tx))),
  };
}

async function listSeals(
  db: Kysely<SealSchema>,
  { organizationId, after, limit }: SealFilter,
): Promise<readonly SealRecord[]> {
  const rows = await selectSeals(db)
    .$if(organizationId !== undefined, (query) =>
      query.where("seals.organization_id", "=", organizationId ?? ""),
    )
    .$if(after !== undefined, (query) => query.where("seals.code", ">", after ?? ""))
    .orderBy("seals.code")
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}

function createUnit(
  tx: Transaction<SealSchema>,
): Pick<SealUnit, "addSeal" | "addApplication" | "addMakerCertificate"> {
  return {
    addSeal: async (seal, files) => {
      const result = await tx
        .insertInto("seals")
        .values({
          id: seal.id,
          code: seal.code,
          name: seal.name,
          type: seal.type,
          organization_id: seal.organizationId,
          status: seal.status,
          size_mm: seal.sizeMm,
          picture: files.picture,
          version: seal.version,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (result.numInsertedOrUpdatedRows !== 1n) return false;
      return addVersion(tx, seal.id, seal, { seal: files.seal, effectiveFrom: seal.validFrom });
    },
    addApplication: (application) => addApplication(tx, application),
    addMakerCertificate: async (key, certificate, enrolledAt) => {
      const result = await tx
        .insertInto("maker_certificates")
        .values({ key_uri: key, certificate, enrolled_at: enrolledAt.toISOString() })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
  };
}

async function addApplication(
  tx: Transaction<SealSchema>,
  application: Parameters<SealUnit["addApplication"]>[0],
): Promise<boolean> {
  // The update changes nothing and takes the row's lock, so that nobody suspends the seal between check and commit.
  const { numUpdatedRows } = await tx
    .updateTable("seals")
    .set({ status: "active" })
    .where("id", "=", application.sealId)
    .where("status", "=", "active")
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  const { placement } = application;
  await tx
    .insertInto("applications")
    .values({
      id: application.id,
      seal_id: application.sealId,
      document_name: application.documentName,
      format: application.format,
      digest_before: application.digestBefore,
      digest_after: application.digestAfter,
      page: placement.page,
      x_um: Math.round(placement.xMm * 1000),
      y_um: Math.round(placement.yMm * 1000),
      signed_at: application.signedAt.toISOString(),
      actor: application.actor,
      on_behalf_of: application.onBehalfOf ?? null,
      reason: application.reason ?? null,
    })
    .execute();
  return true;
}
