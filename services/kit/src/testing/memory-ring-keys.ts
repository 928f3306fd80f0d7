import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import type { RingKeyFacts, RingKeys } from "../key-rings/index.ts";

/** A key store for tests of what stands above it: real keys, in memory, whose attributes a test may change. */
export interface MemoryRingKeys extends RingKeys {
  readonly facts: Map<string, RingKeyFacts>;
  /** How many keys were made. */
  readonly made: () => number;
}

/** Keys of rings in memory, gone with the test. Those given are there from the start, by label. */
export function memoryRingKeys(given: Readonly<Record<string, Signer>> = {}): MemoryRingKeys {
  const signers = new Map<string, Signer>();
  const facts = new Map<string, RingKeyFacts>();
  let made = 0;
  const put = (label: string, signer: Signer): void => {
    const [uri, { algorithm, publicKey }] = [uriOf(label), signer];
    signers.set(uri, signer);
    facts.set(uri, { uri, label, algorithm, publicKey, device, local: true, extractable: false });
  };
  for (const [label, signer] of Object.entries(given)) put(label, signer);
  const make = (label: string, algorithm: SignatureAlgorithmName): Signer => {
    const signer = createSoftwareSigner(generateKey(algorithm).pkcs8, algorithm);
    made += 1;
    put(label, signer);
    return signer;
  };
  return {
    facts,
    made: () => made,
    open: (uri) => {
      const signer = facts.has(uri) ? signers.get(uri) : undefined;
      return signer === undefined ? Promise.reject(new MissingKeyError(uri)) : Promise.resolve(signer);
    },
    create: async (label, algorithm) => {
      // A device takes its time, and others go on meanwhile.
      await Promise.resolve();
      const uri = uriOf(label);
      const signer = signers.get(uri) ?? make(label, algorithm);
      const described = facts.get(uri);
      if (described === undefined) throw new MissingKeyError(uri);
      return { uri, signer, facts: described };
    },
    describe: () => Promise.resolve([...facts.values()]),
    destroy: (uri) => {
      facts.delete(uri);
      signers.delete(uri);
      return Promise.resolve();
    },
    device: () => Promise.resolve({ name: device, state: "ready" }),
  };
}

const device = "memory";
const uriOf = (label: string): string => `file:${label}`;

class MissingKeyError extends Error {
  readonly code = "key-not-found";

  constructor(uri: string) {
    super(`there is no key ${uri}`);
    this.name = "MissingKeyError";
  }
}
