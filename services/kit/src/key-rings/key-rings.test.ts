import { expect, it } from "vitest";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { canOutlive, keyLabelOf } from "./index.ts";
import type { KeyVersion, RingDeclaration } from "./index.ts";
import { makerRing, ringBench, ringMigrations, start } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";

const { purpose } = makerRing;
const second = 1000;

/** What it signed is verified for ever. */
const endlessRing: RingDeclaration = {
  ...{ purpose, title: makerRing.title, algorithm: "ES256", plan: "rotate" },
  ...{ cryptoPeriodDays: 365, propagationSeconds: 60 },
};

describeOnBothDatabases<TestTables>("a key ring", ringMigrations, (open) => {
  const newBench = async (): Promise<RingBench> => ringBench(await open());

  async function ensured(declaration: Partial<RingDeclaration> = {}): Promise<RingBench> {
    const bench = await newBench();
    await bench.rings.ensure({ ...makerRing, ...declaration });
    return bench;
  }

  /** A version 2, pre-active. */
  async function added(bench: RingBench, facts: { isStandby?: boolean } = {}): Promise<KeyVersion> {
    const label = keyLabelOf(purpose, 2, "abc");
    const { uri, signer } = await bench.keys.create(label, "ES256");
    return await bench.change((tx) =>
      tx.add({
        ...{ purpose, keyUris: [uri], algorithm: "ES256", publicKey: signer.publicKey, ...facts },
        origin: { generatedBy: "plan_1", label },
        at: bench.clock.now(),
      }),
    );
  }

  async function rotated(bench: RingBench): Promise<void> {
    await added(bench);
    await bench.change(async (tx) => {
      const facts = { at: bench.clock.now(), reason: "rotation", persons: ["p1", "p2"] };
      await tx.move({ purpose, version: 1 }, "retiring", facts);
      await tx.move({ purpose, version: 2 }, "active", facts);
    });
  }

  it("gets its first version at the first start, and the same one at every later start", async () => {
    const bench = await ensured({ usageLimit: 100 });
    const first = await bench.rings.find(purpose, 1);
    expect(first).toMatchObject({
      ...{ purpose, version: 1, state: "active", algorithm: "ES256", keyUris: ["file:seal.maker-v1"] },
      ...{ signatures: 0, usageLimit: 100, isStandby: false, isFrozen: false },
      ...{ activatedAt: start, cryptoPeriodEndsAt: new Date("2027-11-22T00:00:00Z") },
      origin: { generatedBy: "service:seal", label: "seal.maker-v1", local: true, extractable: false },
    });
    const again = await bench.rings.ensure({ ...makerRing, usageLimit: 7, cryptoPeriodDays: 1 });
    expect(again).toMatchObject({
      keyId: first?.keyId,
      usageLimit: 7,
      cryptoPeriodEndsAt: new Date("2026-11-23T00:00:00Z"),
    });
    expect(bench.keys.made()).toBe(1);
    expect((await bench.events()).map(({ action, actor }) => [action, actor])).toEqual([
      ...["key.limited", "key.created", "key.moved", "key.limited"].map((action) => [action, "service:seal"]),
    ]);
  });

  it("is made without a look at the whole store", async () => {
    const bench = await newBench();
    const silent = { ...bench.keys, describe: () => Promise.reject(new Error("nobody lists the keys")) };
    const { rings } = ringBench(bench.db, { keys: silent, clock: bench.clock });
    expect(await rings.ensure(makerRing)).toMatchObject({ origin: { local: true, extractable: false } });
  });

  it("gets one first version when several processes start at once", async () => {
    const at = await open.location();
    const one = ringBench(await open(at));
    const others = await Promise.all([1, 2].map(async () => ringBench(await open(at), one)));
    const versions = await Promise.all([one, ...others].map(({ rings }) => rings.ensure(makerRing)));
    expect(new Set(versions.map(({ keyId }) => keyId)).size).toBe(1);
    expect(await one.rings.versions(purpose)).toHaveLength(1);
    expect(await one.events()).toHaveLength(2);
  });

  it("adopts the key that a service had before there were rings", async () => {
    const bench = await newBench();
    const { uri, signer } = await bench.keys.create("client", "ES256");
    const version = await bench.rings.ensure({ ...makerRing, adopt: "client" });
    expect(version).toMatchObject({ state: "active", keyUris: [uri], publicKey: signer.publicKey });
    expect(version.origin).toMatchObject({ generatedBy: "adopted:client", label: "client" });
    expect(bench.keys.made()).toBe(1);
    await expect(
      bench.rings.ensure({ ...makerRing, purpose: "other", algorithm: "SM2", adopt: "client" }),
    ).rejects.toMatchObject({ code: "key-already-used" });
  });

  it("takes up the key that a crash left behind before its version was stored", async () => {
    const bench = await newBench();
    const { signer } = await bench.keys.create(keyLabelOf(purpose, 1), "ES256");
    expect((await bench.rings.ensure(makerRing)).publicKey).toEqual(signer.publicKey);
  });

  it("never has a key of another ring or version", async () => {
    const bench = await ensured();
    const { publicKey } = await added(bench);
    const origin = { generatedBy: "test", label: "again" };
    const again = { keyUris: ["file:again"], algorithm: "ES256", publicKey, origin, at: start } as const;
    await bench.rings.ensure({ ...makerRing, purpose: "other" });
    for (const ring of [purpose, "other"]) {
      await expect(bench.change((tx) => tx.add({ ...again, purpose: ring }))).rejects.toMatchObject({
        code: "key-already-used",
      });
    }
    await expect(bench.change((tx) => tx.add({ ...again, purpose: "none" }))).rejects.toMatchObject({
      code: "key-ring-not-found",
    });
  });

  it("can be made while the service runs, and waits for its transaction", async () => {
    const bench = await newBench();
    const owner = { ...makerRing, purpose: "seal.owner.seal_0123456789abcdef" };
    const made = await bench.rings.create(owner);
    expect(made.use).toEqual({ purpose: owner.purpose, version: 1, kind: "possession" });
    expect(made.version).toMatchObject({
      state: "pre-active",
      keyUris: ["file:seal.owner.seal-0123456789abcdef-v1"],
    });
    await expect(bench.rings.open(owner.purpose)).rejects.toMatchObject({ code: "key-not-active" });
    // After a crash before the transaction it is made once more, with the key that is there.
    expect((await bench.rings.create(owner)).version.keyId).toBe(made.version.keyId);
    await bench.change((tx) => tx.move(made.use, "active", { at: start, reason: "seal made" }));
    await expect(bench.rings.create(owner)).rejects.toMatchObject({ code: "key-ring-exists" });
    expect((await bench.rings.open(owner.purpose)).signer.publicKey).toEqual(made.signer.publicKey);
  });

  it("opens no key that is not the one recorded", async () => {
    const bench = await ensured();
    const { uri } = await bench.keys.create("another", "ES256");
    await bench.db
      .updateTable("key_versions")
      .set({ key_uris: JSON.stringify([uri]) })
      .execute();
    await expect(ringBench(bench.db, bench).rings.open(purpose)).rejects.toMatchObject({
      code: "ring-key-differs",
    });
    // The same key in a second device will do.
    await bench.db
      .updateTable("key_versions")
      .set({ key_uris: JSON.stringify([uri, "file:seal.maker-v1"]) })
      .execute();
    expect((await ringBench(bench.db, bench).rings.open(purpose)).version.version).toBe(1);
  });

  it("opens an old or a coming version only for what it still owes or has to prove", async () => {
    const bench = await ensured();
    await added(bench);
    const coming = await bench.rings.openVersion(purpose, 2);
    await rotatedOnly(bench);
    const old = await bench.rings.openVersion(purpose, 1);
    expect([coming.use.kind, old.use.kind]).toEqual(["possession", "overlap"]);
    const at = bench.clock.now();
    await bench.change((tx) => tx.recordUse(old.use, at));
    // It is active by now, so it has nothing to prove any more.
    await expect(bench.change((tx) => tx.recordUse(coming.use, at))).rejects.toMatchObject({
      code: "key-not-active",
    });
    await bench.move(1, "compromised");
    await expect(bench.rings.openVersion(purpose, 1)).rejects.toMatchObject({ code: "key-not-active" });
    await expect(bench.rings.openVersion(purpose, 3)).rejects.toMatchObject({
      code: "key-version-not-found",
    });
  });

  const rotatedOnly = (bench: RingBench): Promise<void> =>
    bench.change(async (tx) => {
      const facts = { at: bench.clock.now(), reason: "rotation", persons: ["p1", "p2"] };
      await tx.move({ purpose, version: 1 }, "retiring", facts);
      await tx.move({ purpose, version: 2 }, "active", facts);
    });

  it("fails no call for a rotation between opening a key and recording its use", async () => {
    const bench = await ensured();
    const seen: number[] = [];
    await bench.rings.withKey(purpose, async ({ use }) => {
      seen.push(use.version);
      if (seen.length === 1) await rotated(bench);
      await bench.change((tx) => tx.recordUse(use, bench.clock.now()));
    });
    expect(seen).toEqual([1, 2]);
    expect((await bench.rings.versions(purpose)).map(({ signatures }) => signatures)).toEqual([0, 1]);
  });

  it("fails a call whose key was suspended meanwhile, and passes on what the work throws", async () => {
    const bench = await ensured();
    const work = bench.rings.withKey(purpose, async ({ use }) => {
      await bench.move(1, "suspended", { persons: ["p1"] });
      await bench.change((tx) => tx.recordUse(use, bench.clock.now()));
    });
    await expect(work).rejects.toMatchObject({ code: "key-suspended" });
    await bench.move(1, "active");
    await expect(bench.rings.withKey(purpose, () => Promise.reject(new Error("mine")))).rejects.toThrow(
      "mine",
    );
  });

  it("shows at each moment what is to be shown then, whenever it was rotated", async () => {
    const bench = await ensured();
    const shownAt = async (seconds: number): Promise<number[]> =>
      (await bench.rings.served(purpose, new Date(start.getTime() + seconds * second))).map(
        ({ version }) => version,
      );
    await added(bench);
    expect(await shownAt(0)).toEqual([1]);
    await bench.move(2, "published");
    expect(await shownAt(0)).toEqual([1, 2]);
    await rotatedOnly(bench);
    expect([await shownAt(3599), await shownAt(3600)]).toEqual([[1, 2], [2]]);
    await bench.move(2, "suspended", { persons: ["p1"] });
    expect(await shownAt(0)).toEqual([1, 2]);
    await bench.move(2, "compromised");
    expect(await shownAt(0)).toEqual([1]);
  });

  it("shows a retiring key for ever where the ring has no end of overlap", async () => {
    const bench = await newBench();
    await bench.rings.ensure(endlessRing);
    await rotated(bench);
    const shown = await bench.rings.served(purpose, new Date("2099-01-01T00:00:00Z"));
    expect(shown.map(({ version }) => version)).toEqual([1, 2]);
  });

  it("signs nothing that outlives it", async () => {
    const bench = await ensured();
    const after = (seconds: number): Date => new Date(start.getTime() + seconds * second);
    const [active] = await bench.rings.versions(purpose);
    if (active === undefined) throw new Error("no version");
    // It may begin to retire at any moment, and is then shown for its overlap.
    expect([canOutlive(active, after(3600), start), canOutlive(active, after(3601), start)]).toEqual([
      true,
      false,
    ]);
    await rotated(bench);
    const [retiring] = await bench.rings.versions(purpose);
    if (retiring === undefined) throw new Error("no version");
    expect([
      canOutlive(retiring, after(3600), after(1)),
      canOutlive(retiring, after(3601), after(1)),
    ]).toEqual([true, false]);
  });

  it("does nothing when the transaction around it fails", async () => {
    const bench = await ensured();
    const failed = transact(bench.db, async (tx) => {
      await bench.rings.in(tx).recordUse({ purpose, version: 1 }, start);
      throw new Error("the rest failed");
    });
    await expect(failed).rejects.toThrow("the rest failed");
    expect(await bench.rings.find(purpose, 1)).toMatchObject({ signatures: 0 });
  });
});
