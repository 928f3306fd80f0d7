import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { equalBytes, hexOf } from "@yinxin/crypto/bytes";
import { SignerError } from "@yinxin/crypto/signer";
import type { Signer, SignInput } from "@yinxin/crypto/signer";

import { KeyStoreError } from "../key-store/index.ts";
import type {
  KeyDescription,
  KeyStore,
  KeyStoreCounters,
  KeyStoreHealth,
  KeyUri,
} from "../key-store/index.ts";
import { asKeyStoreError } from "./token-errors.ts";

/**
 * Several devices that hold the same keys, as one store: the vendor's tools copied them. A key is the same if its public key is,
 * whatever each device calls it; any of its URIs opens it. Signatures go to the devices in turn, and to the next one if one fails.
 *
 * Keys are neither made nor destroyed here, since that would be on one device only.
 *
 * @throws RangeError if there is no store.
 */
export function openKeyStoreGroup(stores: readonly KeyStore[]): KeyStore {
  if (stores.length === 0) throw new RangeError("a group has one store at least");
  return new KeyStoreGroup(stores);
}

/** One of the group's devices, seen from one key. */
interface Member {
  readonly store: KeyStore;
  signer: Signer | undefined;
}

/** What another device would answer too, because the caller asked for it. */
const callersFault: ReadonlySet<string> = new Set([
  "key-uri-malformed",
  "algorithm-not-supported",
  "operation-not-supported",
]);

class KeyStoreGroup implements KeyStore {
  readonly #stores: readonly KeyStore[];
  #turn = 0;
  #isClosed = false;

  constructor(stores: readonly KeyStore[]) {
    this.#stores = stores;
  }

  async signer(uri: KeyUri, algorithm?: SignatureAlgorithmName): Promise<Signer> {
    this.#checkOpen();
    const { first, from } = await this.#open(uri, algorithm);
    const members = this.#stores.map((store) => ({ store, signer: store === from ? first : undefined }));
    return {
      algorithm: first.algorithm,
      publicKey: first.publicKey,
      inputs: first.inputs,
      sign: (input) => this.#sign(members, first, input),
    };
  }

  async list(): Promise<readonly KeyDescription[]> {
    this.#checkOpen();
    const lists = await this.#askAll((store) => store.list());
    const byKey = new Map<string, KeyDescription>();
    for (const key of lists.flat()) {
      const name = hexOf(key.publicKey);
      if (!byKey.has(name)) byKey.set(name, key);
    }
    return [...byKey.values()].sort((left, right) => (left.uri < right.uri ? -1 : 1));
  }

  async refresh(): Promise<void> {
    this.#checkOpen();
    await this.#askAll((store) => store.refresh());
  }

  async health(): Promise<KeyStoreHealth> {
    const all = await Promise.all(this.#stores.map((store) => store.health()));
    const counters = all.flatMap((health) => health.counters ?? []);
    const lastError = all.flatMap((health) => health.lastError ?? []).at(-1);
    const tries = all.flatMap(({ remainingTries }) => remainingTries ?? []);
    return {
      state: this.#isClosed ? "closed" : stateOfAll(all),
      device: all.map(({ device }) => device).join("; "),
      ...(tries.length > 0 && { remainingTries: Math.min(...tries) }),
      ...(counters.length > 0 && { counters: counters.reduce(sumOf) }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#stores.map((store) => store.close()));
  }

  /** The key on the first device that has it under this URI and can be asked. */
  async #open(
    uri: KeyUri,
    algorithm: SignatureAlgorithmName | undefined,
  ): Promise<{ readonly first: Signer; readonly from: KeyStore }> {
    const errors: KeyStoreError[] = [];
    for (const store of this.#stores) {
      try {
        return { first: await store.signer(uri, algorithm), from: store };
      } catch (cause) {
        const error = asKeyStoreError(cause);
        if (callersFault.has(error.code)) throw error;
        errors.push(error);
      }
    }
    throw worstOf(errors);
  }

  async #sign(members: readonly Member[], first: Signer, input: SignInput): Promise<Uint8Array> {
    this.#checkOpen();
    this.#turn += 1;
    const errors: KeyStoreError[] = [];
    for (const place of members.keys()) {
      const member = members[(this.#turn + place) % members.length];
      if (member === undefined) continue;
      try {
        const signer = await signerOf(member, first);
        return await signer.sign(input);
      } catch (cause) {
        if (cause instanceof SignerError) throw cause;
        errors.push(asKeyStoreError(cause));
      }
    }
    throw worstOf(errors);
  }

  /** The answers of those that answer. @throws KeyStoreError if none does. */
  async #askAll<Value>(ask: (store: KeyStore) => Promise<Value>): Promise<Value[]> {
    const outcomes = await Promise.allSettled(this.#stores.map(ask));
    const values = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    if (values.length > 0) return values;
    throw worstOf(
      outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [asKeyStoreError(outcome.reason)] : [])),
    );
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new KeyStoreError("key-store-closed", "the key store was closed");
  }
}

/** The key on this device, by its public key: each device names it by its own serial number. */
async function signerOf(member: Member, { publicKey, algorithm }: Signer): Promise<Signer> {
  if (member.signer !== undefined) return member.signer;
  const wanted = hexOf(publicKey);
  const key = (await member.store.list()).find((other) => hexOf(other.publicKey) === wanted);
  if (key === undefined)
    throw new KeyStoreError("key-not-found", "this device of the group has not got the key");
  const signer = await member.store.signer(key.uri, algorithm);
  // Between the two calls another key may have come under this name.
  if (!equalBytes(signer.publicKey, publicKey)) {
    throw new KeyStoreError("key-not-found", "this device of the group has another key by now");
  }
  member.signer = signer;
  return signer;
}

/** Of several refusals, one that says more than that a device has not got the key. */
function worstOf(errors: readonly KeyStoreError[]): KeyStoreError {
  const telling = errors.find(({ code }) => code !== "key-not-found") ?? errors[0];
  return telling ?? new KeyStoreError("device-unreachable", "no device of the group answers");
}

function stateOfAll(all: readonly KeyStoreHealth[]): KeyStoreHealth["state"] {
  const states = new Set(all.map(({ state }) => state));
  if (states.size === 1) return all[0]?.state ?? "offline";
  if (states.has("ready") || states.has("degraded")) return "degraded";
  return states.has("latched") ? "latched" : "offline";
}

function sumOf(left: KeyStoreCounters, right: KeyStoreCounters): KeyStoreCounters {
  const recoveries = [left, right].flatMap(({ lastRecoveryMilliseconds }) => lastRecoveryMilliseconds ?? []);
  return {
    signatures: left.signatures + right.signatures,
    failures: left.failures + right.failures,
    retries: left.retries + right.retries,
    evictedSessions: left.evictedSessions + right.evictedSessions,
    hostRestarts: left.hostRestarts + right.hostRestarts,
    ...(recoveries.length > 0 && { lastRecoveryMilliseconds: Math.max(...recoveries) }),
  };
}
