import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addKey, createTokenScene } from "../../testing/token-scene.ts";
import type { TokenScene } from "../../testing/token-scene.ts";
import type { DeviceConnection, DeviceKey } from "../driver/index.ts";
import { KeyStoreError, ringKeysOf } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";

const message = utf8Of("印信");

describe("a token store whose driver host is not honest", () => {
  let scene: TokenScene;
  let uri: KeyUri;
  beforeEach(async () => {
    scene = createTokenScene();
    uri = await addKey(scene);
  });
  afterEach(() => scene.dispose());

  const answering = (more: (honest: DeviceConnection) => Partial<DeviceConnection>) => ({
    intercept: (honest: DeviceConnection): DeviceConnection => ({ ...honest, ...more(honest) }),
  });

  it("refuses another key than the one that was asked for", async () => {
    const other = await addKey(scene, "Ed25519", "other");
    const store = await scene.open(answering((honest) => ({ findKey: () => honest.findKey(other) })));
    await expect(store.signer(uri)).rejects.toMatchObject({ code: "self-check-failed" });
    await expect(store.decryption?.decryptor(uri)).rejects.toMatchObject({ code: "self-check-failed" });
  });

  it.each([new Uint8Array(), new Uint8Array(91), utf8Of("no key")])(
    "refuses a public key that is none (%#)",
    async (publicKey) => {
      const mechanisms = [{ algorithm: "SM2", takes: "digest" }] as const;
      const findKey = async (honest: DeviceConnection): Promise<DeviceKey | undefined> => {
        const key = await honest.findKey(uri);
        return key && { ...key, publicKey, mechanisms };
      };
      const store = await scene.open(answering((honest) => ({ findKey: () => findKey(honest) })));
      await expect(store.signer(uri)).rejects.toMatchObject({ code: "self-check-failed" });
      await expect(store.decryption?.decryptor(uri)).rejects.toBeInstanceOf(KeyStoreError);
    },
  );

  it("gives the PIN to no other device that comes in the place of the first", async () => {
    let hosts = 0;
    const store = await scene.open({
      ...answering(({ device }) => {
        hosts += 1;
        return hosts === 1 ? {} : { device: { ...device, serial: "S2" } };
      }),
      options: { pollRemovedMilliseconds: 5 },
    });
    const signer = await store.signer(uri);
    await signer.sign({ message });
    const { count } = scene.pinsRead;
    store.killHost();
    await expect.poll(() => hosts, { interval: 5 }).toBeGreaterThan(3);
    expect(scene.pinsRead.count).toBe(count);
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "token-not-found" });
    expect((await store.health()).state).toBe("offline");
  });

  it("signs rightly where every session has the same number, or an impossible one", async () => {
    for (const number of [7, Number.NaN, -1, 0.5, 2 ** 40]) {
      const store = await scene.open(
        answering((honest) => ({
          openSession: () => honest.openSession().then(() => number),
        })),
      );
      const signer = await store.signer(uri);
      await expect(signer.sign({ message })).rejects.toBeInstanceOf(KeyStoreError);
      await store.close();
    }
  });

  it("gives out no signature that another request was answered with", async () => {
    const store = await scene.open(
      answering((honest) => {
        let last: Promise<Uint8Array> | undefined;
        return {
          sign: (session, request) => {
            const own = honest.sign(session, request);
            const answer = last ?? own;
            last = own;
            return answer;
          },
        };
      }),
    );
    const signer = await store.signer(uri);
    const messages = Array.from({ length: 12 }, (_, number) => utf8Of(`message ${String(number)}`));
    const outcomes = await Promise.allSettled(messages.map((text) => signer.sign({ message: text })));
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.status === "rejected") {
        // Or the device is still at work in a session whose answer seemed to be there.
        const { code } = outcome.reason as KeyStoreError;
        expect(["self-check-failed", "session-lost"]).toContain(code);
      } else {
        const { algorithm, publicKey } = signer;
        const own = messages[place] ?? message;
        expect(verifySignature({ algorithm, publicKey, message: own, signature: outcome.value })).toBe(true);
      }
    }
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });

  it("does not look for a device without a pause, however often it says that it is back, or crashes", async () => {
    const pauses: number[] = [];
    let triedAt = performance.now();
    const store = await scene.open({
      options: { mustBePresent: false, pollRemovedMilliseconds: 40 },
      ...answering((honest) => ({
        pinStatus: () => {
          pauses.push(performance.now() - triedAt);
          triedAt = performance.now();
          setImmediate(() => {
            honest.kill();
          });
          return Promise.reject(new KeyStoreError("token-not-found", "not yet"));
        },
        onEvent: (listener) => {
          for (let time = 0; time < 200; time += 1) {
            setTimeout(() => {
              listener({ kind: "inserted" });
            }, time);
          }
        },
      })),
    });
    await expect.poll(() => pauses.length, { interval: 5 }).toBeGreaterThan(5);
    await store.close();
    // The first try comes when the store is opened, the second while that fails.
    expect(Math.min(...pauses.slice(2))).toBeGreaterThan(35);
  });

  it("keeps one connection when the host crashes while the store is opened without its device", async () => {
    let hosts = 0;
    const living = new Set<DeviceConnection>();
    const store = await scene.open({
      options: { mustBePresent: false, pollRemovedMilliseconds: 5 },
      intercept: async (honest) => {
        hosts += 1;
        living.add(honest);
        void honest.ended.then(() => living.delete(honest));
        if (hosts === 1) {
          honest.kill();
          return honest;
        }
        // As long as a slow library takes to find its device, and longer than the pause between two looks.
        await new Promise((resolve) => setTimeout(resolve, 60));
        return honest;
      },
    });
    await expect.poll(async () => (await store.health()).state, { interval: 5 }).toBe("ready");
    expect({ hosts, living: living.size }).toEqual({ hosts: 2, living: 1 });
  });

  it("is told once of each number of tries that are left", async () => {
    let tell: Parameters<DeviceConnection["onEvent"]>[0] = () => undefined;
    const store = await scene.open(answering(() => ({ onEvent: (listener) => (tell = listener) })));
    expect(await store.health()).not.toHaveProperty("remainingTries");
    for (let time = 0; time < 1_000; time += 1) tell({ kind: "pin-low", remainingTries: 2 });
    tell({ kind: "pin-low", remainingTries: 1 });
    expect(scene.events.filter(({ event }) => event === "pin-low")).toHaveLength(2);
    expect(await store.health()).toMatchObject({ remainingTries: 1 });
    expect(await ringKeysOf(store).device()).toMatchObject({ remainingTries: 1 });
  });

  it("refuses a digest of another length before the device sees it", async () => {
    const sm2 = await addKey(scene, "SM2", "seal");
    const store = await scene.open();
    const signer = await store.signer(sm2);
    for (const length of [0, 20, 31, 33]) {
      await expect(signer.sign({ digest: new Uint8Array(length) })).rejects.toMatchObject({
        code: "input-not-supported",
      });
    }
    expect(scene.statistics.signatures).toBe(0);
  });

  it("does not let a caller change the key that its signatures are verified with", async () => {
    const store = await scene.open();
    const signer = await store.signer(uri);
    signer.publicKey.fill(0);
    await expect(signer.sign({ message })).resolves.toHaveLength(64);
    expect((await store.signer(uri)).publicKey).not.toEqual(signer.publicKey);
  });
});
