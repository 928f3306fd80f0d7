import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { createSoftwareSigner, SignerError } from "@yinxin/crypto/signer";

import { KeyStoreError } from "../key-store/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";

/**
 * The public half of a private key that is brought in, after it has made a signature that verifies: what is kept must work.
 *
 * @throws KeyStoreError `algorithm-not-supported` if it is not a private key that signs by this row.
 */
export async function provenPublicKey(
  pkcs8: Uint8Array,
  algorithm: SignatureAlgorithmName,
  verifier: SignatureVerifier,
): Promise<Uint8Array> {
  try {
    const signer = createSoftwareSigner(pkcs8, algorithm);
    const input = { message: new Uint8Array(32) };
    const signature = await signer.sign(input);
    const { publicKey } = signer;
    if (await verifier.verify({ algorithm, publicKey, input, signature })) return publicKey;
  } catch (cause) {
    if (!(cause instanceof SignerError)) throw cause;
    throw new KeyStoreError("algorithm-not-supported", cause.message);
  }
  throw new KeyStoreError("self-check-failed", "what the private key signs does not verify");
}
