import { utf8Of } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { transact } from "../database/index.ts";
import type { RotationTables } from "./rotation-tables.ts";

/** A file that a plan made. */
export interface PlanDocument {
  /** A file name: `signatures-0001.jsonl`. */
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
}

/** Keeps documents of a plan, in place of those of the same names. */
export async function putDocuments(
  db: Kysely<RotationTables>,
  planId: string,
  documents: readonly PlanDocument[],
): Promise<void> {
  await transact(db, async (tx) => {
    for (const { name, mediaType, text } of documents) {
      await tx.deleteFrom("plan_documents").where("plan_id", "=", planId).where("name", "=", name).execute();
      await tx
        .insertInto("plan_documents")
        .values({ plan_id: planId, name, media_type: mediaType, content: utf8Of(text) })
        .execute();
    }
  });
}

export interface StoredDocument {
  readonly mediaType: string;
  readonly content: Uint8Array;
}

export async function readDocument(
  db: Kysely<RotationTables>,
  planId: string,
  name: string,
): Promise<StoredDocument | undefined> {
  const row = await db
    .selectFrom("plan_documents")
    .select(["media_type", "content"])
    .where("plan_id", "=", planId)
    .where("name", "=", name)
    .executeTakeFirst();
  return row && { mediaType: row.media_type, content: row.content };
}

export interface DocumentEntry {
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** By name. */
export async function listDocuments(
  db: Kysely<RotationTables>,
  planId: string,
): Promise<readonly DocumentEntry[]> {
  const rows = await db
    .selectFrom("plan_documents")
    .select(["name", "media_type", (row) => row.fn<number>("length", ["content"]).as("size")])
    .where("plan_id", "=", planId)
    .orderBy("name")
    .execute();
  return rows.map((row) => ({ name: row.name, mediaType: row.media_type, sizeBytes: row.size }));
}
