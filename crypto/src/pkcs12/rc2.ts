import forge from "node-forge";

import { bytesOfLatin1, latin1Of } from "../bytes/index.ts";

const blockBytes = 8;

/**
 * RC2 in CBC mode (RFC 2268) by node-forge, since OpenSSL 3 has it in a provider that is not loaded. The effective bits
 * are those of the key.
 *
 * @returns undefined if the padding is not right; forge's own look at it is not a check.
 */
export function decryptRc2(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
  if (ciphertext.length === 0 || ciphertext.length % blockBytes !== 0) return undefined;
  const decipher = forge.rc2.createDecryptionCipher(latin1Of(key), key.length * 8);
  decipher.start(latin1Of(iv));
  decipher.update(forge.util.createBuffer(latin1Of(ciphertext)));
  decipher.finish(() => true);
  const padded = bytesOfLatin1(decipher.output.getBytes());
  const count = padded[padded.length - 1] ?? 0;
  const padding = padded.subarray(padded.length - count);
  const isPadded = count >= 1 && count <= blockBytes && padding.every((octet) => octet === count);
  return isPadded ? padded.subarray(0, padded.length - count) : undefined;
}
