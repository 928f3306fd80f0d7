import { parseCertificate } from "@yinxin/crypto/x509";
import type { Migration } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

import type { PkiSchema } from "../src/store/pki-schema.ts";

/**
 * When a revoked certificate ends, so that a list is made without reading the certificates themselves; and an index for those of
 * the authorities' own keys, which are looked up with every certificate that is issued.
 */
export const revokedUntil: Migration = {
  up: async (db) => {
    await db.schema.alterTable("certificates").addColumn("not_after", "text").execute();
    const tables = db as unknown as Kysely<PkiSchema>;
    const revoked = await tables
      .selectFrom("certificates")
      .select(["serial_number", "certificate"])
      .where("revoked_at", "is not", null)
      .execute();
    for (const { serial_number: serialNumber, certificate } of revoked) {
      if (certificate === null) continue;
      await tables
        .updateTable("certificates")
        .set({ not_after: parseCertificate(certificate).notAfter.toISOString() })
        .where("serial_number", "=", serialNumber)
        .execute();
    }
    await db.schema
      .createIndex("certificates_profile")
      .on("certificates")
      .columns(["authority_id", "profile", "reserved_at"])
      .execute();
  },
};
