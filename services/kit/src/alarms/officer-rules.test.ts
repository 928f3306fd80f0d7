import { beforeAll, describe, expect, it } from "vitest";

import type { StoredChange } from "../approval-store/index.ts";
import { officerRootsOf, openPolicy } from "../approvals/index.ts";
import type { OpenPolicy } from "../approvals/index.ts";
import type { KeyVersion } from "../key-rings/index.ts";
import { createTestOfficers, fixedClock } from "../testing/index.ts";
import {
  findingsOfAltered,
  findingsOfOfficers,
  findingsOfRefused,
  findingsOfStopped,
  findingsOfWaiting,
} from "./index.ts";

const now = new Date("2026-11-22T08:00:00Z");
const dayMilliseconds = 86_400_000;

describe("what officers are told of each other", () => {
  it("is a change that has waited for minutes, by its number, as a notice", () => {
    const request = {
      ...{ operation: "key.resume", target: "seal.maker", proposer: "wang-lei" },
      ...{ created_at: "2026-11-22T07:55:00.000Z", not_after: "2026-11-23" },
    };
    // Only what the rule reads.
    const change = {
      id: "chg_1",
      verification: { request, counted: 1, needed: 2 },
    } as unknown as StoredChange;
    expect(findingsOfWaiting([change], new Date(now.getTime() - 1))).toEqual([]);
    const [found] = findingsOfWaiting([change], now);
    expect(found).toMatchObject({ kind: "change-waiting", key: "chg_1", severity: "notice" });
    expect(found?.detail.en).toContain("wang-lei asks for key.resume seal.maker; 1 of 2 persons have signed");
  });

  it("is a change that somebody edited, at once", () => {
    const change = {
      id: "chg_1",
      operation: "key.destroy",
      target: "seal.maker",
      found: "change: another digest",
    };
    expect(findingsOfAltered([change])).toMatchObject([
      { kind: "change-altered", key: "chg_1", severity: "critical" },
    ]);
  });

  it("is what one person stopped, for as long as it is stopped", () => {
    const version = { purpose: "seal.maker", version: 2, suspendedAt: now } as KeyVersion;
    const freeze = { scope: "unit:u1", reason: "raid", since: now } as const;
    expect(findingsOfStopped([], [])).toEqual([]);
    expect(findingsOfStopped([version], [freeze])).toMatchObject([
      { kind: "stopped", key: "seal.maker/2/2026-11-22T08:00:00.000Z", severity: "critical" },
      { kind: "stopped", key: "unit:u1/2026-11-22T08:00:00.000Z", severity: "critical", subject: "unit:u1" },
    ]);
  });

  it("is the third refused attempt of an hour", () => {
    const codes = ["approval-own-request"];
    expect(findingsOfRefused({ count: 2, codes })).toEqual([]);
    expect(findingsOfRefused({ count: 3, codes })).toMatchObject([
      { kind: "attempts-refused", severity: "warning" },
    ]);
  });

  describe("of certificates", () => {
    let policy: OpenPolicy;
    beforeAll(async () => {
      const officers = await createTestOfficers(fixedClock(now));
      policy = openPolicy(officers.policy, "sm3:", officerRootsOf(officers.trust));
    });

    it.each([
      [91, undefined],
      [90, "notice"],
      [30, "warning"],
      [7, "critical"],
      [-1, "critical"],
    ])("is every officer, the sealed key and every root with %i days left", (days, severity) => {
      const people = { ...policy, anchors: [], intermediates: [] };
      const ends = policy.signatories.map(({ certificate }) => certificate.notAfter.getTime());
      const found = findingsOfOfficers(people, new Date(Math.min(...ends) - days * dayMilliseconds));
      expect(found[0]?.severity).toBe(severity);
      if (severity === undefined) return;
      expect(found.every(({ kind }) => kind === "officer-certificate-expires")).toBe(true);
      expect(found.map(({ subject }) => subject)).toContain("wang-lei");
    });

    it("names roots by their subjects", () => {
      const [anchor] = policy.anchors;
      const end = anchor?.notAfter ?? now;
      const found = findingsOfOfficers({ signatories: [], intermediates: [], anchors: policy.anchors }, end);
      expect(found).toHaveLength(policy.anchors.length);
    });
  });
});
