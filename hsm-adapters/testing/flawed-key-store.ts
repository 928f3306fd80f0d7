import { createECDH, createHash } from "node:crypto";
import { openSync, closeSync } from "node:fs";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { bytesOfHex, hexOf } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, derEcdsaSignature, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { readEcPrivateKey } from "@yinxin/crypto/sm2";

import { checkKeyLabel, KeyStoreError, writeKeyUri } from "../src/key-store/index.ts";
import type { KeyDescription, KeyStore, KeyUri } from "../src/key-store/index.ts";

/** What a {@link createFlawedDevice} does wrong; one word for each promise of the port that a store might break. */
export type Flaw =
  | "leaks-on-open"
  | "retries-wrong-pin"
  | "accepts-any-pin"
  | "lists-nothing"
  | "lists-two-of-one-uri"
  | "signs-nothing"
  | "signs-something-else"
  | "mixes-up-answers"
  | "repeats-answers"
  | "reuses-nonces"
  | "makes-one-key-again"
  | "fails-under-load"
  | "loses-requests-of-a-dead-driver"
  | "answers-dead-requests-twice"
  | "loses-requests-of-a-lost-session"
  | "signs-while-removed"
  | "never-comes-back"
  | "hangs-for-ever"
  | "sees-no-new-keys"
  | "cuts-labels"
  | "gives-a-label-twice"
  | "keeps-destroyed-keys"
  | "signs-with-destroyed-keys"
  | "extractable"
  | "exports"
  | "answers-after-close"
  | "leaks-while-signing"
  | "says-it-is-offline"
  | "cannot-destroy-after-all";

export interface FlawedDevice {
  readonly open: (pin?: string) => Promise<KeyStore & { killHost(): void }>;
  readonly makeKey: (label: string) => KeyUri;
  readonly exportPrivateKey: (uri: KeyUri) => Promise<Uint8Array>;
  /** Of PINs that were handed out. */
  readonly pinsRead: () => number;
  readonly loseSession: () => boolean;
  readonly remove: () => () => Promise<void>;
  readonly hang: () => () => void;
  /** Gives back what the flaw leaked. */
  readonly dispose: () => void;
}

interface HeldKey {
  readonly description: KeyDescription;
  readonly signer: Signer;
}

interface DeviceState {
  readonly flaw: Flaw | undefined;
  readonly keys: Map<KeyUri, HeldKey>;
  readonly leaked: number[];
  pinsRead: number;
  isRemoved: boolean;
  isHanging: boolean;
  sessionsLost: number;
}

/**
 * A device in memory whose stores keep every promise, or all but one: with it the tests of the conformance kit show that
 * each row fails when it should.
 */
export function createFlawedDevice(flaw?: Flaw): FlawedDevice {
  const state: DeviceState = {
    flaw,
    keys: new Map(),
    leaked: [],
    pinsRead: 0,
    isRemoved: false,
    isHanging: false,
    sessionsLost: 0,
  };
  return {
    open: (pin = "648219") => openFlawed(state, pin),
    makeKey: (label) => makeKey(state, label, "ES256").description.uri,
    exportPrivateKey: () =>
      flaw === "exports"
        ? Promise.resolve(new Uint8Array(32))
        : Promise.reject(new KeyStoreError("not-permitted", "CKR_ATTRIBUTE_SENSITIVE")),
    pinsRead: () => state.pinsRead,
    loseSession: () => {
      state.sessionsLost += 1;
      return true;
    },
    remove: () => {
      state.isRemoved = true;
      return () => {
        if (flaw !== "never-comes-back") state.isRemoved = false;
        return Promise.resolve();
      };
    },
    hang: () => {
      state.isHanging = true;
      return () => {
        state.isHanging = false;
      };
    },
    dispose: () => {
      for (const file of state.leaked) closeSync(file);
    },
  };
}

function leak(state: DeviceState): void {
  state.leaked.push(openSync("/dev/null", "r"));
}

