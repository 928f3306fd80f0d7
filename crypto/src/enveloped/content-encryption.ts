import { createCipheriv, createDecipheriv } from "node:crypto";

import { concatBytes } from "../bytes/index.ts";
import {
  DerError,
  defaultEncoded,
  octetString,
  oid,
  readChildren,
  readSmallInteger,
  sequence,
  smallInteger,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import {
  cbcCiphers,
  readAlgorithmIdentifier,
  readOctets,
  readParameters,
  writeCbcCipher,
} from "../pkcs8/index.ts";
import type { AlgorithmIdentifier, CbcCipher, RandomBytes } from "../pkcs8/index.ts";
import { EnvelopeError } from "./error.ts";

/** What contents are encrypted with. GCM notices every change; CBC does not. */
export type ContentCipherName = "AES-128-GCM" | "AES-256-GCM" | "AES-128-CBC" | "AES-256-CBC" | "SM4-CBC";

/** A cipher with the parameters of one message. */
export interface ContentCipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly isAuthenticated: boolean;
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Uint8Array;
  encrypt(key: Uint8Array, plaintext: Uint8Array): { ciphertext: Uint8Array; tag: Uint8Array };
  /** Undefined if the tag or the padding is wrong. @param covered what the tag protects besides the ciphertext */
  decrypt(key: Uint8Array, input: EncryptedInput): Uint8Array | undefined;
}

export interface EncryptedInput {
  readonly ciphertext: Uint8Array;
  /** Of GCM; empty otherwise. */
  readonly tag: Uint8Array;
  readonly covered: Uint8Array;
}

interface GcmRow {
  readonly name: string;
  readonly oid: string;
  readonly nodeName: "aes-128-gcm" | "aes-256-gcm";
  readonly keyBytes: number;
}

/** RFC 5084 §3.2. */
const gcmRows: readonly GcmRow[] = [
  { name: "AES-128-GCM", oid: "2.16.840.1.101.3.4.1.6", nodeName: "aes-128-gcm", keyBytes: 16 },
  { name: "AES-256-GCM", oid: "2.16.840.1.101.3.4.1.46", nodeName: "aes-256-gcm", keyBytes: 32 },
];

/** RFC 5084 §3.2 recommends a nonce of 12 octets; other lengths are hashed first and collide sooner. */
const nonceBytes = 12;
const tagBytes = 16;

/** The row of this name with a fresh nonce or initialization vector. */
export function newContentCipher(name: ContentCipherName, random: RandomBytes): ContentCipher {
  const row = gcmRows.find((candidate) => candidate.name === name);
  if (row !== undefined) return gcmCipher(row, random(nonceBytes), tagBytes);
  const cbc = Object.values(cbcCiphers).find(({ label, isOld }) => label === name && !isOld);
  if (cbc === undefined) throw new RangeError(`unknown cipher ${name}`);
  return cbcCipher(cbc, random(cbc.ivBytes));
}

/**
 * Which cipher an AlgorithmIdentifier names.
 *
 * @throws DerError
 * @throws EnvelopeError `envelope-algorithm-unsupported`.
 */
export function readContentCipher(element: DerElement): ContentCipher {
  const algorithm = readAlgorithmIdentifier(element);
  const row = gcmRows.find((candidate) => candidate.oid === algorithm.oid);
  if (row !== undefined) return readGcm(row, algorithm);
  const cbc: CbcCipher | undefined = Object.values(cbcCiphers).find(
    (candidate) => candidate.oid === algorithm.oid,
  );
  if (cbc === undefined || cbc.isOld) {
    throw new EnvelopeError("envelope-algorithm-unsupported", `unknown cipher ${algorithm.oid}`);
  }
  const iv = readOctets(readParameters(algorithm), "the initialization vector");
  if (iv.length !== cbc.ivBytes) {
    throw new DerError("der-bad-value", "the initialization vector has another length", element.offset);
  }
  return cbcCipher(cbc, iv);
}

/** GCMParameters (RFC 5084 §3.2). */
function readGcm(row: GcmRow, algorithm: AlgorithmIdentifier): ContentCipher {
  const element = readParameters(algorithm);
  const [nonce, length, ...more] = readChildren(element);
  const octets = readOctets(nonce, "the nonce");
  const size = length === undefined ? 12 : readSmallInteger(length);
  if (length !== undefined && size === 12) defaultEncoded(length);
  if (more.length > 0 || octets.length !== nonceBytes || size < 12 || size > 16) {
    throw new DerError("der-bad-value", "not the parameters of GCM", element.offset);
  }
  return gcmCipher(row, octets, size);
}

function gcmCipher(
  { name, oid: cipherOid, nodeName, keyBytes }: GcmRow,
  nonce: Uint8Array,
  size: number,
): ContentCipher {
  return {
    name,
    keyBytes,
    isAuthenticated: true,
    algorithm: sequence(
      oid(cipherOid),
      sequence(octetString(nonce), ...(size === 12 ? [] : [smallInteger(size)])),
    ),
    encrypt: (key, plaintext) => {
      const cipher = createCipheriv(nodeName, key, nonce, { authTagLength: size });
      const ciphertext = concatBytes(cipher.update(plaintext), cipher.final());
      return { ciphertext, tag: new Uint8Array(cipher.getAuthTag()) };
    },
    decrypt: (key, { ciphertext, tag, covered }) => {
      if (tag.length !== size) return undefined;
      const decipher = createDecipheriv(nodeName, key, nonce, { authTagLength: size });
      decipher.setAAD(covered);
      decipher.setAuthTag(tag);
      try {
        return concatBytes(decipher.update(ciphertext), decipher.final());
      } catch {
        // The tag is wrong; there is nothing else to know.
        return undefined;
      }
    },
  };
}

function cbcCipher(cipher: CbcCipher, iv: Uint8Array): ContentCipher {
  return {
    name: cipher.label,
    keyBytes: cipher.keyBytes,
    isAuthenticated: false,
    algorithm: writeCbcCipher(cipher, iv),
    encrypt: (key, plaintext) => ({ ciphertext: cipher.encrypt(key, iv, plaintext), tag: new Uint8Array() }),
    decrypt: (key, { ciphertext }) => cipher.decrypt(key, iv, ciphertext),
  };
}
