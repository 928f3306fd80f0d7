import { generateKey } from "@yinxin/crypto/signer";
import { describe, expect, it } from "vitest";

import { describeOnBothDatabases, silentLog } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations, start } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";
import { createKeyWatch, keyDriftKinds } from "./index.ts";
import type { KeyDrift, KeyDriftKind, RingKeyFacts } from "./index.ts";

const { purpose } = makerRing;
const uri = "file:seal.maker-v1";

/** What happened to the key behind the rings' back. */
const changes: Readonly<
  Record<Exclude<KeyDriftKind, "left-in-device" | "not-listed">, (bench: RingBench) => unknown>
> = {
  gone: ({ keys }) => keys.facts.delete(uri),
  unknown: ({ keys }) => keys.create("stray", "ES256"),
  extractable: (bench) => change(bench, { extractable: true }),
  relabelled: (bench) => change(bench, { label: "other" }),
  "other-public-key": (bench) => change(bench, { publicKey: generateKey("ES256").spki }),
  "state-differs": ({ db }) => db.updateTable("key_versions").set({ usage_limit: 5 }).execute(),
};

function change({ keys }: RingBench, facts: Partial<RingKeyFacts>): unknown {
  const found = keys.facts.get(uri);
  if (found === undefined) throw new Error("no key");
  return keys.facts.set(uri, { ...found, ...facts });
}

describeOnBothDatabases<TestTables>("comparing the store's keys with the rings", ringMigrations, (open) => {
  async function ensured(): Promise<RingBench> {
    const bench = ringBench(await open());
    await bench.rings.ensure(makerRing);
    return bench;
  }

  it("finds nothing where nothing was touched", async () => {
    const bench = await ensured();
    expect(await bench.rings.drift()).toEqual([]);
    expect(await bench.events()).toHaveLength(2);
  });

  it.each(keyDriftKinds.filter((kind) => kind !== "left-in-device" && kind !== "not-listed"))(
    "finds a key that is %s, tells it once, and again after it was cleared up",
    async (kind) => {
      const bench = await ensured();
      const before = new Map(bench.keys.facts);
      await changes[kind](bench);
      const [found, ...more] = await bench.rings.drift();
      expect(more).toEqual([]);
      const where = kind === "unknown" ? { keyUri: "file:stray" } : { keyUri: uri, purpose, version: 1 };
      expect(found).toEqual({ kind, ...where, found: expect.any(String) as string, since: start });
      bench.clock.advance(86_400_000);
      expect(await bench.rings.drift()).toEqual([found]);
      expect(await bench.rings.knownDrift()).toEqual([found]);
      expect((await bench.events()).filter(({ action }) => action === "key.drifted")).toEqual([
        {
          ...{ action: "key.drifted", actor: "service:seal", subject: found?.purpose ?? "file:stray" },
          detail: {
            ...{ kind, key_uri: found?.keyUri, found: found?.found },
            ...(kind !== "unknown" && { version: 1 }),
          },
        },
      ]);
      const changed = new Map(bench.keys.facts);
      restore(bench, before);
      await bench.db.updateTable("key_versions").set({ usage_limit: null }).execute();
      expect(await bench.rings.drift()).toEqual([]);
      restore(bench, changed);
      if (kind === "state-differs") await changes[kind](bench);
      expect(await bench.rings.drift()).toHaveLength(1);
      expect((await bench.events()).filter(({ action }) => action === "key.drifted")).toHaveLength(2);
    },
  );

  function restore({ keys }: RingBench, facts: ReadonlyMap<string, RingKeyFacts>): void {
    keys.facts.clear();
    for (const [name, fact] of facts) keys.facts.set(name, fact);
  }

  it("tells it once when two processes look at the same time", async () => {
    const at = await open.location();
    const one = ringBench(await open(at));
    const two = ringBench(await open(at), one);
    await one.rings.ensure(makerRing);
    one.keys.facts.delete(uri);
    await Promise.all([one.rings.drift(), two.rings.drift()]);
    expect((await one.events()).filter(({ action }) => action === "key.drifted")).toHaveLength(1);
  });

  it("tells of a private key that is left in its device when its version signs no more, until it is there no longer", async () => {
    const bench = await ensured();
    await bench.move(1, "retiring");
    expect(await bench.rings.drift()).toEqual([]);
    const left = { kind: "left-in-device", keyUri: uri, purpose, version: 1 };
    for (const state of ["deactivated", "destroyed"] as const) {
      await bench.move(1, state);
      expect(await bench.rings.drift()).toMatchObject([left]);
    }
    expect((await bench.events()).filter(({ action }) => action === "key.drifted")).toHaveLength(1);
    await bench.keys.destroy?.(uri);
    expect(await bench.rings.drift()).toEqual([]);
  });

  it("takes another key in the place of a destroyed one for a stranger's", async () => {
    const bench = await ensured();
    await bench.move(1, "retiring");
    await bench.move(1, "deactivated");
    change(bench, { publicKey: generateKey("ES256").spki });
    expect(await bench.rings.drift()).toMatchObject([{ kind: "unknown", keyUri: uri }]);
  });

  it("finds the missing key also where the store lists nothing once one is missing", async () => {
    const bench = await ensured();
    await bench.rings.ensure({ ...makerRing, purpose: "seal.audit" });
    const strict = {
      ...bench.keys,
      describe: () => bench.keys.open("file:seal.audit-v1").then(() => bench.keys.describe()),
    };
    await bench.move(1, "retiring");
    await bench.move(1, "deactivated");
    await bench.keys.create("stray", "ES256");
    expect(await bench.rings.drift()).toMatchObject([
      { kind: "left-in-device", purpose },
      { kind: "unknown", keyUri: "file:stray" },
    ]);
    bench.keys.facts.delete("file:seal.audit-v1");
    // The stranger is not seen any more, which does not say that it is gone.
    const kindsOf = async ({ rings }: RingBench) => (await rings.drift()).map(({ kind }) => kind).sort();
    expect(await kindsOf(ringBench(bench.db, { ...bench, keys: strict }))).toEqual([
      ...["gone", "left-in-device", "not-listed", "unknown"],
    ]);
    bench.keys.facts.delete("file:stray");
    expect(await kindsOf(bench)).toEqual(["gone", "left-in-device"]);
  });
});

describe("the watch over keys", () => {
  const found: KeyDrift = { kind: "unknown", keyUri: uri, found: "a test", since: start };

  it("looks for drift when it starts, copies the counters, and says what it found", async () => {
    const calls: string[] = [];
    const rings = {
      sampleUse: () => Promise.resolve(calls.push("sample")).then(() => undefined),
      drift: () => Promise.resolve(calls.push("drift")).then(() => [found]),
    };
    const told: KeyDrift[] = [];
    const watch = createKeyWatch({ rings, log: silentLog, onDrift: (drift) => told.push(...drift) });
    await watch.start();
    await watch.stop();
    expect(calls).toEqual(["sample", "drift"]);
    expect(told).toEqual([found]);
  });

  it("lives on when a store cannot be read", async () => {
    const rings = { sampleUse: () => Promise.resolve(), drift: () => Promise.reject(new Error("away")) };
    const watch = createKeyWatch({ rings, log: silentLog });
    await watch.start();
    await watch.stop();
  });
});