async function openFlawed(state: DeviceState, pin: string): Promise<KeyStore & { killHost(): void }> {
  const { flaw } = state;
  if (flaw === "leaks-on-open") leak(state);
  state.pinsRead += pin === "648219" ? 0 : flaw === "retries-wrong-pin" ? 2 : 1;
  if (pin !== "648219" && flaw !== "accepts-any-pin") throw new KeyStoreError("pin-incorrect", "wrong PIN");
  await Promise.resolve();
  return createStore(state);
}

function makeKey(state: DeviceState, label: string, algorithm: SignatureAlgorithmName): HeldKey {
  const again = [...state.keys.values()].find((key) => key.description.algorithm === algorithm);
  if (state.flaw === "makes-one-key-again" && again !== undefined) {
    const uri = writeKeyUri("simulator", { serial: "1", id: Uint8Array.of(state.keys.size) });
    const same = { ...again, description: { ...again.description, uri, label } };
    state.keys.set(uri, same);
    return same;
  }
  const { pkcs8, spki } = generateKey(algorithm);
  const kept = state.flaw === "cuts-labels" ? label.slice(0, 32) : label;
  const description: KeyDescription = {
    uri: writeKeyUri("simulator", { serial: "1", id: spki.slice(-16) }),
    label: kept,
    algorithm,
    publicKey: spki,
    attributes: { local: true, extractable: state.flaw === "extractable", neverExtractable: true },
  };
  const signer = createSoftwareSigner(pkcs8, algorithm);
  const isWeak = state.flaw === "reuses-nonces" && algorithm === "ES256";
  const key = { description, signer: isWeak ? { ...signer, sign: signWithOneNonce(pkcs8) } : signer };
  state.keys.set(description.uri, key);
  return key;
}

function createStore(state: DeviceState): KeyStore & { killHost(): void } {
  const { flaw } = state;
  let isClosed = false;
  let kills = 0;
  let signatures = 0;
  let visible = new Map(state.keys);
  const mustBeOpen = (): void => {
    if (isClosed && flaw !== "answers-after-close")
      throw new KeyStoreError("key-store-closed", "the key store was closed");
  };
  const see = (): void => {
    if (flaw !== "sees-no-new-keys") visible = new Map(state.keys);
  };
  const find = (uri: KeyUri): HeldKey => {
    const key = visible.get(uri);
    if (key === undefined) throw new KeyStoreError("key-not-found", "there is no such key");
    return key;
  };
  const later = <Value>(work: () => Value): Promise<Value> => Promise.resolve().then(work);
  return {
    signer: (uri) =>
      later(() => {
        mustBeOpen();
        const { signer } = find(uri);
        const sign = flawedSign(state, signer, () => kills);
        return {
          ...signer,
          inputs: ["message", "digest"],
          sign: async (input) => {
            mustBeOpen();
            const gone = !visible.has(uri) && flaw !== "signs-with-destroyed-keys";
            if (gone) throw new KeyStoreError("key-not-found", "there is no such key");
            signatures += flaw === "answers-dead-requests-twice" && kills > 0 ? 2 : 1;
            return sign(input);
          },
        };
      }),
    list: () =>
      later(() => {
        mustBeOpen();
        if (flaw === "lists-nothing") return [];
        const listed = [...visible.values()].map(({ description }) => description);
        const sorted = listed.sort((left, right) => (left.uri < right.uri ? -1 : 1));
        return flaw === "lists-two-of-one-uri" ? sorted.flatMap((key) => [key, key]) : sorted;
      }),
    refresh: () => later(see),
    health: () =>
      later(() => ({
        state: flaw === "says-it-is-offline" ? ("offline" as const) : ("ready" as const),
        device: "a device in memory",
        counters: { signatures, failures: 0, retries: 0, evictedSessions: 0, hostRestarts: kills },
      })),
    generation: {
      generate: ({ label, algorithm }) =>
        later(() => {
          mustBeOpen();
          checkKeyLabel(label);
          const isTaken = [...state.keys.values()].some(({ description }) => description.label === label);
          if (isTaken && flaw !== "gives-a-label-twice") throw new KeyStoreError("key-exists", "it is taken");
          if (!["SM2", "ES256", "RS256"].includes(algorithm))
            throw new KeyStoreError("algorithm-not-supported", "no such keys here");
          const key = makeKey(state, label, algorithm);
          visible.set(key.description.uri, key);
          return key.description;
        }),
    },
    destruction: {
      destroy: (uri) =>
        later(() => {
          find(uri);
          if (flaw === "cannot-destroy-after-all")
            throw new KeyStoreError("not-permitted", "CKR_ACTION_PROHIBITED");
          if (flaw === "keeps-destroyed-keys") return;
          state.keys.delete(uri);
          visible.delete(uri);
        }),
    },
    close: () =>
      later(() => {
        isClosed = true;
      }),
    killHost: () => {
      kills += 1;
    },
  };
}

