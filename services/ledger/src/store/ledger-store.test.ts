import { randomBytes } from "node:crypto";

import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { hashReaderOfLeaves, parseCheckpoint, parseNote, treeRoot } from "@yinxin/crypto/tlog";
import { createTestGovernance, describeOnBothDatabases, fixedClock } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { migrations } from "../../migrations/index.ts";
import { checkpointRingDeclaration } from "../domain/checkpoint-ring.ts";
import { ledgerEvents } from "../domain/ledger-events.ts";
import type { LedgerStore, LicenseRecord } from "../operations/ledger-store.ts";
import { proveLeaf } from "../operations/prove-leaf.ts";
import { LogDivergedError, publishCheckpoint } from "../operations/publish-checkpoint.ts";
import type { PublishCheckpointDeps } from "../operations/publish-checkpoint.ts";
import type { LedgerSchema } from "./ledger-schema.ts";
import { createLedgerStore } from "./ledger-store.ts";

const clock = fixedClock("2026-11-22T08:00:00.000Z");
const origin = "ledger.test/log";

function licenseAt(leafIndex: number, number = String(leafIndex)): LicenseRecord {
  return {
    id: `lic_${hexOf(randomBytes(12))}`,
    identifier: `identifier of ${number}`,
    content: {
      name: "证书",
      typeCode: "11330100MB0000001R001",
      number,
      holder: { name: "中心", code: "12330100MB0000003W", codeType: "001" },
      issuingAuthority: { name: "局", code: "11330100MB0000001R" },
      issuedOn: "2026-11-21",
      validFrom: "2026-11-21",
      ...(number === "1" && { validUntil: "2031-11-20" }),
    },
    fields: [{ name: "ZZBH", value: number, salt: "AAAA" }],
    leafSalt: "BBBB",
    fieldsRoot: "sha-256:00",
    leafIndex,
    file: { sha256: `sha-256:${number}`, sm3: `sm3:${number}` },
    sealId: "seal_1",
    recordedAt: clock.now(),
  };
}

function governanceOf(db: Kysely<LedgerSchema>) {
  return createTestGovernance({ service: "ledger", db, catalogue: ledgerEvents, clock });
}

function storeOf(db: Kysely<LedgerSchema>): LedgerStore {
  return createLedgerStore({ db, ...governanceOf(db) });
}

describeOnBothDatabases<LedgerSchema>("the ledger's store", migrations, (open) => {
  it("gives a license back as it was put in, by id, by number and by its document", async () => {
    const store = storeOf(await open());
    for (const number of ["0", "1"]) {
      const license = await store.transact(async (unit) => {
        const added = licenseAt(await unit.appendLeaf(`leaf ${number}`), number);
        expect(await unit.addLicense(added, utf8Of(`document ${number}`))).toBe(true);
        return added;
      });
      expect(await store.findLicense(license.id)).toEqual(license);
      expect(await store.findLicenseOfDocument(license.file)).toEqual(license);
      const { typeCode, issuingAuthority } = license.content;
      expect(await store.findLicenseId({ typeCode, issuerCode: issuingAuthority.code, number })).toBe(
        license.id,
      );
      expect(await store.readDocument(license.id)).toEqual(utf8Of(`document ${number}`));
    }
  });

  it("finds nothing that is not there", async () => {
    const store = storeOf(await open());
    expect(await store.findLicense("lic_0")).toBeUndefined();
    expect(await store.readDocument("lic_0")).toBeUndefined();
    expect(await store.findLicenseOfDocument({ sha256: "sha-256:0", sm3: "sm3:0" })).toBeUndefined();
    expect(await store.findLicenseId({ typeCode: "", issuerCode: "", number: "" })).toBeUndefined();
    expect(await store.latestCheckpoint()).toBeUndefined();
    await expect(store.readLeaf(0)).rejects.toThrow();
    await expect(store.readHashes([{ level: 0, index: 0 }])).rejects.toThrow("lost the hash 0/0");
  });

  it("knows a document by both its digests only", async () => {
    const store = storeOf(await open());
    await store.transact(async (unit) =>
      unit.addLicense(licenseAt(await unit.appendLeaf("leaf")), new Uint8Array()),
    );
    expect(await store.findLicenseOfDocument({ sha256: "sha-256:0", sm3: "sm3:other" })).toBeUndefined();
  });

  it("answers with the root of RFC 9162 at every size", async () => {
    const store = storeOf(await open());
    const leaves = Array.from({ length: 9 }, (_, index) => `leaf ${String(index)}`);
    const expected = hashReaderOfLeaves(leaves.map(utf8Of));
    for (const [index, leaf] of leaves.entries()) {
      expect(await store.transact((unit) => unit.appendLeaf(leaf))).toBe(index);
      expect(await store.logSize()).toBe(index + 1);
      expect(await store.readLeaf(index)).toBe(leaf);
      const root = await treeRoot(store.readHashes, index + 1);
      expect(hexOf(root)).toBe(hexOf(await treeRoot(expected, index + 1)));
    }
  });

  it("gives concurrent transactions one index after the other", async () => {
    const location = await open.location();
    const first = storeOf(await open(location));
    const second = storeOf(await open(location));
    const indexes = Array.from({ length: 12 }, (_, index) => index);
    const appended = await Promise.all(
      indexes.map((number) =>
        (number % 2 === 0 ? first : second).transact((unit) => unit.appendLeaf(`leaf ${String(number)}`)),
      ),
    );
    expect(appended.toSorted((left, right) => left - right)).toEqual(indexes);
    const leaves = await Promise.all(indexes.map((index) => first.readLeaf(index)));
    const expected = await treeRoot(hashReaderOfLeaves(leaves.map(utf8Of)), 12);
    expect(hexOf(await treeRoot(second.readHashes, 12))).toBe(hexOf(expected));
  });

  it("refuses a second license with the same number, and a rejected transaction leaves no leaf", async () => {
    const store = storeOf(await open());
    const add = (number: string, changes: Partial<LicenseRecord> = {}) =>
      store.transact(async (unit) => {
        const license = { ...licenseAt(await unit.appendLeaf("leaf"), number), ...changes };
        if (!(await unit.addLicense(license, new Uint8Array()))) throw new Error("taken");
      });
    await add("0");
    await expect(
      add("0", { identifier: "another", file: { sha256: "other", sm3: "other" } }),
    ).rejects.toThrow("taken");
    await expect(add("2", { file: { sha256: "sha-256:0", sm3: "sm3:0" } })).rejects.toThrow("taken");
    expect(await store.logSize()).toBe(1);
    await expect(store.readLeaf(1)).rejects.toThrow();
    await add("3");
    expect(await store.logSize()).toBe(2);
  });
});

