import type { Signer } from "@yinxin/crypto/signer";

/** The SM2 keys of seal owners and of the seal maker, wherever they lie. */
export interface SealKeys {
  /** Rejects if there is no such key. */
  open(uri: string): Promise<Signer>;
  /** Makes a new key, durable when this resolves. Rejects if there is one of that name. */
  create(uri: string): Promise<Signer>;
  /** The key of that name; a new one is made only if there is none. */
  openOrCreate(uri: string): Promise<Signer>;
}
