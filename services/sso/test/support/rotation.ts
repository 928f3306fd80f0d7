import { randomBytes } from "node:crypto";

import { transact } from "@yinxin/service-kit/database";
import { createRotations } from "@yinxin/service-kit/rotations";
import type { Plan, Rotations } from "@yinxin/service-kit/rotations";
import { silentLog } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";

import { tokenPurpose } from "../../src/domain/token-ring.ts";
import { tokenKeyHooks } from "../../src/operations/token-key-hooks.ts";
import { caching } from "./sso-for-tests.ts";
import type { RunningSso } from "./sso-for-tests.ts";

/** The plans of a running sso, moved on by the test. */
export interface TokenRotations {
  readonly rotations: Rotations;
  /** Begins a plan as an approved change does, and runs what is due at once. */
  begin(definition: string): Promise<void>;
  /** The newest plan. */
  plan(): Promise<Plan>;
}

/** Two officers who agreed. */
export const officers = ["psn_officer1", "psn_officer2"];

export function tokenRotations({ database, governance, clock }: RunningSso): TokenRotations {
  const { rings, keys, trail } = governance;
  const rotations = createRotations({
    ...{ db: database, rings, keys, trail: trail.kit, clock, log: silentLog, randomBytes },
    definitions: [],
    hooks: tokenKeyHooks({ clock, jwksMaxAgeSeconds: caching.jwksMaxAgeSeconds }),
  });
  let id = "";
  return {
    rotations,
    begin: async (definition) => {
      id = await transact(database as unknown as Kysely<unknown>, (tx) =>
        rotations.createIn(tx, {
          definition,
          purpose: tokenPurpose,
          reason: "a test",
          requestedBy: "psn_officer1",
          persons: officers,
          at: clock.now(),
        }),
      );
      await rotations.advance();
    },
    plan: async () => {
      const plan = await rotations.find(id);
      if (plan === undefined) throw new Error("no plan was begun");
      return plan;
    },
  };
}
