import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import type { RingKeys } from "../key-rings/index.ts";

/** Keys of rings in memory: software keys that are gone with the test. Those given are there from the start, by label. */
export function memoryRingKeys(given: Readonly<Record<string, Signer>> = {}): RingKeys {
  const keys = new Map(Object.entries(given).map(([label, signer]) => [`file:${label}`, signer]));
  return {
    open: (uri) => {
      const signer = keys.get(uri);
      return signer === undefined
        ? Promise.reject(new Error(`there is no key ${uri}`))
        : Promise.resolve(signer);
    },
    create: (label, algorithm) => {
      const uri = `file:${label}`;
      const signer = keys.get(uri) ?? createSoftwareSigner(generateKey(algorithm).pkcs8, algorithm);
      keys.set(uri, signer);
      return Promise.resolve({ uri, signer });
    },
    describe: () =>
      Promise.resolve(
        [...keys].map(([uri, { algorithm, publicKey }]) => ({
          ...{ uri, algorithm, publicKey },
          label: uri.slice("file:".length),
          extractable: false,
          device: "memory",
        })),
      ),
    destroy: (uri) => {
      keys.delete(uri);
      return Promise.resolve();
    },
    device: () => Promise.resolve({ name: "memory", state: "ready" }),
  };
}
