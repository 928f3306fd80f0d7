import { sql } from "kysely";
import type { ColumnType, CreateTableBuilder, Generated, Kysely } from "kysely";

import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import { keyStateNames } from "./key-states.ts";
import type { KeyState } from "./key-states.ts";

/** A count that may pass 2³¹; PostgreSQL's driver gives it as text. */
type Count = ColumnType<number | string, number, number>;
type NullableCount = ColumnType<number | string | null, number | null, number | null>;

/** The tables of key rings as they are stored; times are RFC 3339 in UTC. */
export interface KeyRingTables {
  key_rings: {
    purpose: string;
    title_zh: string;
    title_en: string;
    algorithm: string;
    crypto_period_days: number;
    usage_limit: NullableCount;
    propagation_seconds: number;
    overlap_seconds: number | null;
    plan: string;
    created_at: string;
  };
  key_versions: {
    purpose: string;
    version: number;
    state: KeyState;
    algorithm: string;
    /** A JSON list. */
    key_uris: string;
    public_key: Uint8Array;
    key_id: string;
    certificate: Uint8Array | null;
    /** A JSON list of base64. */
    chain: string | null;
    is_standby: number;
    is_frozen: number;
    signatures: Count;
    usage_limit: NullableCount;
    created_at: string;
    published_at: Generated<string | null>;
    activated_at: Generated<string | null>;
    suspended_at: Generated<string | null>;
    retiring_at: Generated<string | null>;
    deactivated_at: Generated<string | null>;
    compromised_at: Generated<string | null>;
    destroyed_at: Generated<string | null>;
    served_until: Generated<string | null>;
    last_used_at: Generated<string | null>;
    self_tested_at: Generated<string | null>;
    invalid_from: Generated<string | null>;
    generated_by: string;
    generated_in: string | null;
    label: string;
    is_local: number | null;
    is_extractable: number | null;
    backup_id: Generated<string | null>;
    backup_made_at: Generated<string | null>;
    restore_tested_at: Generated<string | null>;
    change_id: string | null;
  };
  freezes: {
    scope: string;
    since: string;
    reason: string;
    change_id: string | null;
    thawed_at: Generated<string | null>;
  };
  key_use_samples: { purpose: string; version: number; hour: string; signatures: Count };
  key_drifts: {
    kind: string;
    key_uri: string;
    purpose: string | null;
    version: number | null;
    found: string;
    since: string;
    resolved_at: Generated<string | null>;
  };
}

/** The tables of key rings; part of every service's migrations as `0010-key-rings`. */
export const keyRingMigration: Migration = {
  up: async (db) => {
    await createRings(db);
    await createVersions(db);
    await createFreezes(db);
    await createWatch(db);
  },
};

async function createRings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("key_rings")
    .addColumn("purpose", "text", (column) => column.primaryKey())
    .addColumn("title_zh", "text", (column) => column.notNull())
    .addColumn("title_en", "text", (column) => column.notNull())
    .addColumn("algorithm", "text", (column) => column.notNull())
    .addColumn("crypto_period_days", "integer", (column) => column.notNull())
    .addColumn("usage_limit", "bigint")
    .addColumn("propagation_seconds", "integer", (column) => column.notNull())
    .addColumn("overlap_seconds", "integer")
    .addColumn("plan", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .execute();
}

const momentColumns = [
  "published_at",
  "activated_at",
  "suspended_at",
  "retiring_at",
  "deactivated_at",
  "compromised_at",
  "destroyed_at",
  "served_until",
  "last_used_at",
  "self_tested_at",
  "invalid_from",
  "backup_made_at",
  "restore_tested_at",
] as const;

async function createVersions(db: Kysely<unknown>): Promise<void> {
  const table = db.schema
    .createTable("key_versions")
    .addColumn("purpose", "text", (column) => column.notNull().references("key_rings.purpose"))
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("algorithm", "text", (column) => column.notNull())
    .addColumn("key_uris", "text", (column) => column.notNull())
    // A key is one version of one ring, for ever.
    .addColumn("public_key", bytesColumn(db), (column) => column.notNull().unique())
    .addColumn("key_id", "text", (column) => column.notNull().unique())
    .addColumn("certificate", bytesColumn(db))
    .addColumn("chain", "text")
    .addColumn("is_standby", "integer", (column) => column.notNull())
    .addColumn("is_frozen", "integer", (column) => column.notNull())
    .addColumn("signatures", "bigint", (column) => column.notNull())
    .addColumn("usage_limit", "bigint")
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("generated_by", "text", (column) => column.notNull())
    .addColumn("generated_in", "text")
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("is_local", "integer")
    .addColumn("is_extractable", "integer")
    .addColumn("backup_id", "text")
    .addColumn("change_id", "text");
  await momentColumns
    .reduce<CreateTableBuilder<string, string>>((builder, name) => builder.addColumn(name, "text"), table)
    .addPrimaryKeyConstraint("key_versions_identity", ["purpose", "version"])
    .addCheckConstraint("key_versions_state", stateIsKnown())
    .execute();
  await db.schema
    .createIndex("key_versions_active")
    .unique()
    .on("key_versions")
    .column("purpose")
    .where("state" as never, "=", "active" as never)
    .execute();
}

/** From the table of states, so that neither knows a state that the other does not. */
function stateIsKnown() {
  return sql<boolean>`state in (${sql.join(keyStateNames.map((name) => sql.lit(name)))})`;
}

async function createFreezes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("freezes")
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("since", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("change_id", "text")
    .addColumn("thawed_at", "text")
    .execute();
  await db.schema
    .createIndex("freezes_now")
    .unique()
    .on("freezes")
    .column("scope")
    .where("thawed_at" as never, "is", null)
    .execute();
}

async function createWatch(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("key_use_samples")
    .addColumn("purpose", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("hour", "text", (column) => column.notNull())
    .addColumn("signatures", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("key_use_samples_identity", ["purpose", "version", "hour"])
    .execute();
  await db.schema
    .createTable("key_drifts")
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("key_uri", "text", (column) => column.notNull())
    .addColumn("purpose", "text")
    .addColumn("version", "integer")
    .addColumn("found", "text", (column) => column.notNull())
    .addColumn("since", "text", (column) => column.notNull())
    .addColumn("resolved_at", "text")
    .execute();
  await db.schema
    .createIndex("key_drifts_now")
    .unique()
    .on("key_drifts")
    .columns(["kind", "key_uri"])
    .where("resolved_at" as never, "is", null)
    .execute();
}
