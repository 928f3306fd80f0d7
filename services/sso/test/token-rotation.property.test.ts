import { randomBytes } from "node:crypto";

import { migrateToLatest, openDatabase, transact } from "@yinxin/service-kit/database";
import { createRotations } from "@yinxin/service-kit/rotations";
import { createTestGovernance, fixedClock, silentLog } from "@yinxin/service-kit/testing";
import fc from "fast-check";
import type { Kysely } from "kysely";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { migrations } from "../migrations/index.ts";
import { ssoEvents } from "../src/domain/events.ts";
import { longestTokenSeconds } from "../src/domain/lifetimes.ts";
import { tokenPurpose, tokenRing, tokenSkewSeconds } from "../src/domain/token-ring.ts";
import { recordAccessToken } from "../src/operations/record-tokens.ts";
import { createPublishedTokenKeys } from "../src/operations/published-token-keys.ts";
import { tokenKeyHooks } from "../src/operations/token-key-hooks.ts";
import type { SsoSchema } from "../src/store/index.ts";

/** What happens between two looks, and for how long nothing does. */
const steps = fc.array(
  fc.record({
    seconds: fc.integer({ min: 1, max: 1500 }),
    rotate: fc.boolean(),
    // A process that was down, or slow, moves no plan on.
    advance: fc.boolean(),
    /** Of a client: how old its copy is, as a part of what is allowed, and how far its clock is off. */
    copyShare: fc.double({ min: 0, max: 1, noNaN: true }),
    skew: fc.integer({ min: -tokenSkewSeconds, max: tokenSkewSeconds }),
  }),
  { minLength: 8, maxLength: 24 },
);

const cacheAges = fc.record({
  jwksMaxAgeSeconds: fc.integer({ min: 10, max: 900 }),
  clientCacheSeconds: fc.integer({ min: 0, max: 3600 }),
});

describe("over any rotation times, ages of copies and clocks within what is allowed", () => {
  it("no token that has not expired ever meets a copy without its key", async () => {
    await fc.assert(
      fc.asyncProperty(cacheAges, steps, async (caching, moves) => {
        const clock = fixedClock("2026-11-22T02:00:00Z");
        const db = await openDatabase<SsoSchema>({ url: "sqlite::memory:", schema: "sso" });
        try {
          await migrateToLatest(db, migrations);
          const { trail, rings, keys } = createTestGovernance({
            service: "sso",
            db,
            catalogue: ssoEvents,
            clock,
          });
          await rings.ensure(tokenRing(caching));
          const published = createPublishedTokenKeys({ rings, clock, ...caching });
          const engine = createRotations({
            ...{ db, rings, keys, trail: trail.kit, clock, log: silentLog, randomBytes, definitions: [] },
            hooks: tokenKeyHooks({ clock, ...caching }),
          });
          const deps = {
            ...{ rings, audit: trail, clock },
            transact: <Result>(change: Parameters<typeof transact<SsoSchema, Result>>[1]) =>
              transact(db, change),
          };
          const copies: { at: number; kids: readonly string[] }[] = [];
          const tokens: { kid: string; issuedAt: number; expiresAt: number }[] = [];
          const allowed = Math.max(caching.jwksMaxAgeSeconds, caching.clientCacheSeconds) * 1000;
          for (const { seconds, rotate, advance, copyShare, skew } of moves) {
            const now = clock.now().getTime();
            copies.push({ at: now, kids: (await published.document()).keys.map(({ kid }) => kid) });
            if (rotate) await begin(engine, db, clock.now());
            if (advance) await engine.advance();
            const expiresAt = new Date(now + longestTokenSeconds * 1000);
            const { keyId } = await recordAccessToken(deps, {
              ...{ actor: "seal", clientId: "seal", tokenId: "t", scope: "seal:make", expiresAt },
            });
            tokens.push({ kid: keyId, issuedAt: now, expiresAt: expiresAt.getTime() });
            // A client whose clock is late still believes a token that has just expired.
            const theirNow = now + skew * 1000;
            const copy = copies.find(({ at }) => now - at <= allowed * copyShare) ?? copies.at(-1);
            const current = (await published.document()).keys.map(({ kid }) => kid);
            for (const token of tokens.filter((each) => each.expiresAt > theirNow)) {
              expect(current).toContain(token.kid);
              // A copy from before the token is all that a client may have; one from after has its key too.
              expect(copy?.kids).toContain(token.kid);
            }
            clock.advance(seconds * 1000);
          }
        } finally {
          await db.destroy();
        }
      }),
      { numRuns: fuzzRuns(8) },
    );
  });
});

/** One rotation at a time, as the engine has it. */
async function begin(
  engine: ReturnType<typeof createRotations>,
  db: Kysely<SsoSchema>,
  at: Date,
): Promise<void> {
  const isUnderWay = (await engine.list()).some(({ state }) => state !== "done");
  if (isUnderWay) return;
  await transact(db as unknown as Kysely<unknown>, (tx) =>
    engine.createIn(tx, {
      ...{ definition: "token-key", purpose: tokenPurpose, at, reason: "a test", requestedBy: "psn_1" },
      persons: ["psn_1", "psn_2"],
    }),
  );
}
