import { randomBytes } from "node:crypto";

import type { Kysely } from "kysely";

import { auditLogMigrations, auditMigration, defineAuditCatalogue } from "../audit/index.ts";
import type { KitTrail } from "../audit/index.ts";
import type { FixedClock } from "../clock/index.ts";
import type { Migration } from "../database/index.ts";
import { transact } from "../database/index.ts";
import { keyRingMigration } from "../key-rings/index.ts";
import type { KeyRings, KeyVersion, RingDeclaration, RingKeys } from "../key-rings/index.ts";
import { createTestGovernance, fixedClock, memoryRingKeys, silentLog } from "../testing/index.ts";
import { createRotations, rotationMigration } from "./index.ts";
import type { Plan, PlanId, PlanRequest, Rotations, RotationsOptions } from "./index.ts";

/** The migrations that plans need, and no service's own. */
export const rotationTestMigrations: Readonly<Record<string, Migration>> = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0010-key-rings": keyRingMigration,
  "0013-rotations": rotationMigration,
};

/** A cache of ten minutes, tokens of an hour. */
export const tokenRing: RingDeclaration = {
  purpose: "sso.token",
  title: { zh: "登录令牌", en: "Access tokens" },
  algorithm: "ES256",
  cryptoPeriodDays: 90,
  propagationSeconds: 600,
  overlapSeconds: 3600,
  plan: "token-key",
};

/** When tests begin. */
export const testStart = new Date("2026-11-21T02:00:00Z");

export const minuteMilliseconds = 60_000;

/** Two officers' approval. */
export const approved = { reason: "到期轮换", requestedBy: "officer_1", persons: ["officer_1", "officer_2"] };

/** Real rings, trail and plans over the database of a test; private keys are in memory. */
export function rotationBench(
  db: Kysely<unknown>,
  given: Partial<
    Pick<RotationsOptions<unknown>, "definitions" | "hooks" | "onStuck" | "ownerOf" | "affected">
  > & {
    readonly clock?: FixedClock;
    readonly keys?: RingKeys;
  } = {},
) {
  const { clock = fixedClock(testStart), keys = memoryRingKeys(), ...options } = given;
  const governance = createTestGovernance({
    service: "test",
    db,
    clock,
    catalogue: defineAuditCatalogue({}),
    keys,
  });
  const { trail, rings } = governance;
  const rotations = createRotations({
    ...{ db, rings, keys, clock, randomBytes, log: silentLog, trail: trail.kit },
    definitions: [],
    hooks: {},
    ...options,
  });
  return {
    ...{ db, clock, keys, trail, rings, rotations },
    ...planning({ db, clock, rotations }),
    ...signing({ db, clock, trail: trail.kit, rings }),
  };
}

interface Parts {
  readonly db: Kysely<unknown>;
  readonly clock: FixedClock;
  readonly rotations: Rotations;
  readonly rings: KeyRings;
  readonly trail: KitTrail;
}

function planning({ db, clock, rotations }: Pick<Parts, "db" | "clock" | "rotations">) {
  return {
    /** Makes a plan as an approved change does. */
    begin: (request: Partial<PlanRequest> = {}): Promise<PlanId> =>
      transact(db, (tx) =>
        rotations.createIn(tx, {
          ...approved,
          definition: "token-key",
          purpose: tokenRing.purpose,
          at: clock.now(),
          ...request,
        }),
      ),
    plan: (id: string): Promise<Plan> => planOf(rotations, id),
    /** Moves the clock from one earliest time to the next until the plan has nothing left to do. */
    finish: async (id: string): Promise<Plan> => {
      for (;;) {
        await rotations.advance();
        const plan = await planOf(rotations, id);
        if (plan.nextAt === undefined || plan.problem !== undefined) return plan;
        clock.advance(Math.max(plan.nextAt.getTime() - clock.now().getTime(), 0));
      }
    },
  };
}

function signing({ db, clock, rings, trail }: Pick<Parts, "db" | "clock" | "rings" | "trail">) {
  return {
    /** One signature of the ring's active key, as a service makes it: signed, then stored with its event in one transaction. */
    sign: async (purpose: string, subject: string, onBehalfOf = "org_1"): Promise<number> => {
      const { use, signer } = await rings.open(purpose);
      await signer.sign({ message: new TextEncoder().encode(subject) });
      await transact(db, (tx) =>
        trail.in(tx).append({
          ...{ actor: "client_1", onBehalfOf, subject, occurredAt: clock.now(), key: use },
          action: "key.used",
          detail: { for: "test" },
        }),
      );
      return use.version;
    },
    states: async (purpose: string) => (await rings.versions(purpose)).map(stateOf),
    /** Signatures of a ring that the log has after its key was suspended: their places. */
    indexesAfterStop: async (purpose: string): Promise<readonly number[]> => {
      const rows = await eventTable(db)
        .selectFrom("audit_events")
        .select(["leaf_index", "action", "detail"])
        .where((or) => or.or([or("subject", "=", purpose), or("key_purpose", "=", purpose)]))
        .orderBy("leaf_index")
        .execute();
      const stop = rows.findIndex(
        ({ action, detail }) => action === "key.moved" && detail.includes('"suspended"'),
      );
      if (stop < 0) throw new Error("the key was not suspended");
      return rows.slice(stop).flatMap((row) => (row.action === "key.used" ? [row.leaf_index] : []));
    },
    /** The actions of a subject's events, in the order of the log. */
    events: async (subject: string): Promise<readonly { action: string; detail: string }[]> =>
      await eventTable(db)
        .selectFrom("audit_events")
        .select(["action", "detail"])
        .where("subject", "=", subject)
        .orderBy("leaf_index")
        .execute(),
  };
}

interface EventTable {
  audit_events: {
    leaf_index: number;
    action: string;
    subject: string;
    detail: string;
    key_purpose: string | null;
  };
}

function eventTable(db: Kysely<unknown>): Kysely<EventTable> {
  return db;
}

export type RotationBench = ReturnType<typeof rotationBench>;

async function planOf(rotations: Rotations, id: string): Promise<Plan> {
  const plan = await rotations.find(id);
  if (plan === undefined) throw new Error(`there is no plan ${id}`);
  return plan;
}

function stateOf({ state }: KeyVersion): string {
  return state;
}
