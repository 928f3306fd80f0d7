import type { AuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { KeyRings } from "@yinxin/service-kit/key-rings";
import type { Kysely, Transaction } from "kysely";
import { z } from "zod";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { AuthorityId } from "../domain/authority.ts";
import type { pkiEvents } from "../domain/pki-events.ts";
import type { PkiStore, PkiUnit } from "../operations/pki-store.ts";
import { addCertificateList, certificateListsIn } from "./certificate-lists.ts";
import { issuedColumns, issuedOf, rowOfReservation } from "./certificate-row.ts";
import type { PkiSchema } from "./pki-schema.ts";

export interface PkiStoreDeps {
  readonly db: Kysely<PkiSchema>;
  readonly trail: AuditTrail<typeof pkiEvents>;
  readonly rings: Pick<KeyRings, "in">;
}

/** The certificate authority's memory in its database. */
export function createPkiStore({ db, trail, rings }: PkiStoreDeps): PkiStore {
  return {
    ...certificateListsIn(db),
    findAuthority: (algorithm) => findAuthority(db, algorithm),
    findCertificate: async (serialNumber) => {
      const row = await db
        .selectFrom("certificates")
        .select(issuedColumns)
        .where("serial_number", "=", serialNumber)
        .executeTakeFirst();
      return row && issuedOf(row);
    },
    listOwnCertificates: async (authorityId, profile) => {
      const rows = await db
        .selectFrom("certificates")
        .select(issuedColumns)
        .where("authority_id", "=", authorityId)
        .where("profile", "=", profile)
        .where("revoked_at", "is", null)
        .orderBy("reserved_at")
        .orderBy("serial_number")
        .execute();
      return rows.flatMap((row) => issuedOf(row) ?? []);
    },
    reserve: async (reservation) => {
      await db.insertInto("certificates").values(rowOfReservation(reservation)).execute();
    },
    transact: (change) =>
      transact(db, (tx) => change({ ...createUnit(tx), rings: rings.in(tx), audit: trail.in(tx) })),
  };
}

const algorithmSchema = z.enum(authorityAlgorithms);

async function findAuthority(
  db: Kysely<PkiSchema>,
  algorithm: Parameters<PkiStore["findAuthority"]>[0],
): ReturnType<PkiStore["findAuthority"]> {
  const row = await db
    .selectFrom("authorities")
    .select(["id", "algorithm", "root_certificate", "issuing_certificate", "issuing_key_uri", "created_at"])
    .where("algorithm", "=", algorithm)
    .executeTakeFirst();
  return (
    row && {
      id: row.id as AuthorityId,
      algorithm: algorithmSchema.parse(row.algorithm),
      rootCertificate: row.root_certificate,
      issuingCertificate: row.issuing_certificate,
      issuingKeyUri: row.issuing_key_uri,
      createdAt: new Date(row.created_at),
    }
  );
}

function createUnit(tx: Transaction<PkiSchema>): Omit<PkiUnit, "audit" | "rings"> {
  return {
    addAuthority: async (authority) => {
      const result = await tx
        .insertInto("authorities")
        .values({
          id: authority.id,
          algorithm: authority.algorithm,
          root_certificate: authority.rootCertificate,
          issuing_certificate: authority.issuingCertificate,
          issuing_key_uri: authority.issuingKeyUri,
          created_at: authority.createdAt.toISOString(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    addCertificate: async (reservation, certificate) => {
      const issued_at = reservation.reservedAt.toISOString();
      await tx
        .insertInto("certificates")
        .values({ ...rowOfReservation(reservation), certificate, issued_at })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    completeCertificate: async (serialNumber, certificate, issuedAt) => {
      const result = await tx
        .updateTable("certificates")
        .set({ certificate, issued_at: issuedAt.toISOString() })
        .where("serial_number", "=", serialNumber)
        .where("certificate", "is", null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
    revokeCertificate: async (serialNumber, { revokedAt, reason, invalidFrom }, notAfter) => {
      const result = await tx
        .updateTable("certificates")
        .set({
          revoked_at: revokedAt.toISOString(),
          revocation_reason: reason,
          invalid_from: invalidFrom?.toISOString() ?? null,
          not_after: notAfter.toISOString(),
        })
        .where("serial_number", "=", serialNumber)
        .where("certificate", "is not", null)
        .where("revoked_at", "is", null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
    addCertificateList: (list) => addCertificateList(tx, list),
  };
}
