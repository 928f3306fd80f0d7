import { createAuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { Kysely, Transaction } from "kysely";
import { z } from "zod";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { AuthorityId } from "../domain/authority.ts";
import { pkiEvents } from "../domain/pki-events.ts";
import type { PkiStore, PkiUnit } from "../operations/pki-store.ts";

/** Times are RFC 3339 text in UTC. */
export interface PkiSchema {
  authorities: {
    id: string;
    algorithm: string;
    root_certificate: Uint8Array;
    issuing_certificate: Uint8Array;
    issuing_key_uri: string;
    created_at: string;
  };
  certificates: {
    serial_number: string;
    authority_id: string;
    profile: string;
    subject: string;
    request_digest: string;
    requested_by: string;
    reserved_at: string;
    certificate: Uint8Array | null;
    issued_at: string | null;
  };
}

/** The certificate authority's memory in its database. */
export function createPkiStore(db: Kysely<PkiSchema>): PkiStore {
  const trail = createAuditTrail(db, pkiEvents);
  return {
    findAuthority: (algorithm) => findAuthority(db, algorithm),
    findCertificate: (serialNumber) => findCertificate(db, serialNumber),
    reserve: async (reservation) => {
      await db
        .insertInto("certificates")
        .values({
          serial_number: reservation.serialNumber,
          authority_id: reservation.authorityId,
          profile: reservation.profile,
          subject: reservation.subject,
          request_digest: reservation.requestDigest,
          requested_by: reservation.requestedBy,
          reserved_at: reservation.reservedAt.toISOString(),
          certificate: null,
          issued_at: null,
        })
        .execute();
    },
    transact: (change) => transact(db, (tx) => change({ ...createUnit(tx), audit: trail.in(tx) })),
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

async function findCertificate(
  db: Kysely<PkiSchema>,
  serialNumber: string,
): ReturnType<PkiStore["findCertificate"]> {
  const row = await db
    .selectFrom("certificates")
    .select(["authority_id", "certificate", "issued_at"])
    .where("serial_number", "=", serialNumber)
    .executeTakeFirst();
  if (row === undefined || row.certificate === null || row.issued_at === null) return undefined;
  return {
    serialNumber,
    authorityId: row.authority_id as AuthorityId,
    certificate: row.certificate,
    issuedAt: new Date(row.issued_at),
  };
}

function createUnit(tx: Transaction<PkiSchema>): Omit<PkiUnit, "audit"> {
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
    completeCertificate: async (serialNumber, certificate, issuedAt) => {
      const result = await tx
        .updateTable("certificates")
        .set({ certificate, issued_at: issuedAt.toISOString() })
        .where("serial_number", "=", serialNumber)
        .where("certificate", "is", null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },
  };
}
