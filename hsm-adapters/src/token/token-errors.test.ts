import { utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addKey, createTokenScene, rightPin } from "../../testing/token-scene.ts";
import type { TokenScene } from "../../testing/token-scene.ts";
import type { KeyStoreErrorCode, KeyUri } from "../key-store/index.ts";
import { writeKeyUri } from "../key-store/index.ts";
import type { SimulatedBehaviour, SimulatedFault } from "../simulator/index.ts";
import type { TokenKeyStore } from "./index.ts";

const message = utf8Of("印信");

function isRight({ algorithm, publicKey }: Signer, signature: Uint8Array): boolean {
  return verifySignature({ algorithm, publicKey, message, signature });
}

const failing = (
  code: KeyStoreErrorCode,
  more: Partial<SimulatedFault> & { readonly poisons?: boolean } = {},
): SimulatedFault => {
  const { poisons = false, ...fault } = more;
  return { name: "fault", operation: "sign", does: { kind: "error", code, poisons }, ...fault };
};

const behaving = (does: SimulatedBehaviour, more: Partial<SimulatedFault> = {}): SimulatedFault => ({
  name: "fault",
  operation: "sign",
  does,
  ...more,
});

describe("a token store whose device fails", () => {
  let scene: TokenScene;
  let uri: KeyUri;
  beforeEach(async () => {
    scene = createTokenScene();
    uri = await addKey(scene);
  });
  afterEach(() => scene.dispose());

  const openWith = async (...faults: SimulatedFault[]): Promise<[TokenKeyStore, Signer]> => {
    const store = await scene.open({ config: { faults } });
    return [store, await store.signer(uri)];
  };
  const countersOf = async (store: TokenKeyStore) => (await store.health()).counters;

  it.each(["session-lost", "device-error", "device-unreachable", "vendor-error"] as const)(
    "replaces the session after %s, and tries once more",
    async (code) => {
      const [store, signer] = await openWith(failing(code, { poisons: true }));
      expect(isRight(signer, await signer.sign({ message }))).toBe(true);
      expect(await countersOf(store)).toMatchObject({ signatures: 1, retries: 1, evictedSessions: 1 });
      expect(scene.statistics.usesAfterPoisoning).toBe(0);
    },
  );

  it.each(["session-lost", "device-error", "vendor-error", "login-lost"] as const)(
    "gives up when %s comes twice",
    async (code) => {
      const [store, signer] = await openWith(failing(code, { times: 2 }));
      await expect(signer.sign({ message })).rejects.toMatchObject({ code });
      expect(await countersOf(store)).toMatchObject({ signatures: 0, failures: 1, retries: 1 });
      expect((await store.health()).lastError?.code).toBe(code);
      expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    },
  );

  it("starts another host after three device errors", async () => {
    const [store, signer] = await openWith(failing("device-error", { times: 3 }));
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "device-error" });
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ hostRestarts: 1, signatures: 1, failures: 1 });
    expect(scene.events).toContainEqual({ event: "host-killed", reason: "device-error" });
  });

  it("never uses a session again that CKR_DEVICE_ERROR poisoned, also with 64 requests at once", async () => {
    const [store, signer] = await openWith(
      failing("device-error", { name: "first", at: 5, poisons: true }),
      failing("device-error", { name: "second", at: 20, poisons: true }),
    );
    const signatures = await Promise.all(Array.from({ length: 64 }, () => signer.sign({ message })));
    expect(signatures.every((signature) => isRight(signer, signature))).toBe(true);
    expect(scene.statistics).toMatchObject({ usesAfterPoisoning: 0, overlaps: 0 });
    expect(await countersOf(store)).toMatchObject({ signatures: 64, retries: 2, evictedSessions: 2 });
  });

  it("comes back to all its sessions when others held them for a while", async () => {
    let now = 0;
    const busy = failing("device-busy", { operation: "open-session", at: 2, times: 8 });
    const store = await scene.open({
      config: { faults: [busy], latencyMilliseconds: 2 },
      options: { sessions: 4 },
      deps: { clock: () => now },
    });
    const signer = await store.signer(uri);
    const signMany = () => Promise.all(Array.from({ length: 12 }, () => signer.sign({ message })));
    for (let time = 0; time < 10; time += 1) {
      await signMany();
      now += 1_000;
    }
    expect((await store.health()).sessions).toMatchObject({ open: 4, limit: 4 });
  });

  it("leaves no session open on the device when an officer activates it, also in the middle of work", async () => {
    const store = await scene.open({ config: { latencyMilliseconds: 2 }, options: { sessions: 3 } });
    const signer = await store.signer(uri);
    for (let time = 0; time < 5; time += 1) {
      const signing = Array.from({ length: 6 }, () => signer.sign({ message }));
      await store.activate(utf8Of(rightPin));
      await Promise.all(signing);
    }
    await expect.poll(() => scene.statistics.openSessions, { interval: 5 }).toBeLessThanOrEqual(3);
  });

  it("logs in again when the login is gone", async () => {
    const [store, signer] = await openWith(behaving({ kind: "lose-login" }));
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ signatures: 1, retries: 1, hostRestarts: 0 });
  });

  it("opens other sessions when all are dropped", async () => {
    const [store, signer] = await openWith(behaving({ kind: "drop-sessions" }, { at: 20 }));
    const signatures = await Promise.all(Array.from({ length: 64 }, () => signer.sign({ message })));
    expect(signatures.every((signature) => isRight(signer, signature))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ signatures: 64, failures: 0 });
  });

  it("finds a key again whose handle is stale", async () => {
    const [store, signer] = await openWith(behaving({ kind: "forget-handles" }));
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ signatures: 1, retries: 1 });
  });

  it("says key-not-found for a key that was destroyed meanwhile, after it has refreshed", async () => {
    const [store, signer] = await openWith();
    await signer.sign({ message });
    const other = await scene.open();
    await other.destruction?.destroy(uri);
    await store.refresh();
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "key-not-found" });
    await expect(store.signer(uri)).rejects.toMatchObject({ code: "key-not-found" });
  });

  it("reads the key again when the device says that it does not know the mechanism", async () => {
    const [store, signer] = await openWith(failing("algorithm-not-supported"));
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ retries: 1, evictedSessions: 0 });
  });

  it("waits for a device that is busy", async () => {
    const [store, signer] = await openWith(failing("device-busy", { times: 2 }));
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ signatures: 1, retries: 2 });
  });

  it.each(["not-permitted", "key-state-forbids", "operation-not-supported"] as const)(
    "tells the caller of %s and tries nothing",
    async (code) => {
      const [store, signer] = await openWith(failing(code));
      await expect(signer.sign({ message })).rejects.toMatchObject({ code });
      expect(await countersOf(store)).toMatchObject({ retries: 0, evictedSessions: 0 });
    },
  );

  it.each(["empty-signature", "wrong-signature"] as const)(
    "does not let out an %s, and asks another session once",
    async (kind) => {
      const [store, signer] = await openWith(behaving({ kind }));
      expect(isRight(signer, await signer.sign({ message }))).toBe(true);
      expect(await countersOf(store)).toMatchObject({ retries: 1, evictedSessions: 1 });
    },
  );

  it("says self-check-failed if the other session answers nonsense too", async () => {
    const [store, signer] = await openWith(behaving({ kind: "wrong-signature" }, { times: 2 }));
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "self-check-failed" });
    expect(await countersOf(store)).toMatchObject({ retries: 1, failures: 1 });
  });

  it("refuses ECDSA from an SM2 key with that sentence, and does not ask again", async () => {
    const sm2 = await addKey(scene, "SM2", "seal");
    const store = await scene.open({ config: { ecdsaForSm2: true } });
    const signer = await store.signer(sm2);
    await expect(signer.sign({ message })).rejects.toMatchObject({
      code: "ecdsa-for-sm2",
      message: expect.stringContaining("ECDSA on the SM2 curve") as string,
    });
    expect(await countersOf(store)).toMatchObject({ retries: 0, failures: 1 });
  });

  it("says self-check-failed, not ecdsa-for-sm2, for an SM2 signature that is only wrong", async () => {
    const sm2 = await addKey(scene, "SM2", "seal");
    const faults = [behaving({ kind: "wrong-signature" }, { times: 2 })];
    const store = await scene.open({ config: { faults } });
    const signer = await store.signer(sm2);
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "self-check-failed" });
  });

  it("uses fewer sessions if the device has fewer than it said", async () => {
    const store = await scene.open({
      config: { faults: [failing("device-busy", { operation: "open-session", at: 3, times: 100 })] },
    });
    const signer = await store.signer(uri);
    const signatures = await Promise.all(Array.from({ length: 16 }, () => signer.sign({ message })));
    expect(signatures.every((signature) => isRight(signer, signature))).toBe(true);
    expect((await store.health()).sessions).toMatchObject({ open: 2, limit: 2 });
  });

  it("leaves two sessions of the device to others, and refuses with device-busy when too many wait", async () => {
    const store = await scene.open({
      config: { maximumSessions: 4, latencyMilliseconds: 5 },
      options: { queueLimit: 3 },
    });
    const signer = await store.signer(uri);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => signer.sign({ message })));
    const refused = outcomes.filter(({ status }) => status === "rejected");
    // None was open at first, so three waited.
    expect(refused).toHaveLength(5);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: "device-busy" });
    }
    expect(scene.statistics.mostOpenSessions).toBe(2);
  });

  it("validates a session that lay idle, and replaces one that did not survive it", async () => {
    let now = 0;
    const store = await scene.open({
      deps: { clock: () => now },
      options: { idleValidateMilliseconds: 20_000 },
      config: { faults: [failing("session-lost", { operation: "validate" })] },
    });
    const signer = await store.signer(uri);
    await signer.sign({ message });
    now += 20_001;
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ signatures: 2, retries: 0, evictedSessions: 1 });
  });

  it("refuses while the device is away, and signs again when it is back, without a restart", async () => {
    const [store, signer] = await openWith(behaving({ kind: "remove", milliseconds: 60 }, { at: 2 }));
    await signer.sign({ message });
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "device-removed" });
    expect((await store.health()).state).toBe("offline");
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "device-removed" });
    await expect.poll(async () => (await store.health()).state, { interval: 10 }).toBe("ready");
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    expect(scene.events.map(({ event }) => event)).toEqual(["device-removed", "device-returned"]);
    expect(await countersOf(store)).toMatchObject({ hostRestarts: 0 });
  });

  it("opens without the device if it need not be there, and works when it comes", async () => {
    await expect(
      scene.open({ deps: { connect: () => Promise.reject(new Error("no such device")) } }),
    ).rejects.toMatchObject({ code: "vendor-error" });
    let isThere = false;
    const store = await scene.open({
      options: { mustBePresent: false },
      onlyIf: () => isThere,
    });
    expect(await store.health()).toMatchObject({ state: "offline", device: expect.any(String) as string });
    expect(store.generation).toBeUndefined();
    await expect(store.signer(uri)).rejects.toMatchObject({ code: "token-not-found" });
    isThere = true;
    await expect.poll(async () => (await store.health()).state, { interval: 10 }).toBe("ready");
    expect(store.generation).toBeDefined();
    const signer = await store.signer(uri);
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
  });

  it("uses a key that another process made, without a restart, and refreshes once a second at most", async () => {
    let now = 1_000_000;
    const store = await scene.open({ config: { hidesNewKeys: true }, deps: { clock: () => now } });
    const made = await addKey(scene, "ES256", "made-elsewhere");
    const signer = await store.signer(made);
    expect(isRight(signer, await signer.sign({ message }))).toBe(true);
    const unknown = writeKeyUri("simulator", { serial: "S1", id: Uint8Array.of(1, 2, 3) });
    await Promise.all(
      Array.from({ length: 5 }, () =>
        expect(store.signer(unknown)).rejects.toMatchObject({ code: "key-not-found" }),
      ),
    );
    const later = await addKey(scene, "ES256", "made-later");
    await expect(store.signer(later)).rejects.toMatchObject({ code: "key-not-found" });
    now += 1_000;
    await expect(store.signer(later)).resolves.toMatchObject({ algorithm: "ES256" });
  });

  it("refreshes when no session is being opened any more, and keeps none that nobody knows", async () => {
    const slow = (milliseconds: number): SimulatedBehaviour => ({ kind: "slow", milliseconds });
    const faults: SimulatedFault[] = [
      { name: "slow-opening", operation: "open-session", does: slow(50) },
      // Asked after the refresh, whether anybody is logged in: what was being opened would come before the answer.
      { name: "slow-status", operation: "pin-status", at: 2, does: slow(150) },
    ];
    const store = await scene.open({ options: { sessions: 1 }, config: { faults } });
    const signer = await store.signer(uri);
    const signing = signer.sign({ message });
    await store.refresh();
    expect(isRight(signer, await signing)).toBe(true);
    expect(scene.statistics).toMatchObject({ openSessions: 1, mostOpenSessions: 1 });
  });

  it("refreshes while others sign, and no signature is lost", async () => {
    const store = await scene.open({ config: { latencyMilliseconds: 1 } });
    const signer = await store.signer(uri);
    const signing = Promise.all(Array.from({ length: 100 }, () => signer.sign({ message })));
    await store.refresh();
    await store.refresh();
    const signatures = await signing;
    expect(signatures.every((signature) => isRight(signer, signature))).toBe(true);
    expect(await countersOf(store)).toMatchObject({ signatures: 100, failures: 0, retries: 0 });
  });

  it("lets those finish who sign when it is closed, and refuses those who wait", async () => {
    const store = await scene.open({ options: { sessions: 2 }, config: { latencyMilliseconds: 20 } });
    const signer = await store.signer(uri);
    // Both sessions are open before the many come.
    await Promise.all([signer.sign({ message }), signer.sign({ message })]);
    const signing = Array.from({ length: 6 }, () => signer.sign({ message }));
    const [outcomes] = await Promise.all([Promise.allSettled(signing), store.close()]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled"],
      ...["rejected", "rejected", "rejected", "rejected"],
    ]);
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "key-store-closed" });
    expect((await store.health()).state).toBe("closed");
  });
});
