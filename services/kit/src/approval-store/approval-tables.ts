import { sql } from "kysely";
import type { Kysely } from "kysely";

import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import { storedChangeStates } from "./stored-change.ts";
import type { StoredChangeState } from "./stored-change.ts";

/** The tables of approvals as they are stored. Bytes are what was signed; everything else is for finding. */
export interface ApprovalTables {
  officer_policies: {
    version: number;
    digest: string;
    /** Canonical JSON. */
    policy: Uint8Array;
    /** The approved change that brought it, as JSON; null for the first. */
    change: string | null;
    adopted_at: string;
  };
  changes: {
    id: string;
    digest: string;
    nonce: string;
    operation: string;
    target: string;
    proposer: string;
    state: StoredChangeState;
    request: Uint8Array;
    signature: Uint8Array;
    created_at: string;
    not_after: string;
    uses: number;
    /** Counts what was written to this change, for compare-and-swap. */
    revision: number;
    /** Where the break-glass key was used: until when two officers must have looked at it, and their change. */
    review_before: string | null;
    reviewed_by: string | null;
  };
  change_statements: {
    change_id: string;
    position: number;
    statement: Uint8Array;
    signature: Uint8Array;
    officer: string;
    decision: "approve" | "reject";
    received_at: string;
  };
  change_executions: {
    change_id: string;
    number: number;
    executed_at: string;
    executor: string;
    result: string;
  };
  request_nonces: { key_id: string; nonce: string; expires_at: string };
  officer_clock: { id: number; seen_at: string };
}

/** The tables of approvals; part of every service's migrations, under the name `0011-approvals`. */
export const approvalsMigration: Migration = {
  up: async (db) => {
    await createPolicies(db);
    await createChanges(db);
    await createRequests(db);
  },
};

async function createPolicies(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("officer_policies")
    .addColumn("version", "integer", (column) => column.primaryKey())
    .addColumn("digest", "text", (column) => column.notNull().unique())
    .addColumn("policy", bytesColumn(db), (column) => column.notNull())
    .addColumn("change", "text")
    .addColumn("adopted_at", "text", (column) => column.notNull())
    .execute();
}

async function createChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("changes")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("digest", "text", (column) => column.notNull().unique())
    .addColumn("nonce", "text", (column) => column.notNull().unique())
    .addColumn("operation", "text", (column) => column.notNull())
    .addColumn("target", "text", (column) => column.notNull())
    .addColumn("proposer", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) =>
      column.notNull().check(sql`state in (${sql.join(storedChangeStates.map((state) => sql.lit(state)))})`),
    )
    .addColumn("request", bytesColumn(db), (column) => column.notNull())
    .addColumn("signature", bytesColumn(db), (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("not_after", "text", (column) => column.notNull())
    .addColumn("uses", "integer", (column) => column.notNull())
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("review_before", "text")
    .addColumn("reviewed_by", "text")
    .execute();
  await db.schema.createIndex("changes_state").on("changes").columns(["state", "created_at"]).execute();
  await db.schema
    .createTable("change_statements")
    .addColumn("change_id", "text", (column) => column.notNull().references("changes.id"))
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("statement", bytesColumn(db), (column) => column.notNull())
    .addColumn("signature", bytesColumn(db), (column) => column.notNull())
    .addColumn("officer", "text", (column) => column.notNull())
    .addColumn("decision", "text", (column) => column.notNull())
    .addColumn("received_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("change_statements_key", ["change_id", "position"])
    .execute();
  await db.schema
    .createTable("change_executions")
    .addColumn("change_id", "text", (column) => column.notNull().references("changes.id"))
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("executed_at", "text", (column) => column.notNull())
    .addColumn("executor", "text", (column) => column.notNull())
    .addColumn("result", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("change_executions_key", ["change_id", "number"])
    .execute();
}

async function createRequests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("request_nonces")
    .addColumn("key_id", "text", (column) => column.notNull())
    .addColumn("nonce", "text", (column) => column.notNull())
    .addColumn("expires_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("request_nonces_key", ["key_id", "nonce"])
    .execute();
  await db.schema.createIndex("request_nonces_expiry").on("request_nonces").column("expires_at").execute();
  await db.schema
    .createTable("officer_clock")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("seen_at", "text", (column) => column.notNull())
    .execute();
  await (db as unknown as Kysely<ApprovalTables>)
    .insertInto("officer_clock")
    .values({ id: 1, seen_at: "1970-01-01T00:00:00.000Z" })
    .execute();
}
