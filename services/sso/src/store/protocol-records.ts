import { isUniqueViolation } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

import type { SsoSchema } from "./schema.ts";

/** What the OpenID Connect library keeps between requests: sessions, codes, grants, interactions, used assertions. */
export interface ProtocolRecord {
  readonly model: string;
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId?: string;
  readonly uid?: string;
  readonly expiresAt: Date;
}

export interface StoredRecord {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly consumedAt?: Date;
}

export interface ProtocolStore {
  find(model: string, id: string): Promise<StoredRecord | undefined>;
  findByUid(model: string, uid: string): Promise<StoredRecord | undefined>;
  /** Writes or overwrites; whether it was consumed stays as it was. */
  put(record: ProtocolRecord): Promise<void>;
  /** Writes only if there is none yet; false if there is. */
  add(record: ProtocolRecord): Promise<boolean>;
  /** Marks as used; false if it was already, so that of two requests at the same moment one wins. */
  consume(model: string, id: string, at: Date): Promise<boolean>;
  remove(model: string, id: string): Promise<void>;
  removeByGrant(model: string, grantId: string): Promise<void>;
  removeExpired(before: Date): Promise<void>;
}

/** The store over sso's database. */
export function createProtocolStore(db: Kysely<SsoSchema>): ProtocolStore {
  const selected = () => db.selectFrom("protocol_records").select(["payload", "consumed_at"]);
  return {
    find: async (model, id) =>
      storedOf(await selected().where("model", "=", model).where("id", "=", id).executeTakeFirst()),
    findByUid: async (model, uid) =>
      storedOf(await selected().where("model", "=", model).where("uid", "=", uid).executeTakeFirst()),
    put: async (record) => {
      const { model, id, ...values } = rowOf(record);
      await db
        .insertInto("protocol_records")
        .values({ model, id, ...values })
        .onConflict((conflict) => conflict.columns(["model", "id"]).doUpdateSet(values))
        .execute();
    },
    add: async (record) => {
      try {
        await db
          .insertInto("protocol_records")
          .values({ ...rowOf(record), consumed_at: null })
          .execute();
        return true;
      } catch (cause) {
        if (isUniqueViolation(cause)) return false;
        throw cause;
      }
    },
    consume: async (model, id, at) => {
      const updated = await db
        .updateTable("protocol_records")
        .set({ consumed_at: at.toISOString() })
        .where("model", "=", model)
        .where("id", "=", id)
        .where("consumed_at", "is", null)
        .executeTakeFirst();
      return updated.numUpdatedRows === 1n;
    },
    ...createRemovals(db),
  };
}

function createRemovals(
  db: Kysely<SsoSchema>,
): Pick<ProtocolStore, "remove" | "removeByGrant" | "removeExpired"> {
  return {
    remove: async (model, id) => {
      await db.deleteFrom("protocol_records").where("model", "=", model).where("id", "=", id).execute();
    },
    removeByGrant: async (model, grantId) => {
      await db
        .deleteFrom("protocol_records")
        .where("model", "=", model)
        .where("grant_id", "=", grantId)
        .execute();
    },
    removeExpired: async (before) => {
      await db.deleteFrom("protocol_records").where("expires_at", "<", before.toISOString()).execute();
    },
  };
}

function rowOf(record: ProtocolRecord): Omit<SsoSchema["protocol_records"], "consumed_at"> {
  return {
    model: record.model,
    id: record.id,
    payload: JSON.stringify(record.payload),
    grant_id: record.grantId ?? null,
    uid: record.uid ?? null,
    expires_at: record.expiresAt.toISOString(),
  };
}

function storedOf(
  row: Pick<SsoSchema["protocol_records"], "payload" | "consumed_at"> | undefined,
): StoredRecord | undefined {
  if (row === undefined) return undefined;
  return {
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    ...(row.consumed_at !== null && { consumedAt: new Date(row.consumed_at) }),
  };
}
