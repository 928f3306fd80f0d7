import { concatBytes } from "@yinxin/crypto/bytes";
import { parseDerPrefix } from "@yinxin/crypto/der";
import type { AuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { KeyRings } from "@yinxin/service-kit/key-rings";
import type { Kysely, Transaction } from "kysely";
import { z } from "zod";

import { purposeAlgorithms } from "../domain/purpose.ts";
import type { StoredPurpose } from "../domain/purpose.ts";
import type { signingEvents } from "../domain/signing-events.ts";
import type { SigningStore, SigningUnit } from "../operations/signing-store.ts";
import type { SigningSchema } from "./signing-schema.ts";

export interface SigningStoreDeps {
  readonly db: Kysely<SigningSchema>;
  readonly trail: AuditTrail<typeof signingEvents>;
  readonly rings: Pick<KeyRings, "in">;
}

/** The signing service's memory in its database. */
export function createSigningStore({ db, trail, rings }: SigningStoreDeps): SigningStore {
  return {
    findPurpose: async (name) => {
      const row = await selectPurposes(db).where("name", "=", name).executeTakeFirst();
      return row && purposeOf(row);
    },
    listPurposes: async () => (await selectPurposes(db).orderBy("name").execute()).map(purposeOf),
    transact: (change) =>
      transact(db, (tx) => change({ ...createUnit(tx), rings: rings.in(tx), audit: trail.in(tx) })),
  };
}

function selectPurposes(db: Kysely<SigningSchema>) {
  return db
    .selectFrom("purposes")
    .select(["name", "algorithm", "key_uri", "certificate", "chain", "created_at"]);
}

const algorithmSchema = z.enum(purposeAlgorithms);

function purposeOf(row: SigningSchema["purposes"]): StoredPurpose {
  return {
    name: row.name,
    algorithm: algorithmSchema.parse(row.algorithm),
    keyUri: row.key_uri,
    certificate: row.certificate,
    chain: splitDer(row.chain),
    createdAt: new Date(row.created_at),
  };
}

function splitDer(joined: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let rest = joined; rest.length > 0;) {
    const { raw } = parseDerPrefix(rest);
    parts.push(raw);
    rest = rest.subarray(raw.length);
  }
  return parts;
}

function createUnit(tx: Transaction<SigningSchema>): Pick<SigningUnit, "addPurpose" | "addSignature"> {
  return {
    addPurpose: async ({ name, algorithm, keyUri, certificate, chain, createdAt }) => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto("purposes")
        .values({
          name,
          algorithm,
          key_uri: keyUri,
          certificate,
          chain: concatBytes(...chain),
          created_at: createdAt.toISOString(),
        })
        .onConflict((conflict) => conflict.column("name").doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    addSignature: async (signature) => {
      await tx
        .insertInto("signatures")
        .values({
          id: signature.id,
          purpose: signature.purpose,
          key_version: signature.keyVersion,
          message_digest: signature.messageDigest,
          signed_at: signature.signedAt.toISOString(),
          actor: signature.actor,
          on_behalf_of: signature.onBehalfOf ?? null,
        })
        .execute();
    },
  };
}
