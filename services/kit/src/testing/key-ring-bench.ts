import { randomBytes } from "node:crypto";

import type { Kysely } from "kysely";

import { auditLogMigrations, auditMigration, createAuditTrail } from "../audit/index.ts";
import type { AuditTrail } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import { fixedClock } from "../clock/index.ts";
import { memoryRingKeys } from "./memory-ring-keys.ts";
import type { MemoryRingKeys } from "./memory-ring-keys.ts";
import { createKeyRings, keyRingMigration } from "../key-rings/index.ts";
import type {
  KeyMoveFacts,
  KeyRings,
  KeyRingsInTransaction,
  KeyState,
  RingDeclaration,
} from "../key-rings/index.ts";
import type { KeyRingTables } from "../key-rings/key-ring-tables.ts";

/** The tables that tests of key rings read directly. */
export interface TestTables extends KeyRingTables {
  audit_events: { leaf_index: number; action: string; actor: string; subject: string; detail: string };
}
/** No events of the service's own. */
type TestEvents = Readonly<Record<string, never>>;

export const ringMigrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0010-key-rings": keyRingMigration,
};

export const start = new Date("2026-11-22T00:00:00Z");

export const makerRing: RingDeclaration = {
  purpose: "seal.maker",
  title: { zh: "制章密钥", en: "Seal maker" },
  algorithm: "ES256",
  cryptoPeriodDays: 365,
  propagationSeconds: 60,
  overlapSeconds: 3600,
  plan: "rotate",
};

export interface RingBench {
  readonly db: Kysely<TestTables>;
  readonly rings: KeyRings;
  readonly keys: MemoryRingKeys;
  readonly trail: AuditTrail<TestEvents>;
  readonly clock: ReturnType<typeof fixedClock>;
  /** Does something in a transaction of its own. */
  change<Result>(work: (rings: KeyRingsInTransaction) => Promise<Result>): Promise<Result>;
  move(version: number, to: KeyState, facts?: Partial<KeyMoveFacts>): Promise<unknown>;
  use(version?: number): Promise<void>;
  events(): Promise<{ action: string; actor: string; subject: string; detail: unknown }[]>;
}

/** One process of a service: rings over a database and keys that it may share with others. */
export function ringBench(
  db: Kysely<TestTables>,
  { keys = memoryRingKeys(), clock = fixedClock(start) }: Partial<Pick<RingBench, "keys" | "clock">> = {},
): RingBench {
  const trail: AuditTrail<TestEvents> = createAuditTrail(
    db,
    {},
    { recordKeyUse: (tx, use, at) => rings.in(tx).recordUse(use, at) },
  );
  const rings: KeyRings = createKeyRings({ db, keys, trail: trail.kit, clock, randomBytes, service: "seal" });
  const change: RingBench["change"] = (work) => transact(db, (tx) => work(rings.in(tx)));
  const { purpose } = makerRing;
  return {
    ...{ db, rings, keys, trail, clock, change },
    move: (version, to, facts = {}) =>
      change((tx) =>
        tx.move({ purpose, version }, to, {
          at: clock.now(),
          reason: "test",
          persons: ["p1", "p2"],
          ...facts,
        }),
      ),
    use: (version = 1) => change((tx) => tx.recordUse({ purpose, version }, clock.now())),
    events: async () => {
      const rows = await db
        .selectFrom("audit_events")
        .select(["action", "actor", "subject", "detail"])
        .orderBy("leaf_index")
        .execute();
      return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as unknown }));
    },
  };
}
