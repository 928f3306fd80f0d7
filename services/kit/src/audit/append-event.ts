import { CompiledQuery } from "kysely";
import type { Transaction } from "kysely";

import { isPostgres } from "../database/index.ts";
import { leafHashOf } from "./audit-leaf.ts";
import type { AuditEventRow } from "./audit-leaf.ts";
import { indexEvents, indexedTogether } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";

const columns = [
  "leaf_index",
  "occurred_at",
  "action",
  "actor",
  "on_behalf_of",
  "subject",
  "request_id",
  "key_purpose",
  "key_version",
  "detail",
  "leaf_hash",
] as const satisfies readonly (keyof AuditTables["audit_events"])[];

// Written out: this runs in every change of every service, and building two queries costs more than running them.
const advance = "update audit_head set size = size + 1 where id = 1 returning size";
const insertHead = `insert into audit_events (${columns.join(", ")}) values `;
const insertSqlite = `${insertHead}(${columns.map(() => "?").join(", ")})`;
const insertPostgres = `${insertHead}(${columns.map((_, at) => `$${String(at + 1)}`).join(", ")})`;

/**
 * Appends a leaf: the head one further, and the row. Nothing else of the tree is touched; its inner hashes are made in
 * batches when a checkpoint is, and the index is written every {@link indexedTogether} events. The head's row is locked until
 * the transaction ends, so that places are given without gaps and in the order of commits.
 *
 * @returns its place; undefined if there is no head to advance.
 */
export async function appendEvent(
  tx: Transaction<AuditTables>,
  event: Omit<AuditEventRow, "leaf_index">,
): Promise<number | undefined> {
  const { rows } = await tx.executeQuery<{ size: number }>(CompiledQuery.raw(advance));
  const [head] = rows;
  if (head === undefined) return undefined;
  const row: AuditEventRow = { leaf_index: head.size - 1, ...event };
  const values: Record<(typeof columns)[number], unknown> = { ...row, leaf_hash: leafHashOf(row) };
  const insert = isPostgres(tx) ? insertPostgres : insertSqlite;
  await tx.executeQuery(
    CompiledQuery.raw(
      insert,
      columns.map((column) => values[column]),
    ),
  );
  if (head.size % indexedTogether === 0) await indexEvents(tx);
  return row.leaf_index;
}
