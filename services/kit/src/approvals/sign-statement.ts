import type { Signer } from "@yinxin/crypto/signer";
import type { Certificate } from "@yinxin/crypto/x509";

/** What an officer signs with: a card, or a file in a sandbox. */
export interface OfficerIdentity {
  readonly signer: Signer;
  readonly certificate: Certificate;
  /** From the issuing authority towards the root; may be empty if a root issued the certificate. */
  readonly chain: readonly Certificate[];
}

/**
 * An officer's signature over exactly these bytes: detached CAdES-B-B (ETSI EN 319 122-1 §6.3), verified before it is returned.
 *
 * @throws CmsError `key-mismatch`, `signature-wrong`
 */
export function signStatement(identity: OfficerIdentity, bytes: Uint8Array, at: Date): Promise<Uint8Array> {
  void identity;
  void bytes;
  void at;
  throw new Error("not built yet");
}
