import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { generateKey } from "@yinxin/crypto/signer";
import type { GeneratedKey } from "@yinxin/crypto/signer";

/** As strong as the curves of 256 bits beside it (NIST SP 800-57 part 1 §5.6.1). */
const rsaBits = 3_072;

const generateInPool = promisify(generateKeyPair);

/** A fresh key pair. RSA takes up to seconds, so it is made off this thread. */
export async function generateKeyPairFor(algorithm: SignatureAlgorithmName): Promise<GeneratedKey> {
  const { kind } = signatureAlgorithms[algorithm];
  if (kind !== "rsa-pkcs1" && kind !== "rsa-pss") return generateKey(algorithm);
  const { privateKey, publicKey } = await generateInPool("rsa", {
    modulusLength: rsaBits,
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return {
    pkcs8: new Uint8Array(privateKey.buffer, privateKey.byteOffset, privateKey.length),
    spki: new Uint8Array(publicKey),
  };
}