describeOnBothDatabases<LedgerSchema>("checkpoints", migrations, (open) => {
  async function openLog() {
    const db = await open();
    const { trail, rings } = governanceOf(db);
    await rings.ensure(checkpointRingDeclaration);
    const deps: PublishCheckpointDeps = {
      store: createLedgerStore({ db, trail, rings }),
      ...{ rings, origin, clock },
    };
    const { events: before } = await trail.verify();
    const append = (count: number) =>
      deps.store.transact(async (unit) => {
        for (let leaf = 0; leaf < count; leaf += 1) await unit.appendLeaf(hexOf(randomBytes(8)));
      });
    const newEvents = async (): Promise<number> => (await trail.verify()).events - before;
    return { db, deps, append, newEvents };
  }
  const sizeOf = ({ note }: { note: string }) => parseCheckpoint(parseNote(note).text).size;

  it("begin with the empty log, and each use of the key is in the audit trail", async () => {
    const { deps, append, newEvents } = await openLog();
    expect(sizeOf(await publishCheckpoint(deps))).toBe(0);
    await append(3);
    expect(sizeOf(await publishCheckpoint(deps))).toBe(3);
    const again = await publishCheckpoint(deps);
    expect(again).toEqual(await deps.store.latestCheckpoint());
    expect(await newEvents()).toBe(2);
    expect((await deps.rings.find("ledger.checkpoint", 1))?.signatures).toBe(2);
  });

  it("cover at the next start what a crash left unsigned", async () => {
    const { deps, append } = await openLog();
    await publishCheckpoint(deps);
    await append(2);
    // Nothing signs here: the process is gone between commit and checkpoint.
    const started = { ...deps, store: deps.store };
    expect(sizeOf(await publishCheckpoint(started))).toBe(2);
    expect((await proveLeaf(started, 1)).treeSize).toBe(2);
  });

  it("may be asked for by many at once", async () => {
    const { deps, append, newEvents } = await openLog();
    await append(5);
    const notes = await Promise.all(Array.from({ length: 4 }, () => publishCheckpoint(deps)));
    expect(new Set(notes.map(({ note }) => note)).size).toBe(1);
    expect(await newEvents()).toBe(1);
  });

  it("are not signed over a log that was changed, cut or replaced behind the last one", async () => {
    const { db, deps, append } = await openLog();
    await append(3);
    await publishCheckpoint(deps);
    await append(1);
    await db
      .updateTable("log_hashes")
      .set({ hash: new Uint8Array(32) })
      .where("level", "=", 1)
      .execute();
    await expect(publishCheckpoint(deps)).rejects.toThrow("not what the last checkpoint signed");
    await db.updateTable("log_head").set({ size: 2 }).execute();
    await expect(publishCheckpoint(deps)).rejects.toThrow("3 leaves were signed and 2 are there");
    await expect(publishCheckpoint(deps)).rejects.toThrow(LogDivergedError);
    expect(sizeOf((await deps.store.latestCheckpoint()) ?? { note: "" })).toBe(3);
  });

  it("are not continued by another key or under another name", async () => {
    const { deps, append } = await openLog();
    await append(1);
    await publishCheckpoint(deps);
    await append(1);
    const { rings } = governanceOf(await open());
    await rings.ensure(checkpointRingDeclaration);
    await expect(publishCheckpoint({ ...deps, rings })).rejects.toThrow(LogDivergedError);
    await expect(publishCheckpoint({ ...deps, origin: "other.test/log" })).rejects.toThrow(LogDivergedError);
  });

  it("prove every leaf under them, and none that was changed", async () => {
    const { db, deps, append } = await openLog();
    await append(6);
    for (let index = 0; index < 6; index += 1) expect((await proveLeaf(deps, index)).leafIndex).toBe(index);
    await db.updateTable("log_leaves").set({ leaf: "changed" }).where("leaf_index", "=", 2).execute();
    await expect(proveLeaf(deps, 2)).rejects.toThrow("leaf 2 is not what was signed");
    await expect(proveLeaf(deps, 6)).rejects.toThrow();
  });
});
