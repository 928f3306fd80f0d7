import { createAuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { Kysely, Transaction } from "kysely";
import { z } from "zod";

import type { SealId, SealRecord } from "../domain/seal.ts";
import { sealEvents } from "../domain/seal-events.ts";
import { sealStatuses } from "../domain/seal-status.ts";
import { sealTypeNumbers } from "../domain/seal-type.ts";
import type { SealFilter, SealStore, SealUnit } from "../operations/seal-store.ts";
import { takeSerial } from "./seal-numbers.ts";
import type { SealSchema } from "./seal-schema.ts";

/** The seal service's memory in its database. */
export function createSealStore(db: Kysely<SealSchema>): SealStore {
  const trail = createAuditTrail(db, sealEvents);
  return {
    find: async (id) => {
      const row = await selectSeals(db).where("id", "=", id).executeTakeFirst();
      return row && recordOf(row);
    },
    findFiles: (id) =>
      db.selectFrom("seals").select(["picture", "seal"]).where("id", "=", id).executeTakeFirst(),
    list: (filter) => listSeals(db, filter),
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
    findMakerCertificate: async (keyUri) => {
      const row = await db
        .selectFrom("maker_certificates")
        .select("certificate")
        .where("key_uri", "=", keyUri)
        .executeTakeFirst();
      return row?.certificate;
    },
    transact: (change) => transact(db, (tx) => change({ ...createUnit(tx), audit: trail.in(tx) })),
  };
}

function selectSeals(db: Kysely<SealSchema>) {
  return db
    .selectFrom("seals")
    .select([
      "id",
      "code",
      "name",
      "type",
      "organization_id",
      "status",
      "valid_from",
      "valid_until",
      "size_mm",
      "key_uri",
      "certificate",
    ]);
}

async function listSeals(
  db: Kysely<SealSchema>,
  { organizationId, after, limit }: SealFilter,
): Promise<readonly SealRecord[]> {
  const rows = await selectSeals(db)
    .$if(organizationId !== undefined, (query) => query.where("organization_id", "=", organizationId ?? ""))
    .$if(after !== undefined, (query) => query.where("code", ">", after ?? ""))
    .orderBy("code")
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}

const typeSchema = z.literal([...sealTypeNumbers]);
const statusSchema = z.enum(sealStatuses);

function recordOf(row: Omit<SealSchema["seals"], "picture" | "seal">): SealRecord {
  return {
    id: row.id as SealId,
    code: row.code,
    name: row.name,
    type: typeSchema.parse(row.type),
    organizationId: row.organization_id,
    status: statusSchema.parse(row.status),
    validFrom: new Date(row.valid_from),
    validUntil: new Date(row.valid_until),
    sizeMm: row.size_mm,
    keyUri: row.key_uri,
    certificate: row.certificate,
  };
}

function createUnit(tx: Transaction<SealSchema>): Omit<SealUnit, "audit"> {
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
          valid_from: seal.validFrom.toISOString(),
          valid_until: seal.validUntil.toISOString(),
          size_mm: seal.sizeMm,
          key_uri: seal.keyUri,
          certificate: seal.certificate,
          picture: files.picture,
          seal: files.seal,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    addApplication: (application) => addApplication(tx, application),
    addMakerCertificate: async (keyUri, certificate, enrolledAt) => {
      const result = await tx
        .insertInto("maker_certificates")
        .values({ key_uri: keyUri, certificate, enrolled_at: enrolledAt.toISOString() })
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
