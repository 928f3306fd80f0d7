import { bytesOfHex } from "@yinxin/crypto/bytes";
import type { Kysely, Transaction } from "kysely";

import { AuditLogError } from "./audit-log-error.ts";
import { endIndexAt } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import type { AuditActor } from "./audit-event.ts";
import type { KitTrail } from "./audit-trail.ts";
import { readHead } from "./checkpoint-rows.ts";
import { originOfEpoch } from "./log-epoch.ts";

/** What officers approved: the last checkpoint known of the epoch that ends. */
export interface AuditContinuation extends AuditActor {
  /** The log's name, without an epoch. */
  readonly origin: string;
  /** Of the last known checkpoint, wherever it was kept: the folder, or a witness. */
  readonly size: number;
  /** `sha-256:…` */
  readonly root: string;
  readonly at: Date;
  /** The approved change. */
  readonly change?: string;
}

/**
 * Begins a new epoch of the log over a database that was restored from a backup, in the transaction of the approved change
 * `audit.continue`. The first event of the epoch, `audit-log.continued`, says which checkpoint was the last known and how many
 * of its events are still there. The new epoch has a name, a folder and a tree of its own, over all events there are.
 *
 * @returns the number of the epoch.
 * @throws AuditLogError `diverged` if the log has no head; RangeError for a root that is none.
 */
export async function continueAuditLog<Schema>(
  tx: Transaction<Schema>,
  trail: KitTrail,
  { origin, size, root, at, change, ...actor }: AuditContinuation,
): Promise<number> {
  const [, hex = ""] = /^sha-256:([0-9a-f]{64})$/.exec(root) ?? [];
  if (bytesOfHex(hex).length !== 32) throw new RangeError("not a root of a log");
  const tables = tx as unknown as Kysely<AuditTables>;
  const head = await readHead(tables);
  if (head === undefined) throw new AuditLogError("diverged", "the log has no head");
  await tables
    .updateTable("audit_head")
    .set({ epoch: head.epoch + 1 })
    .where("id", "=", 1)
    .execute();
  await endIndexAt(tables, head.size);
  const ended = originOfEpoch(origin, head.epoch);
  await trail.in(tx).append({
    action: "audit-log.continued",
    ...actor,
    subject: origin,
    occurredAt: at,
    detail: {
      origin: ended,
      size,
      root,
      kept: Math.min(head.size, size),
      ...(change !== undefined && { change }),
    },
  });
  return head.epoch + 1;
}
