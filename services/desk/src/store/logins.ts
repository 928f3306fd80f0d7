import type { Kysely } from "kysely";

import type { LoginStore } from "../operations/ports.ts";
import type { DeskSchema } from "./schema.ts";

/** Logins on their way, in desk's own database. */
export function createLoginStore(db: Kysely<DeskSchema>): LoginStore {
  return {
    add: async (login) => {
      await db
        .insertInto("logins")
        .values({
          id_digest: login.idDigest,
          state: login.state,
          nonce: login.nonce,
          verifier: login.verifier,
          return_path: login.returnPath,
          expires_at: login.expiresAt.toISOString(),
        })
        .execute();
    },
    take: async (idDigest) => {
      const row = await db
        .deleteFrom("logins")
        .where("id_digest", "=", idDigest)
        .returningAll()
        .executeTakeFirst();
      return (
        row && {
          idDigest: row.id_digest,
          state: row.state,
          nonce: row.nonce,
          verifier: row.verifier,
          returnPath: row.return_path,
          expiresAt: new Date(row.expires_at),
        }
      );
    },
    removeExpired: async (now) => {
      await db.deleteFrom("logins").where("expires_at", "<=", now.toISOString()).execute();
    },
  };
}
