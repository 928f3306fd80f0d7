import { expect, it } from "vitest";

import { issueEntity } from "../../../../crypto/testing/issue-entity.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations, start } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";
import type { InventoryRow } from "./index.ts";

const { purpose } = makerRing;
const hour = 3_600_000;
const day = 24 * hour;
const use = { purpose, version: 1 };

describeOnBothDatabases<TestTables>("the inventory of keys", ringMigrations, (open, itOnce) => {
  async function ensured(usageLimit = 10): Promise<RingBench> {
    const bench = ringBench(await open());
    await bench.rings.ensure({ ...makerRing, usageLimit });
    return bench;
  }

  const onlyRow = async ({ rings }: RingBench): Promise<InventoryRow> => {
    const [row, ...more] = await rings.inventory();
    if (row === undefined || more.length > 0) throw new Error("not one row");
    return row;
  };
  const dueKinds = async (bench: RingBench, withinDays?: number): Promise<string[]> =>
    (await bench.rings.due(withinDays)).flatMap(({ due }) => due.map(({ kind }) => kind));

  it("says what an officer wants to see of a key", async () => {
    const bench = await ensured();
    for (let count = 0; count < 3; count += 1) await bench.use();
    await bench.change(async (tx) => {
      await tx.recordBackup(use, { backupId: "backup_1", madeAt: start });
      await tx.recordRestoreTest(use, start);
      await tx.recordSelfTest(use, start);
    });
    bench.clock.advance(10 * day);
    expect(await onlyRow(bench)).toMatchObject({
      version: {
        ...{ purpose, version: 1, state: "active", signatures: 3, selfTestedAt: start },
        backup: { backupId: "backup_1", madeAt: start, restoreTestedAt: start },
      },
      ...{ ringTitle: makerRing.title, plan: "rotate", device: { name: "memory", state: "ready" } },
      ...{ cryptoPeriodDaysLeft: 355, limitShare: 0.3, restoreTestedDaysAgo: 10, isStandbyReady: false },
      ...{ due: [], drift: [] },
    });
  });

  it("counts the signatures of the day in Beijing", async () => {
    const bench = await ensured(1000);
    await bench.use();
    expect((await onlyRow(bench)).signaturesToday).toBe(1);
    // 15:59 and 16:00 in UTC are the end of one day and the beginning of the next.
    bench.clock.advance(16 * hour);
    await bench.rings.sampleUse();
    await bench.use();
    await bench.use();
    expect((await onlyRow(bench)).signaturesToday).toBe(2);
  });

  it("tells of a key in a file that has no backup for a week, and of a ring without the stand-by that it should have", async () => {
    const bench = ringBench(await open());
    await bench.rings.ensure({ ...makerRing, wantsStandby: true });
    bench.clock.advance(7 * day - 1);
    expect(await dueKinds(bench)).toEqual([]);
    bench.clock.advance(1);
    expect(await dueKinds(bench)).toEqual(["no-backup", "no-standby"]);
    const at = bench.clock.now();
    await bench.change((tx) => tx.recordBackup(use, { backupId: "backup_1", madeAt: at }));
    await bench.change((tx) => tx.recordRestoreTest(use, at));
    const { facts } = await bench.keys.create("stand-by", "ES256");
    const origin = { generatedBy: "test", label: "stand-by" };
    const key = { keyUris: [facts.uri], algorithm: "ES256", publicKey: facts.publicKey, origin } as const;
    await bench.change((tx) => tx.add({ purpose, ...key, isStandby: true, at }));
    expect(await dueKinds(bench)).toEqual([]);
    await bench.change((tx) => tx.setStandby({ purpose, version: 2 }, false));
    expect(await dueKinds(bench)).toEqual(["no-standby"]);
    const device = ["pkcs11:token=t;object=k"];
    await bench.db
      .updateTable("key_versions")
      .set({ key_uris: JSON.stringify(device), backup_id: null })
      .execute();
    expect(await dueKinds(bench)).toEqual(["no-standby"]);
  });

  it("tells what is due, the soonest first, and nothing before its time", async () => {
    const bench = await ensured();
    expect(await dueKinds(bench)).toEqual([]);
    for (let count = 0; count < 7; count += 1) await bench.use();
    expect(await dueKinds(bench)).toEqual([]);
    await bench.use();
    expect(await dueKinds(bench)).toEqual(["limit-near"]);
    await bench.use();
    await bench.use();
    expect(await dueKinds(bench)).toEqual(["limit-reached"]);
    await bench.change(async (tx) => {
      await tx.recordBackup(use, { backupId: "backup_1", madeAt: start });
      await tx.recordRestoreTest(use, new Date(start.getTime() + 500 * day));
    });
    bench.clock.advance(89 * day);
    expect(await dueKinds(bench)).toEqual(["limit-reached"]);
    bench.clock.advance(day);
    expect(await dueKinds(bench)).toEqual(["limit-reached", "unused"]);
    bench.clock.advance(185 * day);
    expect(await dueKinds(bench)).toContain("crypto-period-ends");
    expect(await dueKinds(bench, 89)).not.toContain("crypto-period-ends");
    const [row] = await bench.rings.due();
    expect(row?.due.find(({ kind }) => kind === "crypto-period-ends")).toMatchObject({
      at: new Date("2027-11-22T00:00:00Z"),
      detail: {
        en: "The crypto-period ends in 90 days (2027-11-22).",
        zh: "密钥使用期还有 90 天结束（2027-11-22）。",
      },
    });
  });

  itOnce("tells when a certificate ends and takes none of another key", async () => {
    const bench = await ensured();
    const issuer = await issueEntity({ profile: "root-ca", algorithm: "ES256", commonName: "root" });
    await expect(bench.change((tx) => tx.putCertificate(use, issuer.certificate.raw))).rejects.toThrow(
      RangeError,
    );
    const notAfter = new Date("2027-01-01T00:00:00Z");
    const entity = await issueEntity({
      profile: "root-ca",
      algorithm: "ES256",
      commonName: "maker",
      notAfter,
    });
    await bench.db.updateTable("key_versions").set({ public_key: entity.certificate.publicKey }).execute();
    await bench.change((tx) => tx.putCertificate(use, entity.certificate.raw, [issuer.certificate.raw]));
    expect((await onlyRow(bench)).certificate).toMatchObject({ subject: "maker", notAfter, daysLeft: 40 });
    expect(await dueKinds(bench, 39)).toEqual([]);
    expect(await dueKinds(bench, 40)).toEqual(["certificate-expires"]);
    expect(await bench.rings.find(purpose, 1)).toMatchObject({ chain: [issuer.certificate.raw] });
  });

  itOnce("tells of a backup that nobody tried, and of one that was tried long ago", async () => {
    const bench = await ensured();
    await bench.change((tx) => tx.recordBackup(use, { backupId: "backup_1", madeAt: start }));
    expect(await dueKinds(bench)).toEqual(["restore-test-old"]);
    await bench.change((tx) => tx.recordRestoreTest(use, start));
    expect(await dueKinds(bench)).toEqual([]);
    await bench.use();
    bench.clock.advance(90 * day);
    expect(await dueKinds(bench)).toContain("restore-test-old");
  });

  itOnce("says whether a stand-by key is ready, and leaves out what is long gone", async () => {
    const bench = await ensured();
    const { uri, signer } = await bench.keys.create("standby", "ES256");
    const added = await bench.change((tx) =>
      tx.add({
        ...{ purpose, keyUris: [uri], algorithm: "ES256", publicKey: signer.publicKey, isStandby: true },
        ...{ origin: { generatedBy: "test", label: "standby" }, at: start },
      }),
    );
    expect((await bench.rings.inventory()).map(({ isStandbyReady }) => isStandbyReady)).toEqual([true, true]);
    await bench.change((tx) => tx.setStandby(added, false));
    expect((await bench.rings.inventory()).map(({ isStandbyReady }) => isStandbyReady)).toEqual([
      false,
      false,
    ]);
    await bench.move(2, "destroyed");
    expect(await bench.rings.inventory()).toHaveLength(1);
    expect(await bench.rings.versions(purpose)).toHaveLength(2);
  });

  it("shows a rush beside what is usual", async () => {
    const bench = await ensured(1000);
    const usesOf = [2, 4, 1, 9];
    expect(await bench.rings.signRates()).toEqual([]);
    for (const uses of usesOf) {
      await bench.rings.sampleUse();
      // Whoever copies second in an hour changes nothing.
      await bench.db
        .updateTable("key_versions")
        .set((row) => ({ signatures: row("signatures", "+", uses) as never }))
        .execute();
      await bench.rings.sampleUse();
      bench.clock.advance(hour);
    }
    expect(await bench.rings.signRates()).toEqual([{ purpose, lastHour: 9, busiestHour: 4 }]);
  });
});
