import { expect, it } from "vitest";
import { z } from "zod";

import { approvalsMigration, createApprovals } from "../approval-store/index.ts";
import { defineChangeOperation } from "../approvals/index.ts";
import { auditLogMigrations, auditMigration, createAuditTrail } from "../audit/index.ts";
import { createTestOfficers, describeOnBothDatabases, fixedClock } from "../testing/index.ts";
import { judgeContinuations } from "./index.ts";

const migrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0011-approvals": approvalsMigration,
};
const known = { size: 30, root: `sha-256:${"5a".repeat(32)}` };

describeOnBothDatabases("the approval of a log's epoch", migrations, (open) => {
  it("is that of two officers for this log, this size and this root, and of nobody else", async () => {
    const clock = fixedClock(new Date("2026-11-22T08:00:00Z"));
    const [officers, strangers] = [await createTestOfficers(clock), await createTestOfficers(clock)];
    const db = await open();
    const operation = defineChangeOperation({
      name: "audit.continue",
      title: { zh: "新纪元", en: "New epoch" },
      parameters: z.strictObject({ size: z.int(), root: z.string() }),
      preview: () => Promise.resolve({ effect: [], numbers: {}, steps: [] }),
      execute: () => Promise.resolve({}),
    });
    const { trust } = officers;
    const trail = createAuditTrail(db, {}).kit;
    const approvals = createApprovals({ db, trail, trust, operations: [operation], clock, service: "test" });
    await approvals.importPolicy(officers.chain);
    const now = clock.now().getTime();
    const asked = await officers.propose({
      operation: "audit.continue",
      target: "test",
      parameters: known,
      created_at: new Date(now).toISOString(),
      not_after: new Date(now + 3_600_000).toISOString(),
    });
    await approvals.propose(asked);
    const change = asked.value.id;
    const begun = { epoch: 2, index: 20, change, ...known };
    const isApproved = judgeContinuations({ db, trust, service: "test", clock });
    expect(await isApproved(begun)).toBe(false);
    await approvals.decide(change, await officers.decide(asked.request, "li-qiang", { at: clock.now() }));
    expect(await isApproved(begun)).toBe(true);
    expect(await isApproved({ ...begun, size: 29 })).toBe(false);
    expect(await isApproved({ ...begun, root: `sha-256:${"00".repeat(32)}` })).toBe(false);
    expect(await isApproved({ ...begun, change: "chg_0" })).toBe(false);
    const judges = [
      judgeContinuations({ db, trust, service: "other", clock }),
      judgeContinuations({ db, trust: strangers.trust, service: "test", clock }),
      judgeContinuations({ db, trust: undefined, service: "test", clock }),
    ];
    expect(await Promise.all(judges.map((judge) => judge(begun)))).toEqual([false, false, false]);
  });
});
