import { cp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hexOf } from "@yinxin/crypto/bytes";
import { noteKeyOf } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { leafHashOf } from "./audit-leaf.ts";
import type { AuditTables } from "./audit-tables.ts";
import { announceLogKey, verifyAuditLog } from "./index.ts";
import type { AuditReport, VerifyAuditLogOptions } from "./index.ts";
import {
  cutEvents,
  cutEventsAndHead,
  editEvent,
  insertEvent,
  readEvent,
  rehashEvents,
  removeEvent,
  setBack,
  shiftEvents,
  swapEvents,
} from "./testing/audit-frauds.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  newSigner,
  testOrigin,
} from "./testing/audited-service.ts";
import type { AuditedService } from "./testing/audited-service.ts";

type Db = Kysely<AuditTables>;

function verify(
  { db, folder, signer }: AuditedService,
  options: Partial<VerifyAuditLogOptions<AuditTables>> = {},
): Promise<AuditReport> {
  const keys = { logs: [{ key: logKeyOf(signer) }], witnesses: [], groups: [], quorum: undefined };
  return verifyAuditLog({ db, folder, origin: testOrigin, keys, ...options });
}

/** 300 events under checkpoints at 100 and 290, and ten that no checkpoint covers yet. */
async function filled(db: Db): Promise<AuditedService> {
  const service = auditedService(db, await newFolder());
  const log = service.open();
  await service.append(100);
  await log.checkpoint();
  await service.append(190);
  await log.checkpoint();
  await service.append(10);
  return service;
}

const frauds: Record<string, [(service: AuditedService) => Promise<unknown>, number, string]> = {
  "a row was changed": [({ db }) => editEvent(db, 270, { actor: "nobody" }), 270, "changed"],
  "a row was changed and hashed again": [
    async ({ db }) => {
      await editEvent(db, 270, { actor: "nobody" });
      await rehashEvents(db, 270);
    },
    270,
    "changed",
  ],
  "a row's column was moved into its detail": [
    async ({ db }) => {
      const row = await readEvent(db, 5);
      await editEvent(db, 5, { detail: `${row.detail},"index":5` });
    },
    5,
    "changed",
  ],
  "the first was changed": [({ db }) => editEvent(db, 0, { detail: '{"number":2}' }), 0, "changed"],
  "a row that is not yet signed was changed": [
    ({ db }) => editEvent(db, 295, { actor: "nobody" }),
    295,
    "changed",
  ],
  "a row was deleted": [({ db }) => removeEvent(db, 100), 100, "missing"],
  "a row was deleted and the rest moved up": [
    async ({ db }) => {
      await removeEvent(db, 100);
      await shiftEvents(db, 101, -1);
      await db.updateTable("audit_head").set({ size: 299 }).execute();
    },
    100,
    "missing",
  ],
  "two rows changed places": [({ db }) => swapEvents(db, 12, 20), 12, "moved"],
  "a row was put in": [({ db }) => insertEvent(db, 40), 40, "added"],
  "a row was put behind the end": [
    async ({ db }) => {
      const row = await readEvent(db, 40);
      const added = { ...row, leaf_index: 300 };
      await db
        .insertInto("audit_events")
        .values({ ...added, leaf_hash: leafHashOf(added) })
        .execute();
    },
    300,
    "added",
  ],
  "the tail was cut": [({ db }) => cutEvents(db, 150), 150, "cut"],
  "the unsigned tail was cut": [({ db }) => cutEvents(db, 295), 295, "cut"],
  "the tail was cut and the head rewritten": [({ db }) => cutEventsAndHead(db, 150), 150, "cut"],
  "the tail was cut, the head rewritten, and the service started again": [
    async ({ db, open }) => {
      await cutEventsAndHead(db, 150);
      await expect(open().checkpoint()).rejects.toMatchObject({ code: "rolled-back" });
    },
    150,
    "cut",
  ],
  "the whole database was restored": [({ db }) => setBack(db, 100), 100, "rolled-back"],
  "the whole database was restored and the service went on": [
    async (service) => {
      await setBack(service.db, 110);
      await service.append(300);
      await expect(service.open().checkpoint()).rejects.toMatchObject({ code: "diverged" });
    },
    110,
    "rolled-back",
  ],
  "everything is gone": [
    async ({ db }) => {
      await setBack(db, 0);
    },
    0,
    "rolled-back",
  ],
  "the head is gone": [({ db }) => db.deleteFrom("audit_head").execute(), 300, "cut"],
};

