import type { AuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

import type { DeskEvents } from "../domain/desk-events.ts";
import type { Session } from "../domain/session.ts";
import type { SessionStore } from "../operations/ports.ts";
import type { DeskSchema } from "./schema.ts";

/** Sessions in desk's own database; that one begins or ends is an audit event. */
export function createSessionStore(db: Kysely<DeskSchema>, trail: AuditTrail<DeskEvents>): SessionStore {
  return {
    find: async (idDigest) => {
      const row = await db
        .selectFrom("sessions")
        .selectAll()
        .where("id_digest", "=", idDigest)
        .executeTakeFirst();
      return row && sessionOf(row);
    },
    add: (session) =>
      transact(db, async (tx) => {
        await tx.insertInto("sessions").values(rowOf(session)).execute();
        const { personId: person, lastSeenAt: occurredAt } = session;
        await trail
          .in(tx)
          .append({ action: "session.begun", actor: person, subject: person, occurredAt, detail: {} });
      }),
    touch: async (idDigest, seenAt) => {
      await db
        .updateTable("sessions")
        .set({ last_seen_at: seenAt.toISOString() })
        .where("id_digest", "=", idDigest)
        .execute();
    },
    end: ({ idDigest, personId: person }, at) =>
      transact(db, async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom("sessions")
          .where("id_digest", "=", idDigest)
          .executeTakeFirst();
        // Of two requests that end it, one did.
        if (numDeletedRows === 0n) return;
        await trail
          .in(tx)
          .append({ action: "session.ended", actor: person, subject: person, occurredAt: at, detail: {} });
      }),
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

function rowOf(session: Session): DeskSchema["sessions"] {
  return {
    id_digest: session.idDigest,
    form_token: session.formToken,
    access_token: session.accessToken,
    id_token: session.idToken,
    person_id: session.personId,
    person_name: session.personName,
    organization_name: session.organizationName,
    last_seen_at: session.lastSeenAt.toISOString(),
    token_expires_at: session.tokenExpiresAt.toISOString(),
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