/** The signer's own signature, or what the flaw makes of it. */
function flawedSign(state: DeviceState, signer: Signer, kills: () => number): Signer["sign"] {
  const { flaw } = state;
  let before: Promise<Uint8Array> | undefined;
  let inFlight = 0;
  let diedAt = 0;
  return async (input) => {
    inFlight += 1;
    try {
      await Promise.resolve();
      if (state.isRemoved && flaw !== "signs-while-removed")
        throw new KeyStoreError("device-removed", "the device is away");
      if (state.isHanging) {
        if (flaw === "hangs-for-ever") await new Promise(() => undefined);
        throw new KeyStoreError("deadline-exceeded", "no answer in time");
      }
      if (flaw === "fails-under-load" && inFlight > 4)
        throw new KeyStoreError("device-error", "CKR_DEVICE_ERROR");
      if (flaw === "loses-requests-of-a-dead-driver" && kills() > diedAt) {
        diedAt = kills();
        throw new KeyStoreError("driver-crashed", "the driver died");
      }
      if (flaw === "loses-requests-of-a-lost-session" && state.sessionsLost > 0) {
        state.sessionsLost -= 1;
        throw new KeyStoreError("session-lost", "CKR_SESSION_HANDLE_INVALID");
      }
      if (flaw === "signs-nothing") return new Uint8Array();
      if (flaw === "leaks-while-signing") leak(state);
      if (flaw === "signs-something-else") return await signer.sign({ message: new Uint8Array(1) });
      const own = signer.sign(input);
      const previous = before;
      before = own;
      if (flaw === "mixes-up-answers" && inFlight > 4 && previous !== undefined) return await previous;
      if (flaw === "repeats-answers" && previous !== undefined) return await previous;
      return await own;
    } finally {
      inFlight -= 1;
    }
  };
}

/** n of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const nonce = 4_711n;

/** ECDSA with always the same random number: every signature verifies, and two of them give the key away. */
function signWithOneNonce(pkcs8: Uint8Array): Signer["sign"] {
  const d = BigInt(`0x${hexOf(readEcPrivateKey(pkcs8).d)}`);
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(nonce.toString(16).padStart(64, "0"), "hex");
  const r = BigInt(`0x${ecdh.getPublicKey("hex").slice(2, 66)}`) % order;
  return (input) => {
    const digest = "digest" in input ? input.digest : createHash("sha256").update(input.message).digest();
    const e = BigInt(`0x${hexOf(digest)}`);
    const s = (inverse(nonce) * (e + r * d)) % order;
    const raw = [r, s].map((number) => number.toString(16).padStart(64, "0")).join("");
    return Promise.resolve(derEcdsaSignature("P-256", bytesOfHex(raw)) ?? new Uint8Array());
  };
}

/** By Fermat: x to the power of n − 2. */
function inverse(number: bigint): bigint {
  let result = 1n;
  let square = number;
  for (let rest = order - 2n; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % order;
    square = (square * square) % order;
  }
  return result;
}
