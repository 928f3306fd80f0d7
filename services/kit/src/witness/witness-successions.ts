import { parseNote } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import type { Migration } from "../database/index.ts";

/** Notes in which a witness names its next key: a witness keeps its own, and a log those of its witnesses. */
export interface WitnessSuccessionTables {
  witness_successions: { name: string; text: string; note: string; learned_at: string };
}

/** `0015-witness-successions` in every service. */
export const witnessSuccessionMigration: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("witness_successions")
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("note", "text", (column) => column.notNull())
      .addColumn("learned_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("witness_successions_key", ["name", "text"] as never)
      .execute();
  },
};

/** A witness has a new key once a year or so. */
export const witnessSuccessionsMax = 100;

/** The notes of one witness, oldest first; of all, if no name is given. They prove themselves. */
export async function readWitnessSuccessions<Schema>(
  db: Kysely<Schema>,
  name?: string,
): Promise<readonly string[]> {
  const rows = (db as unknown as Kysely<WitnessSuccessionTables>)
    .selectFrom("witness_successions")
    .select("note")
    .orderBy("learned_at")
    .limit(witnessSuccessionsMax);
  const selected = name === undefined ? rows : rows.where("name", "=", name);
  return (await selected.execute()).map(({ note }) => note);
}

/** Keeps a note that was verified; a second time changes nothing. */
export async function keepWitnessSuccession<Schema>(
  db: Kysely<Schema>,
  { name, note, at }: { readonly name: string; readonly note: string; readonly at: Date },
): Promise<void> {
  await (db as unknown as Kysely<WitnessSuccessionTables>)
    .insertInto("witness_successions")
    .values({ name, text: parseNote(note).text, note, learned_at: at.toISOString() })
    .onConflict((conflict) => conflict.columns(["name", "text"]).doNothing())
    .execute();
}
