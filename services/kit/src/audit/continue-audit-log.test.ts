import { hexOf } from "@yinxin/crypto/bytes";
import { expect, it } from "vitest";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import type { AuditTables } from "./audit-tables.ts";
import { leafHashOf } from "./audit-leaf.ts";
import { continueAuditLog, verifyAuditLog } from "./index.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  testOrigin,
} from "./testing/audited-service.ts";

describeOnBothDatabases<AuditTables>("a new epoch of an audit log", auditMigrations, (open) => {
  it("goes on over a restored database under a name of its own, and names what was known before", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(30);
    const log = service.open();
    const { size, root } = await log.checkpoint();
    await service.db.deleteFrom("audit_events").where("leaf_index", ">=", 20).execute();
    await service.db.updateTable("audit_head").set({ size: 20 }).execute();
    await expect(log.checkpoint()).rejects.toMatchObject({ code: "rolled-back" });
    const known = { origin: testOrigin, size, root: `sha-256:${hexOf(root)}`, change: "chg_1" };
    const epoch = await transact(service.db, (tx) =>
      continueAuditLog(tx, service.trail.kit, { ...known, actor: "officer_1", at: service.clock.now() }),
    );
    expect(epoch).toBe(2);
    expect(await log.checkpoint()).toMatchObject({ origin: `${testOrigin}/2`, size: 21 });
    await log.check();
    const [event] = await service.db
      .selectFrom("audit_events")
      .selectAll()
      .where("leaf_index", "=", 20)
      .execute();
    expect(JSON.parse(event?.detail ?? "")).toEqual({ ...known, kept: 20 });
    const keys = { logs: [{ key: logKeyOf(service.signer) }], witnesses: [], groups: [], quorum: undefined };
    const options = { db: service.db, folder: service.folder, origin: testOrigin, keys };
    expect(await verifyAuditLog(options)).toMatchObject({ epoch: 2, isWhole: true, provenEvents: 21 });
    await service.db.updateTable("audit_head").set({ epoch: 1, size: 20 }).execute();
    await service.db.deleteFrom("audit_events").where("leaf_index", "=", 20).execute();
    expect(await verifyAuditLog(options)).toMatchObject({ epoch: 2, firstBad: { index: 20 } });
  });

  it("is signed for, and believed, only if officers approved it", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(30);
    const log = service.open();
    await log.checkpoint();
    // Who writes to the database edits history, and has the service sign all of it anew as another epoch.
    const db = service.db;
    await db.updateTable("audit_events").set({ actor: "nobody" }).where("leaf_index", "=", 5).execute();
    const row = await db
      .selectFrom("audit_events")
      .selectAll()
      .where("leaf_index", "=", 5)
      .executeTakeFirstOrThrow();
    await db
      .updateTable("audit_events")
      .set({ leaf_hash: leafHashOf(row) })
      .where("leaf_index", "=", 5)
      .execute();
    await db.updateTable("audit_head").set({ epoch: 2 }).execute();
    const refused = { code: "diverged", message: "no event begins epoch 2" };
    await expect(log.checkpoint()).rejects.toMatchObject(refused);
    await db.updateTable("audit_head").set({ epoch: 1 }).execute();
    const begun = { origin: testOrigin, size: 30, root: `sha-256:${"00".repeat(32)}`, change: "chg_1" };
    await transact(db, (tx) =>
      continueAuditLog(tx, service.trail.kit, { ...begun, actor: "officer_1", at: service.clock.now() }),
    );
    const asked: unknown[] = [];
    const isApproved = (continuation: unknown) => Promise.resolve(asked.push(continuation) === 0);
    await expect(service.open({ isApproved }).checkpoint()).rejects.toMatchObject({ code: "diverged" });
    const { root, change } = begun;
    expect(asked).toEqual([{ epoch: 2, index: 30, size: 30, root, change }]);
    const keys = { logs: [{ key: logKeyOf(service.signer) }], witnesses: [], groups: [], quorum: undefined };
    await service.open().checkpoint();
    const place = { db, folder: service.folder, origin: testOrigin, keys };
    const { findings, isWhole } = await verifyAuditLog({ ...place, isApproved });
    expect({ isWhole, findings }).toMatchObject({
      isWhole: false,
      findings: [{ code: "epoch-not-approved" }],
    });
  });

  it("is not begun with a root that is none", async () => {
    const service = auditedService(await open(), await newFolder());
    const begun = transact(service.db, (tx) =>
      continueAuditLog(tx, service.trail.kit, {
        origin: testOrigin,
        size: 1,
        root: "sha-256:00",
        actor: "officer_1",
        at: service.clock.now(),
      }),
    );
    await expect(begun).rejects.toThrow(RangeError);
  });
});
