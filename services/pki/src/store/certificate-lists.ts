import type { Kysely, Transaction } from "kysely";

import type { PkiStore, StoredCertificateList } from "../operations/pki-store.ts";
import { revocationIn } from "./certificate-row.ts";
import type { PkiSchema } from "./pki-schema.ts";

/** Revoked certificates and the signed lists of them, as {@link PkiStore} has them. */
export function certificateListsIn(
  db: Kysely<PkiSchema>,
): Pick<PkiStore, "listRevoked" | "latestCertificateList" | "lastListNumber"> {
  return {
    listRevoked: async (issuerPurpose, notBefore) => {
      const rows = await db
        .selectFrom("certificates")
        .select(["serial_number", "revoked_at", "revocation_reason", "invalid_from"])
        .where("issuer_purpose", "=", issuerPurpose)
        .where("revoked_at", "is not", null)
        .$if(notBefore !== undefined, (query) =>
          query.where("not_after", ">=", notBefore?.toISOString() ?? ""),
        )
        .orderBy("serial_number")
        .execute();
      return rows.flatMap((row) => {
        const { revocation } = revocationIn(row);
        return revocation === undefined ? [] : [{ serialNumber: row.serial_number, ...revocation }];
      });
    },
    latestCertificateList: async ({ purpose, version }) => {
      const row = await db
        .selectFrom("certificate_lists")
        .select(["number", "this_update", "next_update", "list"])
        .where("issuer_purpose", "=", purpose)
        .where("issuer_version", "=", version)
        .orderBy("number", "desc")
        .limit(1)
        .executeTakeFirst();
      return (
        row && {
          issuer: { purpose, version },
          number: row.number,
          thisUpdate: new Date(row.this_update),
          nextUpdate: new Date(row.next_update),
          list: row.list,
        }
      );
    },
    lastListNumber: async (issuerPurpose) => {
      const { last } = await db
        .selectFrom("certificate_lists")
        .select((select) => select.fn.max<number | null>("number").as("last"))
        .where("issuer_purpose", "=", issuerPurpose)
        .executeTakeFirstOrThrow();
      return last ?? 0;
    },
  };
}

/** False if a list with this number is there already. */
export async function addCertificateList(
  tx: Transaction<PkiSchema>,
  { issuer, number, thisUpdate, nextUpdate, list }: StoredCertificateList,
): Promise<boolean> {
  const result = await tx
    .insertInto("certificate_lists")
    .values({
      issuer_purpose: issuer.purpose,
      number,
      issuer_version: issuer.version,
      this_update: thisUpdate.toISOString(),
      next_update: nextUpdate.toISOString(),
      list,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
