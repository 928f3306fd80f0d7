import { DerError, readBitString, readChildren, readOid, readSmallInteger, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readAlgorithmIdentifier, readOctets, readParameters } from "../pkcs8/index.ts";
import type { Decryptor, OaepDigest } from "./decryptor.ts";
import { EnvelopeError } from "./error.ts";
import { deriveWrapKey, isKnownAgreement, unwrapKey } from "./key-agreement.ts";
import type { AgreementParameters } from "./key-agreement.ts";
import type { KeyKind } from "./key-kinds.ts";
import { readOaepDigest } from "./oaep-parameters.ts";
import { readRecipientIdentifier } from "./recipient-identifier.ts";
import type { RecipientIdentifier } from "./recipient-identifier.ts";
import { keyAlgorithms } from "./structure-oids.ts";

/** One recipient of an envelope, and how the content key is encrypted to it. */
export interface ReadRecipient {
  readonly identifier: RecipientIdentifier;
  readonly keyEncryption: KeyEncryption;
}

type KeyEncryption =
  | { readonly kind: "rsa"; readonly digest: OaepDigest; readonly encryptedKey: Uint8Array }
  | { readonly kind: "sm2"; readonly encryptedKey: Uint8Array }
  | {
      readonly kind: "ecdh-p256";
      readonly originator: Uint8Array;
      readonly parameters: AgreementParameters;
      readonly encryptedKey: Uint8Array;
    }
  /** Other recipients may use what they like; only whose turn it is must be known here. */
  | { readonly kind: "unknown"; readonly detail: string };

/**
 * Reads a RecipientInfo (RFC 5652 §6.2, GB/T 35275-2017 §9.2). Key-encryption keys, passwords and other kinds have no
 * certificate, and are passed over.
 *
 * @throws DerError
 */
export function readRecipients(info: DerElement): readonly ReadRecipient[] {
  if (info.tag === tags.sequence) return [readTransport(info)];
  return info.tag === 0xa1 ? readAgreement(info) : [];
}

function readTransport(info: DerElement): ReadRecipient {
  const [version, rid, algorithm, encryptedKey, ...more] = readChildren(info);
  if (version === undefined || rid === undefined || algorithm === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "not a KeyTransRecipientInfo", info.offset);
  }
  readSmallInteger(version);
  const identifier = readRecipientIdentifier(rid);
  const octets = readOctets(encryptedKey, "the encrypted key");
  return { identifier, keyEncryption: known(() => readTransportKey(algorithm, octets)) };
}

function readTransportKey(algorithm: DerElement, encryptedKey: Uint8Array): KeyEncryption {
  const { oid, parameters } = readAlgorithmIdentifier(algorithm);
  if (oid === keyAlgorithms.rsaesOaep)
    return { kind: "rsa", digest: readOaepDigest(parameters), encryptedKey };
  if (oid === keyAlgorithms.sm2Encryption) return { kind: "sm2", encryptedKey };
  return { kind: "unknown", detail: `key transport with ${oid}` };
}

/** What this code does not follow is no error until it is our turn. */
function known(read: () => KeyEncryption): KeyEncryption {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof EnvelopeError) return { kind: "unknown", detail: cause.message };
    throw cause;
  }
}

function readAgreement(info: DerElement): readonly ReadRecipient[] {
  const members = [...readChildren(info, 0xa1)];
  const [version, originator] = members.splice(0, 2);
  const material = members[0]?.tag === 0xa1 ? members.shift()?.children[0] : undefined;
  const [algorithm, encryptedKeys, ...more] = members;
  if (version === undefined || originator === undefined || algorithm === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "not a KeyAgreeRecipientInfo", info.offset);
  }
  readSmallInteger(version);
  if (encryptedKeys === undefined) throw new DerError("der-unexpected", "no encrypted keys", info.offset);
  const userKeyingMaterial = material === undefined ? undefined : readOctets(material, "the keying material");
  return readChildren(encryptedKeys).map((encrypted) => {
    const [rid, key] = readChildren(encrypted);
    if (rid === undefined)
      throw new DerError("der-unexpected", "not a RecipientEncryptedKey", encrypted.offset);
    const encryptedKey = readOctets(key, "the encrypted key");
    const keyEncryption = readAgreementKey(originator, algorithm, userKeyingMaterial, encryptedKey);
    return { identifier: readRecipientIdentifier(rid), keyEncryption };
  });
}

function readAgreementKey(
  originator: DerElement,
  algorithm: DerElement,
  userKeyingMaterial: Uint8Array | undefined,
  encryptedKey: Uint8Array,
): KeyEncryption {
  const scheme = readAlgorithmIdentifier(algorithm);
  const point = readOriginatorKey(originator);
  if (point === undefined)
    return { kind: "unknown", detail: "key agreement with a key that is not in the message" };
  if (scheme.parameters?.tag !== tags.sequence)
    return { kind: "unknown", detail: `key agreement ${scheme.oid}` };
  const wrap = readAlgorithmIdentifier(readParameters(scheme));
  if (!isKnownAgreement(scheme.oid, wrap.oid)) {
    return { kind: "unknown", detail: `key agreement ${scheme.oid} with the wrap ${wrap.oid}` };
  }
  const parameters = {
    schemeOid: scheme.oid,
    wrapOid: wrap.oid,
    wrapAlgorithm: wrap.element.raw,
    userKeyingMaterial,
  };
  return { kind: "ecdh-p256", originator: point, parameters, encryptedKey };
}

/** OriginatorPublicKey under [0] and [1]; undefined for the identifiers of a static key. */
function readOriginatorKey(originator: DerElement): Uint8Array | undefined {
  const key = originator.tag === 0xa0 ? originator.children[0] : undefined;
  if (key?.tag !== 0xa1) return undefined;
  const [algorithm, publicKey] = key.children;
  if (algorithm === undefined || publicKey === undefined) return undefined;
  const [id] = readChildren(algorithm);
  // The curve is the recipient's, whatever parameters stand here (RFC 5753 §3.1.1).
  if (id === undefined || readOid(id) !== keyAlgorithms.ecPublicKey) return undefined;
  return readBitString(publicKey);
}

/**
 * The content key; undefined if it does not decrypt.
 *
 * @throws EnvelopeError `envelope-algorithm-unsupported` if the key is encrypted in a way that is not known here, or
 *   that is not this kind of key's.
 */
export async function decryptContentKey(
  keyEncryption: KeyEncryption,
  decryptor: Decryptor,
): Promise<Uint8Array | undefined> {
  if (keyEncryption.kind === "unknown") {
    throw new EnvelopeError("envelope-algorithm-unsupported", keyEncryption.detail);
  }
  if (keyEncryption.kind === "rsa" && decryptor.kind === "rsa") {
    return decryptor.decrypt(keyEncryption.encryptedKey, keyEncryption.digest);
  }
  if (keyEncryption.kind === "sm2" && decryptor.kind === "sm2") {
    return decryptor.decrypt(keyEncryption.encryptedKey);
  }
  if (keyEncryption.kind === "ecdh-p256" && decryptor.kind === "ecdh-p256") {
    const secret = await decryptor.agree(keyEncryption.originator);
    if (secret === undefined) return undefined;
    return unwrapKey(deriveWrapKey(secret, keyEncryption.parameters), keyEncryption.encryptedKey);
  }
  throw anotherKind(keyEncryption.kind, decryptor.kind);
}

function anotherKind(wanted: KeyKind, given: KeyKind): EnvelopeError {
  const message = `the recipient's key is for ${wanted}, and the given one for ${given}`;
  return new EnvelopeError("envelope-algorithm-unsupported", message);
}
