import { utf8Of } from "@yinxin/crypto/bytes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addKey, createTokenScene, rightPin } from "../../testing/token-scene.ts";
import type { TokenScene } from "../../testing/token-scene.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { noPin, pinPad } from "../pin/index.ts";
import type { PinSource } from "../pin/index.ts";
import { writeSimulatorControl } from "../simulator/index.ts";
import type { SimulatedFault } from "../simulator/index.ts";

const message = utf8Of("印信");

/** A source that gives these PINs, one after the other and the last for ever, and keeps what it gave. */
function pinsInTurn(...pins: readonly string[]): PinSource & { readonly given: Uint8Array[] } {
  const given: Uint8Array[] = [];
  return {
    given,
    read: () => {
      const pin = utf8Of(pins[Math.min(given.length, pins.length - 1)] ?? "");
      given.push(pin);
      return Promise.resolve(pin);
    },
  };
}

describe("the PIN of a token store", () => {
  let scene: TokenScene;
  let uri: KeyUri;
  beforeEach(async () => {
    scene = createTokenScene();
    uri = await addKey(scene);
  });
  afterEach(() => scene.dispose());

  const logins = (): number => scene.statistics.logins;

  it("is overwritten after the login", async () => {
    const pin = pinsInTurn(rightPin);
    await scene.open({ deps: { pin } });
    expect(pin.given).toEqual([new Uint8Array(rightPin.length)]);
  });

  it("is tried once if it is wrong, and the refusal says how many tries are left", async () => {
    const before = logins();
    await expect(scene.open({ deps: { pin: pinsInTurn("000001") } })).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: 4 },
    });
    expect(logins() - before).toBe(1);
  });

  it("is not tried again after it was wrong once, until an officer activates the device", async () => {
    const before = logins();
    const pin = pinsInTurn("000001");
    const store = await scene.open({ deps: { pin }, options: { mustBePresent: false } });
    expect((await store.health()).state).toBe("latched");
    const signer = await store.signer(uri);
    for (let time = 0; time < 10; time += 1) {
      await expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-latched" });
    }
    store.killHost();
    await expect.poll(() => scene.events.map(({ event }) => event)).toContain("connecting-failed");
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-latched" });
    expect(logins() - before).toBe(1);

    await expect(store.activate(utf8Of("000002"))).rejects.toMatchObject({
      code: "pin-incorrect",
      facts: { remainingTries: 3 },
    });
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-latched" });
    const right = utf8Of(rightPin);
    await store.activate(right);
    expect(right).toEqual(new Uint8Array(rightPin.length));
    await expect(signer.sign({ message })).resolves.toHaveLength(64);
    expect((await store.health()).state).toBe("ready");
    expect(logins() - before).toBe(3);
  });

  it("that went stale latches when the host is started anew, and the store still lists its keys", async () => {
    const store = await scene.open({ deps: { pin: pinsInTurn(rightPin, "000001") } });
    const before = logins();
    store.killHost();
    await expect.poll(async () => (await store.health()).state, { interval: 5 }).toBe("latched");
    const signer = await store.signer(uri);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-latched" }),
      ),
    );
    expect(logins() - before).toBe(1);
    await expect(store.list()).resolves.toMatchObject([{ uri }]);
  });

  it("is not tried when one more wrong one would lock the device, unless that is allowed", async () => {
    const wrong = { deps: { pin: pinsInTurn("000001") } };
    for (let left = 4; left > 0; left -= 1) {
      await expect(scene.open(wrong)).rejects.toMatchObject({ facts: { remainingTries: left } });
    }
    const before = logins();
    await expect(scene.open()).rejects.toMatchObject({ code: "pin-last-try", facts: { remainingTries: 1 } });
    expect(logins()).toBe(before);
    const store = await scene.open({ options: { mustBePresent: false } });
    await expect(store.activate(utf8Of(rightPin))).rejects.toMatchObject({ code: "pin-last-try" });
    await store.activate(utf8Of(rightPin), { allowLastTry: true });
    await expect(scene.open({ deps: { allowLastTry: true } })).resolves.toBeDefined();
  });

  it("is not tried when it is locked", async () => {
    for (let time = 0; time < 5; time += 1) {
      const deps = { pin: pinsInTurn("000001"), allowLastTry: true };
      await expect(scene.open({ deps })).rejects.toMatchObject({ code: "pin-incorrect" });
    }
    const before = logins();
    await expect(scene.open({ deps: { allowLastTry: true } })).rejects.toMatchObject({ code: "pin-locked" });
    expect(logins()).toBe(before);
  });

  it("from the factory is refused in production mode without trying it, and used in a sandbox", async () => {
    const config = { pin: "12345678" };
    const deps = { pin: pinsInTurn("12345678") };
    const before = logins();
    await expect(scene.open({ config, deps: { ...deps, mode: "production" } })).rejects.toMatchObject({
      code: "pin-default",
    });
    expect(logins()).toBe(before);
    await expect(scene.open({ config, deps })).resolves.toBeDefined();
    await expect(
      scene.open({ config: { saysPinIsDefault: true }, deps: { mode: "production" } }),
    ).rejects.toMatchObject({ code: "pin-default" });
    await expect(scene.open({ deps: { mode: "production" } })).resolves.toBeDefined();
  });

  it("is typed on the device where it has a pad", async () => {
    const store = await scene.open({ config: { hasPinPad: true }, deps: { pin: pinPad } });
    const signer = await store.signer(uri);
    await expect(signer.sign({ message })).resolves.toHaveLength(64);
    const padless = await scene.open({ deps: { pin: pinPad } });
    const other = await padless.signer(uri);
    await expect(other.sign({ message })).rejects.toMatchObject({ code: "pin-required" });
  });

  it("is not needed for looking at public parts", async () => {
    const store = await scene.open({ deps: { pin: noPin } });
    await expect(store.list()).resolves.toMatchObject([{ uri }]);
    const signer = await store.signer(uri);
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-required" });
    await store.activate(utf8Of(rightPin));
    await expect(signer.sign({ message })).resolves.toHaveLength(64);
  });

  it("is given at every signature of a key that asks for it, and latches if it is wrong then", async () => {
    const careful = await addKey(scene, "ES256", "careful", { alwaysAuthenticate: true });
    const pin = pinsInTurn(rightPin, rightPin, rightPin, "000001", rightPin);
    const store = await scene.open({ deps: { pin } });
    const signer = await store.signer(careful);
    await signer.sign({ message });
    await signer.sign({ message });
    expect(pin.given).toHaveLength(3);
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-incorrect" });
    await expect(signer.sign({ message })).rejects.toMatchObject({ code: "pin-latched" });
    expect(pin.given).toHaveLength(4);
    expect(pin.given).toEqual(pin.given.map(({ length }) => new Uint8Array(length)));
  });

  /** A store on a key that asks for its PIN, whose source begins to give a wrong one once the store is open. */
  const openCareful = async () => {
    const careful = await addKey(scene, "ES256", "careful", { alwaysAuthenticate: true });
    let pin = rightPin;
    const store = await scene.open({ deps: { pin: { read: () => Promise.resolve(utf8Of(pin)) } } });
    const signer = await store.signer(careful);
    await signer.sign({ message });
    pin = "000001";
    return { store, signer };
  };
  const codesOf = (outcomes: readonly PromiseSettledResult<unknown>[]): string[] =>
    outcomes.map((outcome) =>
      outcome.status === "rejected" ? (outcome.reason as KeyStoreError).code : "fulfilled",
    );

  it("that is wrong costs one try, also when many signatures ask for it at once", async () => {
    const { store, signer } = await openCareful();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => signer.sign({ message })));
    expect(codesOf(outcomes)).toEqual(["pin-incorrect", ...Array<string>(7).fill("pin-latched")]);
    await expect(store.activate(utf8Of("000002"))).resolves.toBeUndefined();
    await expect(scene.open({ deps: { pin: pinsInTurn("000001") } })).rejects.toMatchObject({
      facts: { remainingTries: 3 },
    });
  });

  it("is not given for a signature when one more wrong one would lock the device", async () => {
    const { signer } = await openCareful();
    for (let left = 4; left > 0; left -= 1) {
      await expect(scene.open({ deps: { pin: pinsInTurn("000001") } })).rejects.toMatchObject({
        facts: { remainingTries: left },
      });
    }
    await expect(signer.sign({ message })).rejects.toMatchObject({
      code: "pin-last-try",
      facts: { remainingTries: 1 },
    });
  });

  it("that went stale costs one try, also when a refresh and a caller log in at once", async () => {
    const store = await scene.open({ deps: { pin: pinsInTurn(rightPin, "000001") } });
    const signer = await store.signer(uri);
    await signer.sign({ message });
    const before = logins();
    const forget = { kind: "lose-login" } as const;
    const lost = { kind: "error", code: "login-lost" } as const;
    writeSimulatorControl(scene.controlFile, {
      faults: [
        { name: "refreshed", operation: "refresh", does: forget },
        { name: "listed", operation: "list-keys", does: lost },
      ],
    });
    const outcomes = await Promise.allSettled([store.refresh(), store.list()]);
    expect(codesOf(outcomes).sort()).toEqual(["pin-incorrect", "pin-latched"]);
    expect(logins() - before).toBe(1);
  });

  it("stays latched when the device crashes before it says whether an officer's PIN is right", async () => {
    const store = await scene.open({
      deps: { pin: pinsInTurn("000001") },
      options: { mustBePresent: false, pollRemovedMilliseconds: 5 },
    });
    const before = logins();
    writeSimulatorControl(scene.controlFile, {
      faults: [{ name: "crash", operation: "pin-status", does: { kind: "crash" } }],
    });
    await expect(store.activate(utf8Of(rightPin))).rejects.toMatchObject({ code: "driver-crashed" });
    await expect.poll(async () => (await store.health()).state, { interval: 5 }).toBe("latched");
    expect(logins()).toBe(before);
  });

  const silentLogins = (times: number): SimulatedFault[] => [
    { name: "silent-login", operation: "login", times, does: { kind: "error", code: "driver-crashed" } },
  ];

  it("is not tried again with a device that crashed over it before it was ever right", async () => {
    const before = logins();
    const store = await scene.open({
      config: { faults: silentLogins(9) },
      options: { mustBePresent: false, pollRemovedMilliseconds: 5 },
    });
    await expect.poll(async () => (await store.health()).state, { interval: 5 }).toBe("latched");
    expect(logins() - before).toBe(1);
  });

  it.each(["device-error", "vendor-error"] as const)(
    "is not tried again with a device that answers %s to it, which may be its way of refusing a PIN",
    async (code) => {
      const before = logins();
      const faults: SimulatedFault[] = [
        { name: "unclear", operation: "login", times: 9, does: { kind: "error", code } },
      ];
      const store = await scene.open({
        config: { faults },
        options: { mustBePresent: false, pollRemovedMilliseconds: 5 },
      });
      await expect.poll(async () => (await store.health()).state, { interval: 5 }).toBe("latched");
      expect(logins() - before).toBe(1);
    },
  );

  it.each([
    [1, "ready"],
    [9, "latched"],
  ])(
    "has one more chance if it was right before: after %i crashes over it the store is %s",
    async (times, state) => {
      const store = await scene.open({ options: { pollRemovedMilliseconds: 5 } });
      const before = logins();
      writeSimulatorControl(scene.controlFile, { faults: silentLogins(times) });
      store.killHost();
      await expect.poll(() => scene.events.length).toBeGreaterThan(1);
      await expect.poll(async () => (await store.health()).state, { interval: 5 }).toBe(state);
      expect(logins() - before).toBe(2);
    },
  );

  it("that cannot be read safely is not read", async () => {
    const pin = { read: () => Promise.reject(new KeyStoreError("pin-file-permissions", "mode 0644")) };
    await expect(scene.open({ deps: { pin } })).rejects.toMatchObject({ code: "pin-file-permissions" });
  });
});
