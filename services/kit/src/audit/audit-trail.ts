import type { Kysely, Transaction } from "kysely";
import type { z } from "zod";

import { isPostgres } from "../database/index.ts";
import { linkOf } from "./audit-tables.ts";
import type { AuditRow, AuditTables } from "./audit-tables.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { AuditCatalogue } from "./catalogue.ts";
import { verifyChain } from "./verify-chain.ts";
import type { AuditVerification } from "./verify-chain.ts";

/** Who did it, and in whose name if that is somebody else. `actorsOf(caller)` gives it. */
export interface AuditActor {
  readonly actor: string;
  readonly onBehalfOf?: string;
}

/** One event as a service writes it. */
export interface AuditEvent<
  Catalogue extends AuditCatalogue,
  Action extends keyof Catalogue,
> extends AuditActor {
  readonly action: Action;
  /** What it was done to, e.g. `seal_…`. */
  readonly subject: string;
  readonly occurredAt: Date;
  readonly detail: z.input<Catalogue[Action]["detail"]>;
}

export interface AuditTrail<Catalogue extends AuditCatalogue> {
  /** The trail in a transaction, to write in. */
  in<Schema>(tx: Transaction<Schema>): {
    /**
     * Appends one event. It is stored when the transaction commits, and events of concurrent transactions follow one
     * another in the order in which they were appended.
     *
     * @throws AuditError `audit-event-malformed` if the detail does not fit the catalogue; `audit-head-moved` if another
     *   writer got between, which undoes the transaction.
     */
    append<Action extends keyof Catalogue & string>(event: AuditEvent<Catalogue, Action>): Promise<void>;
  };
  /** Computes the whole chain again, in batches. */
  verify(): Promise<AuditVerification>;
}

/** An event was not written. */
export class AuditError extends Error {
  readonly code: "audit-event-malformed" | "audit-head-moved";

  constructor(code: AuditError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AuditError";
    this.code = code;
  }
}

/** The audit trail of one service, in its own database. */
export function createAuditTrail<Schema, const Catalogue extends AuditCatalogue>(
  db: Kysely<Schema>,
  catalogue: Catalogue,
): AuditTrail<Catalogue> {
  const tables = db as unknown as Kysely<AuditTables>;
  return {
    in: (tx) => ({
      append: async (event) => {
        const detail = detailOf(catalogue, event.action, event.detail);
        await appendEvent(tx as unknown as Transaction<AuditTables>, {
          occurred_at: event.occurredAt.toISOString(),
          action: event.action,
          actor: event.actor,
          on_behalf_of: event.onBehalfOf ?? null,
          subject: event.subject,
          detail,
        });
      },
    }),
    verify: () => verifyChain(tables),
  };
}

function detailOf(catalogue: AuditCatalogue, action: string, detail: unknown): string {
  const parsed = catalogue[action]?.detail.safeParse(detail);
  if (parsed?.success !== true) {
    throw new AuditError("audit-event-malformed", `the detail does not fit the event ${action}`, {
      cause: parsed?.error,
    });
  }
  return canonicalJson(parsed.data);
}

async function appendEvent(
  tx: Transaction<AuditTables>,
  event: Omit<AuditRow, "sequence" | "previous_link" | "link">,
): Promise<void> {
  const head = await tx
    .selectFrom("audit_head")
    .select(["sequence", "link"])
    .where("id", "=", 1)
    // SQLite's transactions take turns anyway; in PostgreSQL the second writer waits here and then sees the new head.
    .$if(isPostgres(tx), (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
  const content = { ...event, sequence: head.sequence + 1 };
  const link = linkOf(head.link, content);
  const moved = await tx
    .updateTable("audit_head")
    .set({ sequence: content.sequence, link })
    .where("id", "=", 1)
    .where("sequence", "=", head.sequence)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n)
    throw new AuditError("audit-head-moved", "another event was written meanwhile");
  await tx
    .insertInto("audit_events")
    .values({ ...content, previous_link: head.link, link })
    .execute();
}
