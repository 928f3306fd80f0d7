import { parsePublicKey } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  DerError,
  nullValue,
  octetString,
  oid,
  parseDer,
  readBitString,
  readChildren,
  sequence,
  smallInteger,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import {
  parsePrivateKey,
  Pkcs8Error,
  publicKeyOf,
  readAlgorithmIdentifier,
  readOctets,
} from "../pkcs8/index.ts";
import type { RandomBytes } from "../pkcs8/index.ts";
import { currentSm4 } from "../sm4/index.ts";
import type { Sm2Decryptor } from "./decryptor.ts";
import { EnvelopeError, notOpened } from "./error.ts";
import { keyAlgorithms } from "./structure-oids.ts";
import { encryptSm2 } from "./sm2-transport.ts";

/** SM4 without a mode, and in ECB mode (GM/T 0006-2012); both are met here and mean the same. */
const sm4Oid = "1.2.156.10197.1.104";
const sm4EcbOid = "1.2.156.10197.1.104.1";
const sm2CurveOid = "1.2.156.10197.1.301";
const sm4KeyBytes = 16;
const scalarBytes = 32;

/** A departure that was tolerated: `padded-private-key` is 32 zero octets before the number, as devices' structures have. */
export interface EnvelopedKeyQuirk {
  readonly code: "padded-private-key" | "sm4-without-mode";
}

/**
 * An SM2 private key encrypted to another SM2 key (SM2EnvelopedKey, GB/T 35276-2017 §7.4): how an authority hands the
 * encryption key that it made to its owner, whose signing key opens it.
 *
 * @param privateKey PrivateKeyInfo, DER, of an SM2 key.
 * @param recipient SubjectPublicKeyInfo, DER, of an SM2 key.
 * @throws EnvelopeError `recipient-unfit`, or `envelope-malformed` if it is not an SM2 private key.
 */
export function writeSm2EnvelopedKey(
  privateKey: Uint8Array,
  recipient: Uint8Array,
  random: RandomBytes,
): Uint8Array {
  const { scalar, point } = readSm2Key(privateKey);
  const key = random(sm4KeyBytes);
  const encrypted = currentSm4().encryptBlocks(key, scalar);
  return sequence(
    sequence(oid(sm4EcbOid), nullValue()),
    encryptSm2(recipient, key, random),
    bitString(point),
    bitString(encrypted),
  );
}

function readSm2Key(privateKey: Uint8Array): { scalar: Uint8Array; point: Uint8Array } {
  try {
    const info = parsePrivateKey(privateKey);
    const half = publicKeyOf(info);
    if (info.curveOid === sm2CurveOid && half.result === "known") {
      const scalar = readOctets(readChildren(parseDer(info.key))[1], "the private number");
      if (scalar.length === scalarBytes) return { scalar, point: parsePublicKey(half.publicKey).key };
    }
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof Pkcs8Error)) throw cause;
  }
  throw new EnvelopeError("envelope-malformed", "not an SM2 private key");
}

/** A private key that was handed over. */
export interface OpenedSm2Key {
  /** PrivateKeyInfo, DER; its public key was computed from it and is the one that the structure names. */
  readonly privateKey: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly quirks: readonly EnvelopedKeyQuirk[];
}

/**
 * Opens an SM2EnvelopedKey. ECB has no padding and no tag: that the number belongs to the public key beside it is the
 * whole check, and everything that can be wrong with it is one error.
 *
 * @throws EnvelopeError `envelope-malformed`, `envelope-algorithm-unsupported`, `envelope-not-opened`.
 */
export async function openSm2EnvelopedKey(
  envelopedKey: Uint8Array,
  decryptor: Sm2Decryptor,
  random: RandomBytes,
): Promise<OpenedSm2Key> {
  const { encryptedKey, point, encrypted, quirks } = readEnvelopedKey(envelopedKey);
  const substitute = random(sm4KeyBytes);
  const key = await decryptor.decrypt(encryptedKey);
  const isUsable = key?.length === sm4KeyBytes;
  const padded = currentSm4().decryptBlocks(isUsable ? key : substitute, encrypted);
  const scalar = padded.subarray(padded.length - scalarBytes);
  const privateKey = pkcs8Of(scalar, point);
  const half = publicKeyOf(parsePrivateKey(privateKey));
  const isZeroPadded = equalBytes(
    padded.subarray(0, padded.length - scalarBytes),
    new Uint8Array(padded.length - scalarBytes),
  );
  if (!isUsable || !isZeroPadded || half.result !== "known") throw notOpened();
  return { privateKey, publicKey: half.publicKey, quirks };
}

interface ReadEnvelopedKey {
  readonly encryptedKey: Uint8Array;
  readonly point: Uint8Array;
  readonly encrypted: Uint8Array;
  readonly quirks: readonly EnvelopedKeyQuirk[];
}

function readEnvelopedKey(der: Uint8Array): ReadEnvelopedKey {
  try {
    const root = parseDer(der);
    const [algorithm, encryptedKey, publicKey, privateKey, ...more] = readChildren(root);
    if (algorithm === undefined || encryptedKey === undefined || more.length > 0)
      throw incomplete(root.offset);
    if (publicKey === undefined || privateKey === undefined) throw incomplete(root.offset);
    const { encrypted, quirks } = readEncryptedNumber(privateKey);
    return {
      encryptedKey: encryptedKey.raw,
      point: readBitString(publicKey),
      encrypted,
      quirks: [...readCipher(algorithm), ...quirks],
    };
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new EnvelopeError("envelope-malformed", `not an SM2EnvelopedKey: ${cause.message}`, { cause });
  }
}

function readCipher(algorithm: DerElement): readonly EnvelopedKeyQuirk[] {
  const { oid: cipherOid } = readAlgorithmIdentifier(algorithm);
  if (cipherOid === sm4EcbOid) return [];
  if (cipherOid === sm4Oid) return [{ code: "sm4-without-mode" }];
  throw new EnvelopeError("envelope-algorithm-unsupported", `unknown cipher ${cipherOid}`);
}

function readEncryptedNumber(privateKey: DerElement): {
  encrypted: Uint8Array;
  quirks: readonly EnvelopedKeyQuirk[];
} {
  const encrypted = readBitString(privateKey);
  if (encrypted.length === scalarBytes) return { encrypted, quirks: [] };
  if (encrypted.length === 2 * scalarBytes) return { encrypted, quirks: [{ code: "padded-private-key" }] };
  throw new DerError("der-bad-value", "the encrypted private key has another length", privateKey.offset);
}

/** PrivateKeyInfo with ECPrivateKey (RFC 5915 §3) and the public key that it is said to have. */
function pkcs8Of(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  return sequence(
    smallInteger(0),
    sequence(oid(keyAlgorithms.ecPublicKey), oid(sm2CurveOid)),
    octetString(sequence(smallInteger(1), octetString(scalar), contextExplicit(1, bitString(point)))),
  );
}

function incomplete(offset: number): DerError {
  return new DerError("der-unexpected", "members are missing, or there are too many", offset);
}
