import { expect, it } from "vitest";

import { describeOnBothDatabases } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations, start } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";

const { purpose } = makerRing;

describeOnBothDatabases<TestTables>("recording the use of a key", ringMigrations, (open) => {
  /** Two processes of one service: two connections to one database. */
  async function twoProcesses(usageLimit?: number): Promise<readonly [RingBench, RingBench]> {
    const at = await open.location();
    const one = ringBench(await open(at));
    await one.rings.ensure({ ...makerRing, ...(usageLimit !== undefined && { usageLimit }) });
    return [one, ringBench(await open(at), one)];
  }

  const signaturesOf = async (bench: RingBench): Promise<number | undefined> =>
    (await bench.rings.find(purpose, 1))?.signatures;

  it("counts exactly, whoever counts at the same time", async () => {
    const [one, two] = await twoProcesses();
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two).use()));
    expect(await signaturesOf(one)).toBe(20);
    expect(await one.rings.find(purpose, 1)).toMatchObject({ lastUsedAt: start });
  });

  it("stops at the limit, to the signature", async () => {
    const [one, two] = await twoProcesses(7);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : two).use()),
    );
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
      Array.from({ length: 3 }, () => "key-limit-reached"),
    );
    expect(await signaturesOf(one)).toBe(7);
    await expect(two.rings.open(purpose)).rejects.toMatchObject({ code: "key-limit-reached" });
  });

  it("is refused in every process from the moment on that one suspends the key", async () => {
    const [one, two] = await twoProcesses();
    const key = await two.rings.open(purpose);
    await two.use();
    await one.move(1, "suspended", { persons: ["p1"] });
    // The other process still holds the key open, and could sign; the signature cannot be stored.
    await expect(two.change((tx) => tx.recordUse(key.use, start))).rejects.toMatchObject({
      code: "key-suspended",
    });
    await expect(two.rings.open(purpose)).rejects.toMatchObject({ code: "key-suspended" });
    expect(await signaturesOf(two)).toBe(1);
    await one.move(1, "active", { persons: ["p1", "p2"] });
    await two.use();
    expect(await signaturesOf(one)).toBe(2);
  });

  it("is refused for a frozen purpose, also in a version that comes later, until two thaw it", async () => {
    const [one, two] = await twoProcesses();
    const facts = { at: start, reason: "test", persons: ["p1"] };
    await one.change((tx) => tx.freeze(`key:${purpose}`, facts));
    await expect(two.use()).rejects.toMatchObject({ code: "key-frozen" });
    await expect(two.rings.open(purpose)).rejects.toMatchObject({ code: "key-frozen" });
    const { uri, signer } = await one.keys.create("second", "ES256");
    const later = await one.change((tx) =>
      tx.add({
        ...{ purpose, keyUris: [uri], algorithm: "ES256", publicKey: signer.publicKey, at: start },
        origin: { generatedBy: "test", label: "second" },
      }),
    );
    expect(later.isFrozen).toBe(true);
    expect(await two.rings.freezes()).toEqual([{ scope: `key:${purpose}`, reason: "test", since: start }]);
    await expect(one.change((tx) => tx.thaw(`key:${purpose}`, facts))).rejects.toMatchObject({
      code: "key-approval-missing",
    });
    await one.change((tx) => tx.thaw(`key:${purpose}`, { ...facts, persons: ["p1", "p2"] }));
    await two.use();
    expect(
      (await one.events()).map(({ action }) => action).filter((action) => action.startsWith("scope.")),
    ).toEqual(["scope.frozen", "scope.thawed"]);
  });

  it("is refused for a scope of the service's own while it is frozen", async () => {
    const [one, two] = await twoProcesses();
    const facts = { at: start, reason: "test", persons: ["p1", "p2"] };
    const check = (): Promise<void> => two.change((tx) => tx.refuseFrozen(["seal:seal_1", "unit:org_1"]));
    await check();
    await one.change((tx) => tx.freeze("unit:org_1", facts));
    await expect(check()).rejects.toMatchObject({ code: "scope-frozen" });
    await expect(one.change((tx) => tx.freeze("unit:org_1", facts))).rejects.toMatchObject({
      code: "scope-already-frozen",
    });
    await one.change((tx) => tx.thaw("unit:org_1", facts));
    await expect(one.change((tx) => tx.thaw("unit:org_1", facts))).rejects.toMatchObject({
      code: "scope-not-frozen",
    });
    await check();
    // A purpose that is mistyped would stop nothing.
    await expect(one.change((tx) => tx.freeze("key:seal.makr", facts))).rejects.toMatchObject({
      code: "key-ring-not-found",
    });
  });

  it("is done by an event that names its key, and neither is there without the other", async () => {
    const [one] = await twoProcesses();
    const use = { purpose, version: 1 };
    const event = {
      actor: "a",
      subject: "thing_1",
      occurredAt: start,
      detail: { for: "test" },
      key: use,
    } as const;
    const append = (): Promise<void> =>
      one.db.transaction().execute((tx) => one.trail.kit.in(tx).append({ ...event, action: "key.used" }));
    await append();
    expect(await signaturesOf(one)).toBe(1);
    await one.move(1, "suspended", { persons: ["p1"] });
    await expect(append()).rejects.toMatchObject({ code: "key-suspended" });
    expect((await one.events()).filter(({ action }) => action === "key.used")).toHaveLength(1);
    await expect(one.use(9)).rejects.toMatchObject({ code: "key-version-not-found" });
  });
});
