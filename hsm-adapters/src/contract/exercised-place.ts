import { randomBytes } from "node:crypto";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { hexOf } from "@yinxin/crypto/bytes";

import type { KeyDescription, KeyStore, KeyUri } from "../key-store/index.ts";

/** One device or folder, which the exercise opens twice. */
export interface KeyStorePlace {
  open(): Promise<KeyStore>;
  /** The vendor's own tool, for stores without generation: makes a key behind the store's back. */
  provision?(label: string, algorithm: SignatureAlgorithmName): Promise<KeyUri>;
  /** Well-formed, of this store's scheme, and of no key. */
  readonly unknownUri: KeyUri;
  /** After the last test, also if one failed. */
  dispose?(): Promise<void>;
}

/** The parts of a store that not every store has. */
export type KeyStoreFace = "generation" | "importing" | "destruction" | "certificates" | "decryption";

export interface ExerciseOptions {
  /** The same physical token for every place: keys of others may be there, so labels are made unique and lists hold more. */
  readonly isShared?: boolean;
  /** What the store must have, and nothing else; without it, whatever is there is exercised. */
  readonly faces?: readonly KeyStoreFace[];
  /** Certificates are there, and are written with the vendor's own tool. */
  readonly onlyReadsCertificates?: boolean;
  /** For one test; a slow device needs more than the default of 30 seconds. */
  readonly timeoutMilliseconds?: number;
}

/** One place under test, its open store, and the keys made so far. */
export class ExercisedPlace {
  readonly algorithms: readonly SignatureAlgorithmName[];
  readonly options: ExerciseOptions;
  readonly #suffix = hexOf(new Uint8Array(randomBytes(4)));
  readonly #keys = new Map<SignatureAlgorithmName, Promise<KeyDescription>>();
  #place: KeyStorePlace | undefined;
  #store: KeyStore | undefined;

  constructor(algorithms: readonly SignatureAlgorithmName[], options: ExerciseOptions) {
    this.algorithms = algorithms;
    this.options = options;
  }

  get place(): KeyStorePlace {
    if (this.#place === undefined) throw new Error("the place was not made");
    return this.#place;
  }

  get store(): KeyStore {
    if (this.#store === undefined) throw new Error("the store was not opened");
    return this.#store;
  }

  /** The row for what needs only one key: elliptic curves are made quickest. */
  get firstAlgorithm(): SignatureAlgorithmName {
    return this.algorithms[0] ?? "SM2";
  }

  async begin(place: KeyStorePlace): Promise<void> {
    this.#place = place;
    this.#store = await place.open();
  }

  async reopen(): Promise<void> {
    await this.store.close();
    this.#store = await this.place.open();
  }

  async end(): Promise<void> {
    try {
      await this.#store?.close();
    } finally {
      await this.#place?.dispose?.();
    }
  }

  /** A label that no other run uses, where others use the device too. */
  labelOf(name: string): string {
    return this.options.isShared === true ? `${name}-${this.#suffix}` : name;
  }

  /** The one key of this row, made when first asked for. */
  key(algorithm: SignatureAlgorithmName): Promise<KeyDescription> {
    const made = this.#keys.get(algorithm) ?? this.#make(`key-${algorithm.toLowerCase()}`, algorithm);
    this.#keys.set(algorithm, made);
    return made;
  }

  /** Keys that the exercise relies on, in the order of their URIs. */
  async keys(): Promise<readonly KeyDescription[]> {
    const keys = await Promise.all(this.algorithms.map((algorithm) => this.key(algorithm)));
    return keys.sort((one, other) => (one.uri < other.uri ? -1 : 1));
  }

  /** Of all that is listed, these. */
  async listed(uris: readonly KeyUri[]): Promise<readonly KeyDescription[]> {
    return (await this.store.list()).filter(({ uri }) => uris.includes(uri));
  }

  async #make(name: string, algorithm: SignatureAlgorithmName): Promise<KeyDescription> {
    const label = this.labelOf(name);
    const { place, store } = this;
    if (store.generation !== undefined) return store.generation.generate({ label, algorithm });
    if (place.provision === undefined) throw new Error("nothing here makes the keys that the exercise needs");
    const uri = await place.provision(label, algorithm);
    await store.refresh();
    const found = (await store.list()).find((key) => key.uri === uri);
    if (found === undefined) throw new Error(`${uri} was provisioned and is not listed after refresh`);
    return found;
  }
}
