import type { Kysely } from "kysely";

import type { Session } from "../domain/session.ts";
import type { SessionStore } from "../operations/ports.ts";
import type { DeskSchema } from "./schema.ts";

/** Sessions in desk's own database. */
export function createSessionStore(db: Kysely<DeskSchema>): SessionStore {
  return {
    find: async (idDigest) => {
      const row = await db
        .selectFrom("sessions")
        .selectAll()
        .where("id_digest", "=", idDigest)
        .executeTakeFirst();
      return row && sessionOf(row);
    },
    add: async (session) => {
      await db
        .insertInto("sessions")
        .values({
          id_digest: session.idDigest,
          form_token: session.formToken,
          access_token: session.accessToken,
          id_token: session.idToken,
          person_id: session.personId,
          person_name: session.personName,
          organization_name: session.organizationName,
          last_seen_at: session.lastSeenAt.toISOString(),
          token_expires_at: session.tokenExpiresAt.toISOString(),
        })
        .execute();
    },
    touch: async (idDigest, seenAt) => {
      await db
        .updateTable("sessions")
        .set({ last_seen_at: seenAt.toISOString() })
        .where("id_digest", "=", idDigest)
        .execute();
    },
    remove: async (idDigest) => {
      await db.deleteFrom("sessions").where("id_digest", "=", idDigest).execute();
    },
    removeExpired: async (now, idleSince) => {
      await db
        .deleteFrom("sessions")
        .where((row) =>
          row.or([
            row("token_expires_at", "<=", now.toISOString()),
            row("last_seen_at", "<=", idleSince.toISOString()),
          ]),
        )
        .execute();
    },
  };
}

function sessionOf(row: DeskSchema["sessions"]): Session {
  return {
    idDigest: row.id_digest,
    formToken: row.form_token,
    accessToken: row.access_token,
    idToken: row.id_token,
    personId: row.person_id,
    personName: row.person_name,
    organizationName: row.organization_name,
    lastSeenAt: new Date(row.last_seen_at),
    tokenExpiresAt: new Date(row.token_expires_at),
  };
}
