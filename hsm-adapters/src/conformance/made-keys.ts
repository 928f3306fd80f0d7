import { hexOf } from "@yinxin/crypto/bytes";

import type { KeyStore, KeyUri } from "../key-store/index.ts";

/** Every key that the kit made, in whatever row: none of them may be forgotten, also when a row fails or a person ends the kit. */
export class MadeKeys {
  readonly #keys = new Map<KeyUri, string>();
  readonly #underWay = new Set<Promise<unknown>>();

  /** How many of those that were seen had the public key of another one. */
  get repeated(): number {
    return this.#keys.size - new Set(this.#keys.values()).size;
  }

  get count(): number {
    return this.#keys.size;
  }

  uris(): KeyUri[] {
    return [...this.#keys.keys()];
  }

  /** @param publicKey unknown for one that another program made. */
  add(uri: KeyUri, publicKey?: Uint8Array): void {
    this.#keys.set(uri, publicKey === undefined ? uri : hexOf(publicKey));
  }

  /** Resolves once no key is being made any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** The same store, of which every key that it makes is known here. */
  watch(store: KeyStore): KeyStore {
    const { generation } = store;
    if (generation === undefined) return store;
    const watched: KeyStore["generation"] = {
      generate: async (request) => {
        const making = generation.generate(request);
        this.#underWay.add(making);
        try {
          const key = await making;
          this.add(key.uri, key.publicKey);
          return key;
        } finally {
          this.#underWay.delete(making);
        }
      },
    };
    return new Proxy(store, {
      get: (target, name) => {
        if (name === "generation") return watched;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }
}
