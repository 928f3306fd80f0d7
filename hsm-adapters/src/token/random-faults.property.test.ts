import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { addKey, createTokenScene } from "../../testing/token-scene.ts";
import type { SimulatedBehaviour, SimulatedFault } from "../simulator/index.ts";
import { recoveryActions } from "./index.ts";

const behaviours: fc.Arbitrary<SimulatedBehaviour> = fc.oneof(
  fc
    .record({
      code: fc.constantFrom(
        "session-lost" as const,
        "device-error" as const,
        "key-handle-stale" as const,
        "login-lost" as const,
        "device-busy" as const,
        "vendor-error" as const,
        "algorithm-not-supported" as const,
        "not-permitted" as const,
      ),
      poisons: fc.boolean(),
    })
    // Only after errors that spoil a session; after others it would be the simulator that is wrong.
    .map(({ code, poisons }) => ({
      kind: "error" as const,
      code,
      poisons: poisons && recoveryActions[code].action.startsWith("replace-session"),
    })),
  fc.constantFrom<SimulatedBehaviour>(
    { kind: "slow", milliseconds: 3 },
    { kind: "crash" },
    { kind: "silence" },
    { kind: "empty-signature" },
    { kind: "wrong-signature" },
    { kind: "drop-sessions" },
    { kind: "lose-login" },
    { kind: "forget-handles" },
    { kind: "remove", milliseconds: 5 },
  ),
);

const schedules = fc
  .array(
    fc.record({
      operation: fc.constantFrom(
        "sign" as const,
        "sign" as const,
        "sign" as const,
        "open-session" as const,
        "find-key" as const,
        "validate" as const,
      ),
      at: fc.integer({ min: 1, max: 40 }),
      times: fc.integer({ min: 1, max: 3 }),
      does: behaviours,
    }),
    { maxLength: 6 },
  )
  .map((faults): SimulatedFault[] => faults.map((fault, place) => ({ name: `f${String(place)}`, ...fault })));

const codes: readonly string[] = Object.keys(recoveryActions);

describe("a token store under any misfortunes", () => {
  it("answers each request once, rightly or by an error of the closed set, within its sessions", async () => {
    await fc.assert(
      fc.asyncProperty(schedules, fc.integer({ min: 1, max: 6 }), async (faults, sessions) => {
        const scene = createTokenScene();
        try {
          const uri = await addKey(scene);
          const store = await scene.open({
            options: {
              sessions,
              deadlineMilliseconds: 40,
              requestMilliseconds: 400,
              pollRemovedMilliseconds: 5,
            },
            config: { faults },
          });
          const signer = await store.signer(uri).catch((cause: unknown) => {
            expect(cause).toMatchObject({ code: expect.toBeOneOf([...codes]) as string });
            return undefined;
          });
          if (signer === undefined) return;
          const messages = Array.from({ length: 48 }, (_, number) => utf8Of(`message ${String(number)}`));
          let answers = 0;
          const outcomes = await Promise.allSettled(
            messages.map((message) => signer.sign({ message }).finally(() => (answers += 1))),
          );
          const { algorithm, publicKey } = signer;
          for (const [place, outcome] of outcomes.entries()) {
            const message = messages[place] ?? new Uint8Array();
            if (outcome.status === "rejected") {
              expect(outcome.reason).toMatchObject({
                name: "KeyStoreError",
                code: expect.toBeOneOf([...codes]) as string,
              });
            } else {
              expect(verifySignature({ algorithm, publicKey, message, signature: outcome.value })).toBe(true);
            }
          }
          expect(answers).toBe(messages.length);
          const { counters, sessions: pooled, queued } = await store.health();
          const signed = outcomes.filter(({ status }) => status === "fulfilled").length;
          expect(counters).toMatchObject({ signatures: signed, failures: messages.length - signed });
          expect(pooled?.busy).toBe(0);
          expect(queued).toBe(0);
          expect(scene.statistics).toMatchObject({ overlaps: 0, usesAfterPoisoning: 0 });
          expect(scene.statistics.mostOpenSessions).toBeLessThanOrEqual(Math.max(sessions, 1));
        } finally {
          await scene.dispose();
        }
      }),
      { numRuns: fuzzRuns(25) },
    );
  });
});
