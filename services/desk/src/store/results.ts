import type { AuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

import type { DeskEvents } from "../domain/desk-events.ts";
import type { StampResult } from "../domain/seal.ts";
import type { ResultStore } from "../operations/ports.ts";
import type { DeskSchema } from "./schema.ts";

/** Sealed files that wait to be downloaded, in desk's own database; that one was put there is an audit event. */
export function createResultStore(db: Kysely<DeskSchema>, trail: AuditTrail<DeskEvents>): ResultStore {
  return {
    add: (result, { personId, at }) =>
      transact(db, async (tx) => {
        await tx.insertInto("results").values(rowOf(result)).execute();
        await trail.in(tx).append({
          action: "document.kept",
          actor: personId,
          subject: result.applicationId,
          occurredAt: at,
          detail: { digest: result.digest, kept_until: result.expiresAt.toISOString() },
        });
      }),
    find: async (id) => {
      const row = await db.selectFrom("results").selectAll().where("id", "=", id).executeTakeFirst();
      return row && resultOf(row);
    },
    removeOfSession: async (sessionDigest) => {
      await db.deleteFrom("results").where("session_digest", "=", sessionDigest).execute();
    },
    moveToSession: async (fromDigest, toDigest) => {
      await db
        .updateTable("results")
        .set({ session_digest: toDigest })
        .where("session_digest", "=", fromDigest)
        .execute();
    },
    removeExpired: async (now) => {
      await db.deleteFrom("results").where("expires_at", "<=", now.toISOString()).execute();
    },
  };
}

function rowOf(result: StampResult): DeskSchema["results"] {
  return {
    id: result.id,
    session_digest: result.sessionDigest,
    application_id: result.applicationId,
    file_name: result.fileName,
    format: result.format,
    digest: result.digest,
    content: result.content,
    seal_name: result.sealName,
    signed_at: result.signedAt.toISOString(),
    expires_at: result.expiresAt.toISOString(),
  };
}

function resultOf(row: DeskSchema["results"]): StampResult {
  return {
    id: row.id,
    sessionDigest: row.session_digest,
    applicationId: row.application_id,
    fileName: row.file_name,
    format: row.format === "ofd" ? "ofd" : "pdf",
    digest: row.digest,
    content: row.content,
    sealName: row.seal_name,
    signedAt: new Date(row.signed_at),
    expiresAt: new Date(row.expires_at),
  };
}
