import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import { KeyStoreError } from "./key-store-error.ts";
import type { KeyDescription, KeyStore } from "./key-store.ts";
import { checkKeyLabel, parseKeyUri } from "./key-uri.ts";

/** One key as a service's key rings want to know it. */
export interface RingKeyDescription {
  readonly uri: string;
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Absent where the device does not say. */
  readonly extractable?: boolean;
  /** Made inside the device. */
  readonly local?: boolean;
  readonly device: string;
  /** In a device of this service alone, and made by somebody else. */
  readonly isForeign?: true;
}

/** A key that was made or taken up. */
export interface CreatedRingKey {
  readonly uri: string;
  readonly signer: Signer;
  readonly facts: RingKeyDescription;
}

/** A key store as the key rings of a service use it: the port of `@yinxin/service-kit/key-rings`. */
export interface KeyStoreRingKeys {
  /** @throws KeyStoreError as {@link KeyStore.signer}. */
  open(uri: string): Promise<Signer>;
  /**
   * The key of that label; it is made only if there is none, also after a crash or when several processes ask at once. What the
   * device says of it comes along.
   *
   * @throws KeyStoreError `key-exists` if the label leads to a key of another algorithm or to more than one;
   *   `operation-not-supported` if there is none and the store makes no keys; as `generate` otherwise.
   */
  create(label: string, algorithm: SignatureAlgorithmName): Promise<CreatedRingKey>;
  /** Every key, read from the devices now; foreign ones too where a device is this service's alone. @throws KeyStoreError as {@link KeyStore.list}. */
  describe(): Promise<readonly RingKeyDescription[]>;
  /** Destroys a key for good; one that is gone already is no error. Absent where the vendor's own tool does it. */
  readonly destroy?: ((uri: string) => Promise<void>) | undefined;
  /** With what is left of the PIN's tries where that is little. Never rejects. */
  device(): Promise<{ name: string; state: string; remainingTries?: number }>;
}

/** What a service's key rings need of its key store. */
export function ringKeysOf(store: KeyStore): KeyStoreRingKeys {
  return {
    open: (uri) => store.signer(parseKeyUri(uri)),
    create: (label, algorithm) => createOrTakeUp(store, label, algorithm),
    describe: async () => {
      // A device may know keys that were made since by another process.
      await store.refresh();
      const [keys, { device }, foreign] = await Promise.all([
        store.list(),
        store.health(),
        store.foreignKeys?.() ?? [],
      ]);
      const strangers = foreign.map((key) => ({ ...describe(key, device), isForeign: true as const }));
      return [...keys.map((key) => describe(key, device)), ...strangers];
    },
    // Read each time: a device that was not there when the store was opened shows what it can do later.
    get destroy() {
      const { destruction } = store;
      if (destruction === undefined) return undefined;
      return async (uri: string) => {
        await destruction.destroy(parseKeyUri(uri)).catch(ignoreMissing);
      };
    },
    device: async () => {
      const { device, state, remainingTries } = await store.health();
      return { name: device, state, ...(remainingTries !== undefined && { remainingTries }) };
    },
  };
}

function describe({ uri, label, algorithm, publicKey, attributes }: KeyDescription, device: string) {
  const { local, extractable } = attributes;
  return {
    ...{ uri, label, algorithm, publicKey, device },
    ...(local !== undefined && { local }),
    ...(extractable !== undefined && { extractable }),
  };
}

function ignoreMissing(cause: unknown): void {
  if (!(cause instanceof KeyStoreError && cause.code === "key-not-found")) throw cause;
}

async function createOrTakeUp(
  store: KeyStore,
  label: string,
  algorithm: SignatureAlgorithmName,
): Promise<CreatedRingKey> {
  checkKeyLabel(label);
  const key = (await generate(store, label, algorithm)) ?? (await takeUp(store, label, algorithm));
  const [signer, { device }] = await Promise.all([store.signer(key.uri), store.health()]);
  return { uri: key.uri, signer, facts: describe(key, device) };
}

/** Undefined if the label is taken, or the store makes no keys: then the key may be there. */
async function generate(
  { generation }: KeyStore,
  label: string,
  algorithm: SignatureAlgorithmName,
): Promise<KeyDescription | undefined> {
  try {
    return await generation?.generate({ label, algorithm });
  } catch (cause) {
    if (cause instanceof KeyStoreError && cause.code === "key-exists") return undefined;
    throw cause;
  }
}

async function takeUp(
  store: KeyStore,
  label: string,
  algorithm: SignatureAlgorithmName,
): Promise<KeyDescription> {
  // Another process may have made it just now.
  await store.refresh();
  const found = (await store.list()).filter((key) => key.label === label);
  const [key] = found;
  if (key === undefined) {
    throw new KeyStoreError("operation-not-supported", `there is no key ${label}, and the store makes none`);
  }
  if (found.length === 1 && key.algorithm === algorithm) return key;
  const what = found.length === 1 ? `a key for ${key.algorithm}` : "more than one key";
  throw new KeyStoreError("key-exists", `the label ${label} is on ${what}`, { facts: { uri: key.uri } });
}
