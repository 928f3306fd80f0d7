/** The platform of Node.js: node:crypto, and libraries for what it lacks (ML-DSA, ECDSA over ready digests). */
import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  hash,
  publicDecrypt,
  randomBytes,
  verify,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

import { curveOids, digestAlgorithms, keyOids } from "../algorithms/index.ts";
import type { DigestName, RsaPublicKey } from "../algorithms/index.ts";
import { bitString, oid, sequence } from "../der/index.ts";
import { verifyEcdsaDigest } from "./noble-ecdsa.ts";
import { verifyMlDsa } from "./noble-ml-dsa.ts";
import type { EcdsaCurve, EcdsaToVerify, IncrementalDigest, Platform } from "./platform.ts";
import { rememberLast } from "./recently-used.ts";

export const platform: Platform = {
  name: "node",
  createDigest,
  digest: (name, bytes) => new Uint8Array(hash(digestAlgorithms[name].nodeName, bytes, "buffer")),
  hmac: (name, key, ...parts) => {
    const mac = createHmac(digestAlgorithms[name].nodeName, key);
    for (const part of parts) mac.update(part);
    return new Uint8Array(mac.digest());
  },
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  rsaPublicOperation,
  verifyEcdsa,
  verifyEcdsaDigest,
  verifyEd25519: (publicKey, message, signature) => {
    const key = importEd25519(publicKey);
    return key !== undefined && verify(null, message, key, signature);
  },
  verifyMlDsa,
};

function createDigest(name: DigestName): IncrementalDigest {
  const state = createHash(digestAlgorithms[name].nodeName);
  const incremental: IncrementalDigest = {
    update: (part) => {
      state.update(part);
      return incremental;
    },
    digest: () => new Uint8Array(state.digest()),
  };
  return incremental;
}

function rsaPublicOperation({ der, bits }: RsaPublicKey, signature: Uint8Array): Uint8Array | undefined {
  const key = importPkcs1(der);
  // OpenSSL would read a shorter one as if zeros stood before it.
  if (key === undefined || signature.length !== Math.ceil(bits / 8)) return undefined;
  try {
    return new Uint8Array(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature));
  } catch {
    // A plain Error of OpenSSL for a signature that is not below the modulus, or not as long as it.
    return undefined;
  }
}

function verifyEcdsa(
  { curve, point, signature }: EcdsaToVerify,
  digest: DigestName,
  message: Uint8Array,
): boolean {
  const key = importPoint[curve](point);
  if (key === undefined) return false;
  return verify(digestAlgorithms[digest].nodeName, message, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** OpenSSL needs longer to read a key than to verify with it. */
const keysKept = 512;
const importPkcs1 = rememberLast(keysKept, (der) => importKey(der, "pkcs1"));
const importEd25519 = spkiImporter(oid(keyOids.ed25519));
const importPoint: Readonly<Record<EcdsaCurve, (point: Uint8Array) => KeyObject | undefined>> = {
  "P-256": spkiImporter(oid(keyOids.ec), oid(curveOids["P-256"])),
  "P-384": spkiImporter(oid(keyOids.ec), oid(curveOids["P-384"])),
  "P-521": spkiImporter(oid(keyOids.ec), oid(curveOids["P-521"])),
};

function spkiImporter(...algorithm: readonly Uint8Array[]): (key: Uint8Array) => KeyObject | undefined {
  const identifier = sequence(...algorithm);
  return rememberLast(keysKept, (key) => importKey(sequence(identifier, bitString(key)), "spki"));
}

function importKey(der: Uint8Array, type: "spki" | "pkcs1"): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: "der", type });
  } catch {
    // node:crypto has no error class for "not a key"; whatever it says, nothing can be verified with these bytes.
    return undefined;
  }
}
