import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { signatureAlgorithms } from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { generateSm2Key } from "../sm2/index.ts";
import { mlDsaPkcs8OfSeed, mlDsaSpki, openMlDsaKey } from "./ml-dsa-key.ts";

/** What is asked of a new key beyond its row. */
export interface KeyGenerationOptions {
  /** Of an RSA modulus: 2048 unless said otherwise, up to 8192 in steps of 8. */
  readonly rsaBits?: number;
}

/** A key pair in DER: PKCS#8 and SubjectPublicKeyInfo. */
export interface GeneratedKey {
  readonly pkcs8: Uint8Array;
  readonly spki: Uint8Array;
}

/** A fresh key pair for this row. @throws RangeError for a size of RSA key that is not made here. */
export function generateKey(
  algorithm: SignatureAlgorithmName,
  { rsaBits = 2048 }: KeyGenerationOptions = {},
): GeneratedKey {
  const { kind } = signatureAlgorithms[algorithm];
  if (kind === "rsa-pkcs1" || kind === "rsa-pss") return generateRsaKey(rsaBits);
  return generators[algorithm as keyof typeof generators]();
}

const generators = {
  SM2: generateSm2Key,
  ES256: () => exported(generateKeyPairSync("ec", { namedCurve: "P-256" })),
  ES384: () => exported(generateKeyPairSync("ec", { namedCurve: "P-384" })),
  ES512: () => exported(generateKeyPairSync("ec", { namedCurve: "P-521" })),
  Ed25519: () => exported(generateKeyPairSync("ed25519")),
  "ML-DSA-44": () => generateMlDsaKey("ML-DSA-44"),
  "ML-DSA-65": () => generateMlDsaKey("ML-DSA-65"),
} as const;

/** rsaEncryption with e = 65537: such a key signs by every RSA row. */
function generateRsaKey(bits: number): GeneratedKey {
  if (!Number.isInteger(bits) || bits < 2048 || bits > 8192 || bits % 8 !== 0) {
    throw new RangeError("an RSA key has 2048 to 8192 bits, in steps of 8");
  }
  return exported(generateKeyPairSync("rsa", { modulusLength: bits }));
}

function generateMlDsaKey(parameterSet: "ML-DSA-44" | "ML-DSA-65"): GeneratedKey {
  const pkcs8 = mlDsaPkcs8OfSeed(parameterSet, new Uint8Array(randomBytes(32)));
  return { pkcs8, spki: mlDsaSpki(parameterSet, openMlDsaKey(pkcs8, parameterSet).publicKey) };
}

function exported({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): GeneratedKey {
  return {
    pkcs8: new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
    spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  };
}
