import type { Kysely, Transaction } from "kysely";

import { appendEvent } from "./append-event.ts";
import type { AuditEvent, KeyUse } from "./audit-event.ts";
import type { AuditTables } from "./audit-tables.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { AuditCatalogue } from "./catalogue.ts";
import { kitEvents } from "./kit-events.ts";
import type { KitEvents } from "./kit-events.ts";
import { verifyRows } from "./verify-rows.ts";
import type { AuditVerification } from "./verify-rows.ts";

/** What writes events of one catalogue in one transaction. */
export interface AuditWriter<Catalogue extends AuditCatalogue> {
  /**
   * Appends one event. It is stored when the transaction commits, and events of concurrent transactions follow one
   * another in the order in which they were appended.
   *
   * @throws AuditError `audit-event-malformed` if the detail does not fit the catalogue; `audit-head-moved` if the head is
   *   not there; `audit-key-not-counted` for an event with a key in a trail that was not told how to count. Each undoes the
   *   transaction. What `recordKeyUse` throws passes through.
   */
  append<Action extends keyof Catalogue & string>(event: AuditEvent<Catalogue, Action>): Promise<void>;
}

/** The trail as the kit's own parts write to it: the events of {@link kitEvents}. */
export interface KitTrail {
  in<Schema>(tx: Transaction<Schema>): AuditWriter<KitEvents>;
}

export interface AuditTrail<Catalogue extends AuditCatalogue> {
  /** The trail in a transaction, to write the service's own events in. */
  in<Schema>(tx: Transaction<Schema>): AuditWriter<Catalogue>;
  /** The same trail for the events that every service has. */
  readonly kit: KitTrail;
  /** Holds every event against its hash, in batches. */
  verify(): Promise<AuditVerification>;
}

/** Counts one use of a key in the transaction; it throws if the key may not be used, which undoes the transaction. */
export type RecordKeyUse = <Schema>(tx: Transaction<Schema>, use: KeyUse, at: Date) => Promise<void>;

export interface AuditTrailOptions {
  /** Called for every event with a key, so that counters and the list of signatures are complete by construction. */
  readonly recordKeyUse?: RecordKeyUse;
}

/** An event was not written. */
export class AuditError extends Error {
  readonly code: "audit-event-malformed" | "audit-head-moved" | "audit-key-not-counted";

  constructor(code: AuditError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AuditError";
    this.code = code;
  }
}

/** The audit trail of one service, in its own database: its own events and {@link kitEvents}. */
export function createAuditTrail<Schema, const Catalogue extends AuditCatalogue>(
  db: Kysely<Schema>,
  catalogue: Catalogue,
  options: AuditTrailOptions = {},
): AuditTrail<Catalogue> {
  const tables = db as unknown as Kysely<AuditTables>;
  return {
    in: (tx) => writerOf(tx, catalogue, options),
    kit: { in: (tx) => writerOf(tx, kitEvents, options) },
    verify: () => verifyRows(tables),
  };
}

function writerOf<Schema, Catalogue extends AuditCatalogue>(
  tx: Transaction<Schema>,
  catalogue: Catalogue,
  { recordKeyUse }: AuditTrailOptions,
): AuditWriter<Catalogue> {
  return {
    append: async (event) => {
      const detail = detailOf(catalogue, event.action, event.detail);
      if (event.key !== undefined) {
        if (recordKeyUse === undefined) {
          throw new AuditError(
            "audit-key-not-counted",
            `nothing counts the key of the event ${event.action}`,
          );
        }
        await recordKeyUse(tx, event.key, event.occurredAt);
      }
      const index = await appendEvent(tx as unknown as Transaction<AuditTables>, {
        occurred_at: event.occurredAt.toISOString(),
        action: event.action,
        actor: event.actor,
        on_behalf_of: event.onBehalfOf ?? null,
        subject: event.subject,
        request_id: event.requestId ?? null,
        key_purpose: event.key?.purpose ?? null,
        key_version: event.key?.version ?? null,
        detail,
      });
      if (index === undefined) throw new AuditError("audit-head-moved", "the log has no head to follow");
    },
  };
}

function detailOf(catalogue: AuditCatalogue, action: string, detail: unknown): string {
  const parsed = catalogue[action]?.detail.safeParse(detail);
  if (parsed?.success !== true) {
    throw new AuditError("audit-event-malformed", `the detail does not fit the event ${action}`, {
      cause: parsed?.error,
    });
  }
  return canonicalOrRefused(action, parsed.data);
}

/** An entry of a log has a length of two octets (C2SP tlog-tiles); a detail that fills it is a document and no reference. */
const detailBytesMax = 60_000;

function canonicalOrRefused(action: string, detail: unknown): string {
  const text = canonicalJson(detail);
  if (Buffer.byteLength(text) <= detailBytesMax) return text;
  throw new AuditError("audit-event-malformed", `the detail of the event ${action} is too long`);
}
