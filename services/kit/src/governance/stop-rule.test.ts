import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { auditMigration, defineAuditCatalogue } from "../audit/index.ts";
import { migrateToLatest, openDatabase, transact } from "../database/index.ts";
import { fixedClock, memoryRingKeys, silentLog } from "../testing/index.ts";
import { governanceMigrations, openGovernance } from "./index.ts";

const clock = fixedClock(new Date("2026-11-22T02:00:00Z"));

async function startWithoutWitness(limit: Readonly<Record<string, number>>) {
  const db = await openDatabase<unknown>({ url: "sqlite::memory:", schema: "seal" });
  const folder = await mkdtemp(join(tmpdir(), "yinxin-stop-rule-"));
  onTestFinished(async () => {
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  await migrateToLatest(db, { "0000-audit": auditMigration, ...governanceMigrations });
  const governance = await openGovernance({
    ...{ service: "seal", db, catalogue: defineAuditCatalogue({}), keys: memoryRingKeys() },
    config: { AUDIT_FOLDER: folder, AUDIT_ORIGIN: "test.example/audit/seal", PLAN_FILES: [], ...limit },
    ...{ clock, randomBytes, log: silentLog, fetch },
  });
  const { version, purpose } = await governance.rings.ensure({
    ...{ purpose: "seal.maker", title: { zh: "制章人", en: "Seal maker" }, algorithm: "ES256" },
    ...{ cryptoPeriodDays: 365, propagationSeconds: 0, plan: "none" },
  });
  return {
    ...governance,
    sign: () =>
      transact(db, (tx) =>
        governance.trail.kit.in(tx).append({
          ...{ action: "key.used", actor: "service", subject: purpose, occurredAt: clock.now() },
          ...{ key: { purpose, version }, detail: { for: "a test" } },
        }),
      ),
    signatures: async () => (await governance.rings.find(purpose, version))?.signatures,
  };
}

describe("a service that nobody witnesses", () => {
  it("makes no more signatures once events waited longer than the deployment allows, and still signs its log", async () => {
    const { sign, signatures, auditLog } = await startWithoutWitness({
      AUDIT_WITNESS_ABSENCE_SECONDS_MAX: 60,
    });
    await sign();
    clock.advance(60_000);
    await sign();
    clock.advance(2000);
    await expect(sign()).rejects.toMatchObject({ code: "audit-not-witnessed" });
    expect(await signatures()).toBe(2);
    const before = (await auditLog.state()).size;
    expect((await auditLog.checkpoint()).size).toBe(before);
  });

  it("goes on where the deployment has no such rule", async () => {
    const { sign, signatures } = await startWithoutWitness({});
    await sign();
    clock.advance(3_600_000);
    await sign();
    expect(await signatures()).toBe(2);
  });
});
