import { createCipheriv, createDecipheriv } from "node:crypto";

import { concatBytes } from "../bytes/index.ts";
import { octetString, oid, sequence } from "../der/index.ts";
import { decryptSm4Cbc, encryptSm4Cbc } from "../sm4/index.ts";
import { readParameters } from "./algorithm-identifier.ts";
import type { AlgorithmIdentifier } from "./algorithm-identifier.ts";
import { Pkcs8Error } from "./error.ts";
import { readOctets } from "./octets.ts";

/** The ciphers that secrets are written with. */
export type CbcCipherName = "AES-128-CBC" | "AES-256-CBC" | "SM4-CBC";

/** A block cipher in CBC mode with the padding of RFC 5652 §6.3; its only parameter is the initialization vector. */
export interface CbcCipher {
  readonly label: string;
  readonly oid: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** Broken or too short in its block: read, never written. */
  readonly isOld: boolean;
  encrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undefined if the padding is not right, for whatever reason. */
  decrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
}

/** @param nodeName what node:crypto calls it */
function cbcCipher(
  label: string,
  oidOfCipher: string,
  nodeName: string,
  keyBytes: number,
  { ivBytes = 16, isOld = false } = {},
): CbcCipher {
  return {
    label,
    oid: oidOfCipher,
    keyBytes,
    ivBytes,
    isOld,
    encrypt: (key, iv, plaintext) => {
      const cipher = createCipheriv(nodeName, key, iv);
      return concatBytes(cipher.update(plaintext), cipher.final());
    },
    decrypt: (key, iv, ciphertext) => {
      const decipher = createDecipheriv(nodeName, key, iv);
      try {
        return concatBytes(decipher.update(ciphertext), decipher.final());
      } catch {
        // The cause is dropped on purpose: whoever asks may learn that it failed and nothing else.
        return undefined;
      }
    },
  };
}

/** The rows by name: NIST's (RFC 3565 §4.1), and SM4 (GB/T 32907-2016) with its OID of GM/T 0006-2012. */
export const cbcCiphers = {
  "AES-128-CBC": cbcCipher("AES-128-CBC", "2.16.840.1.101.3.4.1.2", "aes-128-cbc", 16),
  "AES-192-CBC": cbcCipher("AES-192-CBC", "2.16.840.1.101.3.4.1.22", "aes-192-cbc", 24),
  "AES-256-CBC": cbcCipher("AES-256-CBC", "2.16.840.1.101.3.4.1.42", "aes-256-cbc", 32),
  "SM4-CBC": {
    label: "SM4-CBC",
    oid: "1.2.156.10197.1.104.2",
    keyBytes: 16,
    ivBytes: 16,
    isOld: false,
    encrypt: encryptSm4Cbc,
    decrypt: decryptSm4Cbc,
  },
  "DES-EDE3-CBC": cbcCipher("DES-EDE3-CBC", "1.2.840.113549.3.7", "des-ede3-cbc", 24, {
    ivBytes: 8,
    isOld: true,
  }),
} as const satisfies Record<string, CbcCipher>;

const cipherOfOid: ReadonlyMap<string, CbcCipher> = new Map(
  Object.values(cbcCiphers).map((cipher) => [cipher.oid, cipher]),
);

/** Undefined for an algorithm that is not in the table. */
export function cbcCipherOfOid(algorithmOid: string): CbcCipher | undefined {
  return cipherOfOid.get(algorithmOid);
}

/** The AlgorithmIdentifier of a row with its initialization vector. */
export function writeCbcCipher(cipher: CbcCipher, iv: Uint8Array): Uint8Array {
  return sequence(oid(cipher.oid), octetString(iv));
}

/**
 * Which cipher an AlgorithmIdentifier names, and its initialization vector.
 *
 * @throws DerError
 * @throws Pkcs8Error `encryption-unsupported`; `private-key-malformed` for a vector of another length.
 */
export function readCbcCipher(algorithm: AlgorithmIdentifier): { cipher: CbcCipher; iv: Uint8Array } {
  const cipher = cipherOfOid.get(algorithm.oid);
  if (cipher === undefined) {
    throw new Pkcs8Error("encryption-unsupported", `unknown cipher ${algorithm.oid}`);
  }
  const iv = readOctets(readParameters(algorithm), "the initialization vector");
  if (iv.length !== cipher.ivBytes) {
    throw new Pkcs8Error("private-key-malformed", "the initialization vector has another length");
  }
  return { cipher, iv };
}
