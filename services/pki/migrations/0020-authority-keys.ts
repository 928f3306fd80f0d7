import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

interface CertificatesTable {
  certificates: { authority_id: string; issuer_purpose: string };
}

/**
 * Authorities with more than one key: each certificate names the ring and the version that signed it, can be revoked, and
 * stands on signed lists. What was issued before was issued by the first key of the issuing authority.
 */
export const authorityKeys: Migration = {
  up: async (db) => {
    await db.schema
      .alterTable("certificates")
      .addColumn("issuer_purpose", "text", (column) => column.notNull().defaultTo(""))
      .execute();
    await db.schema
      .alterTable("certificates")
      .addColumn("issuer_version", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
    for (const column of ["revoked_at", "revocation_reason", "invalid_from"]) {
      await db.schema.alterTable("certificates").addColumn(column, "text").execute();
    }
    const tables = db as unknown as Kysely<CertificatesTable>;
    for (const name of ["sm2", "es256"]) {
      await tables
        .updateTable("certificates")
        .set({ issuer_purpose: `ca.issuing.${name}` })
        .where("authority_id", "=", `authority_${name}`)
        .execute();
    }
    await db.schema
      .createIndex("certificates_issuer")
      .on("certificates")
      .columns(["issuer_purpose", "revoked_at"])
      .execute();
    await db.schema
      .createTable("certificate_lists")
      .addColumn("issuer_purpose", "text", (column) => column.notNull())
      // One sequence for all keys of an issuer, since they share its name (RFC 5280 §5.2.3).
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("issuer_version", "integer", (column) => column.notNull())
      .addColumn("this_update", "text", (column) => column.notNull())
      .addColumn("next_update", "text", (column) => column.notNull())
      .addColumn("list", bytesColumn(db), (column) => column.notNull())
      .addPrimaryKeyConstraint("certificate_lists_number", ["issuer_purpose", "number"])
      .execute();
  },
};
