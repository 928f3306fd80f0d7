import type { Kysely } from "kysely";

import type { AuditTables } from "../audit/audit-tables.ts";
import { findEvents, firstEventSince } from "../audit/index.ts";
import type { JsonValue } from "../audit/index.ts";
import type { KeyUse } from "../key-rings/index.ts";

/** An event of the audit log that says a key signed. */
export interface SignatureEvent {
  readonly index: number;
  readonly occurredAt: string;
  readonly action: string;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly subject: string;
  readonly detail: JsonValue;
}

/** Enough that a query costs little beside what it reads. */
const rowsAtOnce = 1000;

/** Every event in which a version of a key signed, in the order of the log, in batches. */
export async function* readSignatureEvents(
  db: Kysely<AuditTables>,
  { purpose, version }: KeyUse,
): AsyncGenerator<readonly SignatureEvent[]> {
  for (let from = 0; ;) {
    const rows = await findEvents(db, {
      columns: ["leaf_index", "occurred_at", "action", "actor", "on_behalf_of", "subject", "detail"],
      where: (events) => events.where("key_purpose", "=", purpose).where("key_version", "=", version),
      from,
      limit: rowsAtOnce,
    });
    const last = rows.at(-1);
    if (last === undefined) return;
    from = last.leaf_index + 1;
    yield rows.map((row) => ({
      index: row.leaf_index,
      occurredAt: row.occurred_at,
      action: row.action,
      actor: row.actor,
      ...(row.on_behalf_of !== null && { onBehalfOf: row.on_behalf_of }),
      subject: row.subject,
      detail: JSON.parse(row.detail) as JsonValue,
    }));
  }
}

/** The last event before a moment; the place is -1 if all that the log has came later. */
export interface AuditBoundary {
  readonly index: number;
  readonly occurredAt?: string;
}

/**
 * The last place in the log that nothing from `since` on comes before. A clock that was set back puts a later event below it, never
 * the other way round: what is doubtful counts as after.
 */
export async function findAuditBoundary(db: Kysely<AuditTables>, since: Date): Promise<AuditBoundary> {
  const first = await firstEventSince(db, since.toISOString());
  const last = await db
    .selectFrom("audit_events")
    .select(["leaf_index", "occurred_at"])
    .$if(first !== undefined, (query) => query.where("leaf_index", "<", first ?? 0))
    .orderBy("leaf_index", "desc")
    .limit(1)
    .executeTakeFirst();
  return last === undefined ? { index: -1 } : { index: last.leaf_index, occurredAt: last.occurred_at };
}
