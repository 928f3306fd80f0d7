import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";

import type { KeyUse } from "./audit-event.ts";
import { findEvents } from "./audit-search.ts";
import type { EventQuery } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import type { JsonValue } from "./canonical-json.ts";
import { eventColumns } from "./read-event-rows.ts";
import type { StoredEvent } from "./read-event-rows.ts";

/** An event as it is read; the members of its leaf. */
export interface RecordedEvent {
  readonly index: number;
  readonly occurredAt: Date;
  readonly action: string;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly subject: string;
  readonly requestId?: string;
  readonly key?: Pick<KeyUse, "purpose" | "version">;
  readonly detail: JsonValue;
}

/** What to look for; every member given narrows. */
export interface AuditQuery {
  readonly action?: string;
  /** One of these. */
  readonly actions?: readonly string[];
  readonly actor?: string;
  readonly subject?: string;
  /** Only events that say that somebody looked at something. */
  readonly isReading?: boolean;
  readonly requestId?: string;
  /** A ring, or one version of it. */
  readonly key?: { readonly purpose: string; readonly version?: number };
  readonly since?: Date;
  /** Events before this moment. */
  readonly until?: Date;
  /** Stands somewhere in the action, actor, subject or detail; upper and lower case of a-z are one. */
  readonly text?: string;
}

export interface AuditPage {
  /** {@link auditPageDefault} if absent, {@link auditPageMax} at most. */
  readonly limit?: number;
  /** The place to begin at, which `next` of the page before gave. */
  readonly from?: number;
  /** `descending`, the newest first, if absent. */
  readonly order?: "ascending" | "descending";
}

export interface AuditSearchResult {
  readonly events: readonly RecordedEvent[];
  /** Where the next page begins; absent on the last. */
  readonly next?: number;
}

export const auditPageDefault = 50;
/** Some 300 KB of JSON. */
export const auditPageMax = 1000;

/** One page of the events that fit, in the log's own order. Pages stay what they are while events are appended. */
export async function searchAudit<Schema>(
  db: Kysely<Schema>,
  query: AuditQuery,
  { limit = auditPageDefault, from, order = "descending" }: AuditPage = {},
): Promise<AuditSearchResult> {
  const count = Math.max(1, Math.min(limit, auditPageMax));
  const rows = await findEvents(db, {
    columns: eventColumns,
    where: (events) => narrowed(events, query),
    order,
    ...(from !== undefined && { from }),
    limit: count + 1,
  });
  const next = rows.at(count)?.leaf_index;
  return { events: rows.slice(0, count).map(recordedEventOf), ...(next !== undefined && { next }) };
}

/** Who looked at a record, newest first: every event `….read` of it, whichever catalogue it is of. */
export function accessHistory<Schema>(
  db: Kysely<Schema>,
  subject: string,
  page: AuditPage = {},
): Promise<AuditSearchResult> {
  return searchAudit(db, { subject, isReading: true }, page);
}

/** How many neighbours of a request's events are shown on either side. */
const neighboursDefault = 20;

/** Everything around a request: its own events and those that came just before, between and after them, oldest first. */
export async function auditAroundRequest<Schema>(
  db: Kysely<Schema>,
  requestId: string,
  neighbours = neighboursDefault,
): Promise<readonly RecordedEvent[]> {
  const { events } = await searchAudit(db, { requestId }, { limit: auditPageMax, order: "ascending" });
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rows = await (db as unknown as Kysely<AuditTables>)
    .selectFrom("audit_events")
    .select(eventColumns)
    .where("leaf_index", ">=", first.index - neighbours)
    .where("leaf_index", "<=", last.index + neighbours)
    .orderBy("leaf_index")
    .limit(auditPageMax)
    .execute();
  return rows.map(recordedEventOf);
}

function narrowed(events: EventQuery, query: AuditQuery): EventQuery {
  const { key, since, until, text } = query;
  const exact = {
    action: query.action,
    actor: query.actor,
    subject: query.subject,
    request_id: query.requestId,
    key_purpose: key?.purpose,
    key_version: key?.version,
  };
  let found = events;
  for (const [column, value] of Object.entries(exact)) {
    if (value !== undefined) found = found.where(column as keyof typeof exact, "=", value);
  }
  if (query.actions !== undefined) found = found.where("action", "in", query.actions);
  if (query.isReading === true) found = found.where("action", "like", "%.read");
  if (since !== undefined) found = found.where("occurred_at", ">=", since.toISOString());
  if (until !== undefined) found = found.where("occurred_at", "<", until.toISOString());
  return text === undefined
    ? found
    : found.where((row) => row.or(textColumns.map((column) => standsIn(column, text))));
}

const textColumns = ["action", "actor", "subject", "detail"] as const;

/** The characters that LIKE gives a meaning are escaped; the databases differ in case, so each lowers both sides its own way. */
function standsIn(column: (typeof textColumns)[number], text: string): RawBuilder<boolean> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return sql<boolean>`lower(${sql.ref(column)}) like lower(${pattern}) escape '\\'`;
}

/** An event from its row. */
export function recordedEventOf(row: StoredEvent): RecordedEvent {
  const { key_purpose: purpose, key_version: version } = row;
  return {
    index: row.leaf_index,
    occurredAt: new Date(row.occurred_at),
    action: row.action,
    actor: row.actor,
    ...(row.on_behalf_of !== null && { onBehalfOf: row.on_behalf_of }),
    subject: row.subject,
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(purpose !== null && version !== null && { key: { purpose, version } }),
    detail: JSON.parse(row.detail) as JsonValue,
  };
}
