import { createSoftwareDecryptor, EnvelopeError } from "@yinxin/crypto/enveloped";
import type { Decryptor, OaepDigest } from "@yinxin/crypto/enveloped";

import { fileKeyUri, KeyStoreError } from "../key-store/index.ts";

/** A decryptor over the private key. @throws KeyStoreError `algorithm-not-supported` if it only signs. */
export function decryptorOf(label: string, pkcs8: Uint8Array): Decryptor {
  try {
    // A copy that lives as long as the decryptor: the caller's is overwritten.
    return createSoftwareDecryptor(Uint8Array.from(pkcs8));
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    throw new KeyStoreError("algorithm-not-supported", `the key ${label} signs only`, {
      facts: { uri: fileKeyUri(label) },
    });
  }
}

/** The same decryptor, as long as its store and key are there. */
export function guardedDecryptor(decryptor: Decryptor, refuseIfGone: () => void): Decryptor {
  const after = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    refuseIfGone();
    return work();
  };
  if (decryptor.kind === "ecdh-p256") {
    return { ...decryptor, agree: (peer) => after(() => decryptor.agree(peer)) };
  }
  if (decryptor.kind === "sm2") {
    return { ...decryptor, decrypt: (ciphertext: Uint8Array) => after(() => decryptor.decrypt(ciphertext)) };
  }
  return {
    ...decryptor,
    decrypt: (ciphertext: Uint8Array, digest: OaepDigest) =>
      after(() => decryptor.decrypt(ciphertext, digest)),
  };
}
