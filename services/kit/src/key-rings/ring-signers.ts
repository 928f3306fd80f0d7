import { equalBytes } from "@yinxin/crypto/bytes";
import type { Signer } from "@yinxin/crypto/signer";

import type { KeyVersion } from "./key-version.ts";
import { nameOf } from "./record-use.ts";
import type { RingKeys } from "./ring-keys.ts";

/** Seals' owners have a ring each; more than this are not in use within one moment. */
const signersMax = 1024;

/** A key in the store is not the one that the ring recorded. */
export class RingKeyError extends Error {
  readonly code = "ring-key-differs";

  constructor(message: string) {
    super(message);
    this.name = "RingKeyError";
  }
}

/** The signers of versions, opened once. Whether a version may sign is asked elsewhere, at every use. */
export interface RingSigners {
  /** @throws what the store says; RingKeyError if the store's key is another one. */
  open(version: KeyVersion): Promise<Signer>;
}

export function createRingSigners(keys: RingKeys): RingSigners {
  const signers = new Map<string, Promise<Signer>>();
  return {
    open: (version) => {
      const known = signers.get(version.keyId);
      if (known !== undefined) return known;
      const opening = openAny(keys, version);
      if (signers.size >= signersMax) signers.delete(signers.keys().next().value ?? "");
      signers.set(version.keyId, opening);
      // A device that was away for a moment is asked again.
      opening.catch(() => signers.delete(version.keyId));
      return opening;
    },
  };
}

/** A key may be in several devices: the first that answers will do. */
async function openAny(keys: RingKeys, version: KeyVersion): Promise<Signer> {
  const failures: unknown[] = [];
  for (const uri of version.keyUris) {
    try {
      return await openRecorded(keys, uri, version);
    } catch (cause) {
      failures.push(cause);
    }
  }
  if (failures.length === 1) throw failures[0];
  throw new AggregateError(failures, `the key ${nameOf(version)} cannot be opened in any of its devices`);
}

async function openRecorded(keys: RingKeys, uri: string, version: KeyVersion): Promise<Signer> {
  const signer = await keys.open(uri);
  if (equalBytes(signer.publicKey, version.publicKey)) return signer;
  throw new RingKeyError(`${uri} is not the key that ${nameOf(version)} was recorded with`);
}
