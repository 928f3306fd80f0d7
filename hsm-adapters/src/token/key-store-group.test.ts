import { utf8Of } from "@yinxin/crypto/bytes";
import { generateKey, verifySignature } from "@yinxin/crypto/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createTokenScene } from "../../testing/token-scene.ts";
import type { TokenScene } from "../../testing/token-scene.ts";
import type { KeyStore, KeyUri } from "../key-store/index.ts";
import type { SimulatedFault } from "../simulator/index.ts";
import { openKeyStoreGroup } from "./index.ts";
import type { TokenKeyStore } from "./index.ts";

const message = utf8Of("印信");

describe("a group of devices with the same keys", () => {
  let scenes: readonly TokenScene[];
  let stores: readonly TokenKeyStore[];
  let uris: readonly KeyUri[];
  let publicKey: Uint8Array;

  beforeEach(async () => {
    const { pkcs8, spki } = generateKey("ES256");
    publicKey = spki;
    scenes = [createTokenScene(), createTokenScene()];
    const made = scenes.map(async (scene, place) => {
      const store = await scene.open({ config: { serial: `HA${String(place)}` } });
      const key = await store.importing?.import({ label: "shared", algorithm: "ES256", pkcs8 });
      if (key === undefined) throw new Error("the simulator takes keys in");
      return { store, uri: key.uri };
    });
    const opened = await Promise.all(made);
    stores = opened.map(({ store }) => store);
    uris = opened.map(({ uri }) => uri);
  });
  afterEach(() => Promise.all(scenes.map((scene) => scene.dispose())));

  const openGroup = (): KeyStore => openKeyStoreGroup(stores);
  const signaturesOf = (): number[] => scenes.map(({ statistics }) => statistics.signatures);

  it("lists a key once, and opens it by the URI of either device", async () => {
    const group = openGroup();
    expect(uris[0]).not.toBe(uris[1]);
    expect(await group.list()).toMatchObject([{ uri: uris[0], publicKey }]);
    for (const uri of uris) await expect(group.signer(uri)).resolves.toMatchObject({ publicKey });
    expect(group.generation).toBeUndefined();
  });

  it("signs on the devices in turn", async () => {
    const signer = await openGroup().signer(uris[0] ?? "simulator:");
    for (let time = 0; time < 10; time += 1) await signer.sign({ message });
    expect(signaturesOf()).toEqual([5, 5]);
  });

  it("goes on with the other device when one is away, and says that it is degraded", async () => {
    const group = openGroup();
    const signer = await group.signer(uris[0] ?? "simulator:");
    await stores[0]?.close();
    for (let time = 0; time < 4; time += 1) {
      const signature = await signer.sign({ message });
      expect(verifySignature({ algorithm: "ES256", publicKey, message, signature })).toBe(true);
    }
    expect(signaturesOf()).toEqual([0, 4]);
    expect(await group.health()).toMatchObject({ state: "degraded", counters: { signatures: 4 } });
    await expect(group.signer(uris[1] ?? "simulator:")).resolves.toBeDefined();
  });

  it("fails over within one request", async () => {
    const faults: SimulatedFault[] = [
      {
        name: "broken",
        operation: "sign",
        times: 1_000,
        inEveryProcess: true,
        does: { kind: "error", code: "not-permitted" },
      },
    ];
    const broken = await scenes[0]?.open({ config: { serial: "HA0", faults } });
    const [, good] = stores;
    if (broken === undefined || good === undefined) throw new Error("there are two");
    const signer = await openKeyStoreGroup([broken, good]).signer(uris[0] ?? "simulator:");
    for (let time = 0; time < 4; time += 1) await expect(signer.sign({ message })).resolves.toBeDefined();
  });

  it("says why when no device can, and closes all", async () => {
    const group = openGroup();
    const signer = await group.signer(uris[0] ?? "simulator:");
    await Promise.all(stores.map((store) => store.close()));
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "key-store-closed" });
    await group.close();
    await expect(group.list()).rejects.toMatchObject({ code: "key-store-closed" });
    expect((await group.health()).state).toBe("closed");
    expect(() => openKeyStoreGroup([])).toThrow(RangeError);
  });
});
