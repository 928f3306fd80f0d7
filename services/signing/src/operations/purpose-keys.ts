import type { Signer } from "@yinxin/crypto/signer";

import type { PurposeAlgorithm } from "../domain/purpose.ts";

/** The keys of purposes, wherever they lie. */
export interface PurposeKeys {
  /** Rejects if there is no such key. */
  open(uri: string): Promise<Signer>;
  /** Makes a new key, durable when this resolves. Rejects if there is one of that name. */
  create(uri: string, algorithm: PurposeAlgorithm): Promise<Signer>;
}
