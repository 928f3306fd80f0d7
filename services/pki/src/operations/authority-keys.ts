import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

/** The keys of the authorities, wherever they lie. */
export interface AuthorityKeys {
  /** Rejects if there is no such key. */
  open(uri: string): Promise<Signer>;
  /** The key of that name; a new one is made only if there is none, and it is durable when this resolves. */
  openOrCreate(uri: string, algorithm: SignatureAlgorithmName): Promise<Signer>;
}