describeOnBothDatabases<AuditTables>("the verifier of an audit log", auditMigrations, (open, itOnce) => {
  it("finds an honest log whole, and says how far it is proven", async () => {
    const service = await filled(await open());
    expect(await verify(service)).toMatchObject({
      origin: testOrigin,
      epoch: 1,
      events: 300,
      provenEvents: 290,
      findings: [],
      isWhole: true,
      checkpoint: { size: 290, foundIn: "folder" },
    });
    await service.open().checkpoint();
    expect(await verify(service)).toMatchObject({ provenEvents: 300, isWhole: true });
  });

  it.each(Object.entries(frauds))("finds where %s", async (_name, [commit, index, reason]) => {
    const service = await filled(await open());
    await commit(service);
    const report = await verify(service);
    expect(report.firstBad).toMatchObject({ index, reason });
    expect(report.isWhole).toBe(false);
    expect(report.provenEvents).toBe(Math.min(report.checkpoint?.size ?? 0, index));
  });

  itOnce("finds a database restored together with its folder by what a witness has", async () => {
    const service = await filled(await open());
    const { size, root } = await service.open().checkpoint();
    const witnessStates = [{ witness: "w.example", origin: testOrigin, size, root }];
    expect(await verify(service, { witnessStates })).toMatchObject({ isWhole: true });
    await setBack(service.db, 100);
    await rm(service.folder, { recursive: true });
    await service.open().checkpoint();
    expect(await verify(service)).toMatchObject({ isWhole: true });
    const firstBad = { index: 100, reason: "rolled-back" };
    expect((await verify(service, { witnessStates })).firstBad).toMatchObject(firstBad);
    await service.append(300);
    await service.open().checkpoint();
    const forked = (await verify(service, { witnessStates })).firstBad;
    expect(forked?.reason).toBe("rolled-back");
    expect(forked?.index).toBeLessThanOrEqual(100);
  });

  it("finds nothing while events are appended and signed under its eyes", async () => {
    const service = await filled(await open());
    const log = service.open();
    const reading = { isDone: false, appended: 0 };
    const working = (async () => {
      while (!reading.isDone) {
        await service.append(3);
        reading.appended += 3;
        if (reading.appended % 4 === 0) await log.checkpoint();
      }
    })();
    const reports: AuditReport[] = [];
    for (let round = 0; round < 12 || reading.appended < 30; round += 1) reports.push(await verify(service));
    reading.isDone = true;
    await working;
    expect(reports.filter(({ isWhole }) => !isWhole)).toEqual([]);
  });

  it("finds events that were cut before they were signed by the counters of their keys", async () => {
    const service = auditedService(await open(), await newFolder());
    const use = { purpose: "seal.maker", version: 2 };
    await service.append(5, use);
    await service.open().checkpoint();
    await service.append(2, use);
    const keyCounters = () => Promise.resolve([{ ...use, signatures: 7 }]);
    expect(await verify(service, { keyCounters })).toMatchObject({ isWhole: true });
    await setBack(service.db, 6);
    expect(await verify(service)).toMatchObject({ isWhole: true });
    expect(await verify(service, { keyCounters })).toMatchObject({
      firstBad: { index: 6, reason: "cut" },
      findings: [{ code: "key-count-differs" }],
    });
  });

  itOnce("tells another table every event that holds, and what it finds there then", async () => {
    const service = await filled(await open());
    const taken: string[] = [];
    const judge = (): Promise<readonly string[]> => Promise.resolve(["seal.maker/1: state is active"]);
    const keyStates = { take: ({ action }: { readonly action: string }) => taken.push(action), judge };
    expect(await verify(service, { keyStates })).toMatchObject({
      isWhole: false,
      findings: [{ code: "key-state-differs", detail: "seal.maker/1: state is active" }],
    });
    expect(taken).toHaveLength(300);
    await removeEvent(service.db, 100);
    expect(await verify(service, { keyStates })).toMatchObject({ firstBad: { index: 100 }, findings: [] });
  });

  itOnce("believes no checkpoint of a stranger, and a successor only by the log's own word", async () => {
    const service = await filled(await open());
    const next = newSigner();
    const knownKeys = () => Promise.resolve([service.signer.publicKey, next.publicKey]);
    const asNext = { openKeys: () => Promise.resolve([{ signer: next }]), knownKeys };
    const other = auditedService(service.db, service.folder, { signer: next });
    await other.open(asNext).checkpoint();
    expect(await verify(service)).toMatchObject({
      findings: [{ code: "checkpoint-not-trusted" }, { code: "checkpoint-not-trusted" }],
    });

    const good = await filled(await open());
    await transact(good.db, (tx) =>
      announceLogKey(tx, good.trail.kit, {
        origin: testOrigin,
        from: good.signer.publicKey,
        to: next.publicKey,
        actor: "officer_1",
        at: good.clock.now(),
      }),
    );
    await good.open().checkpoint();
    await good.append(5);
    await auditedService(good.db, good.folder, { signer: next })
      .open({ ...asNext, knownKeys: () => Promise.resolve([good.signer.publicKey, next.publicKey]) })
      .checkpoint();
    expect(await verify(good)).toMatchObject({ isWhole: true, provenEvents: 306 });
  });

  itOnce("says what is wrong with the folder, and goes by the database", async () => {
    const service = await filled(await open());
    const copy = await newFolder();
    await cp(service.folder, copy, { recursive: true });
    const tile = join(service.folder, "tile/0/000");
    const bytes = await readFile(tile);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(tile, bytes);
    expect(await verify(service)).toMatchObject({ findings: [{ code: "folder-damaged" }], isWhole: false });
    expect((await verify(service)).firstBad).toBeUndefined();
    await editEvent(service.db, 270, { actor: "nobody" });
    await rehashEvents(service.db, 270);
    const report = await verify(service);
    expect(report.firstBad).toMatchObject({ index: 100, reason: "changed" });
    expect(await verify({ ...service, folder: copy })).toMatchObject({ firstBad: { index: 270 } });
    await rm(service.folder, { recursive: true });
    expect(await verify(service)).toMatchObject({ findings: [{ code: "folder-damaged" }] });
    expect(hexOf(report.checkpoint?.root ?? new Uint8Array())).toHaveLength(64);
  });

  itOnce("neither hangs nor runs out of memory on what somebody planted in the folder", async () => {
    const service = await filled(await open());
    const plant = async (path: string, make: (path: string) => Promise<unknown>) => {
      const folder = await newFolder();
      await cp(service.folder, folder, { recursive: true });
      await rm(join(folder, path));
      await make(join(folder, path));
      return await verify({ ...service, folder });
    };
    const endless = await plant("checkpoint", (path) => symlink("/dev/zero", path));
    expect(endless.findings).toMatchObject([{ code: "folder-damaged" }]);
    const vast = await plant("tile/0/000", (path) => writeFile(path, "").then(() => truncate(path, 2 ** 33)));
    expect(vast.findings).toMatchObject([{ code: "folder-damaged" }]);
  });

  itOnce("says that nobody signed, and that nobody witnessed where somebody should have", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(1);
    expect(await verify(service)).toMatchObject({ findings: [{ code: "never-signed" }], provenEvents: 0 });
    await service.open().checkpoint();
    const key = noteKeyOf("w.example", newSigner().publicKey, "cosignature-ed25519");
    const witnesses = [{ name: "w", key }];
    const keys = { logs: [{ key: logKeyOf(service.signer) }], witnesses, groups: [], quorum: "w" };
    expect(await verify(service, { keys })).toMatchObject({
      findings: [{ code: "never-witnessed" }],
      witnessedEvents: 0,
    });
    expect(await verify(service)).toMatchObject({ isWhole: true });
  });
});
