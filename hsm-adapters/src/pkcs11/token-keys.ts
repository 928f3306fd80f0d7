import { curveOids, parsePublicKey } from "@yinxin/crypto/algorithms";
import { hexOf } from "@yinxin/crypto/bytes";
import { DerError } from "@yinxin/crypto/der";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";
import type { Handle, Template } from "pkcs11js";

import type { DeviceKey } from "../driver/index.ts";
import type { KeyAttributes, KeyUri } from "../key-store/index.ts";
import { isNamedBy } from "./key-identifier.ts";
import { attributes, keyTypes, mechanisms, objectClasses } from "./cryptoki.ts";
import { factIn, findObjects, numberIn, readAttributes } from "./objects.ts";
import type { AttributeValues, OpenToken } from "./objects.ts";
import type { Pkcs11Profile } from "./profile.ts";
import { publicKeyAttributes, publicKeyOfAttributes } from "./public-key.ts";
import { signingWaysOf } from "./signing-ways.ts";
import type { SigningWay } from "./signing-ways.ts";
import { unpadded } from "./token.ts";

/** A private key in the token, with its public key. */
export interface TokenKey {
  readonly description: DeviceKey;
  readonly handle: Handle;
  readonly id: Uint8Array;
  readonly keyType: number;
  readonly ways: readonly SigningWay[];
}

/** What keys are read with. */
export interface KeyReading extends OpenToken {
  readonly profile: Pkcs11Profile;
  /** Mechanisms that the token lists. */
  readonly mechanisms: ReadonlySet<number>;
  /** The name of the key with this CKA_ID. */
  uriOf(id: Uint8Array): KeyUri;
}

/**
 * The private keys of the token, or those with one CKA_ID. The public key is found by CKA_ID too: in the public object, else in a
 * certificate, else in the private object itself. A key whose public key is nowhere is left out, since nobody could verify what it
 * signs; so is one without CKA_ID, which nothing names.
 *
 * Public objects can be put there by anybody, without a PIN, and under any CKA_ID: see {@link publicKeyOfKey}. Of two keys with one
 * CKA_ID the one counts that the CKA_ID is computed from, else the first that signs.
 *
 * @throws KeyStoreError what the library says.
 */
export function readTokenKeys(reading: KeyReading, id?: Uint8Array): readonly TokenKey[] {
  const publicKeys = publicKeysById(reading, id);
  const keys = new Map<string, TokenKey>();
  for (const handle of findObjects(reading, templateOf(objectClasses.privateKey, id))) {
    const key = readTokenKey(reading, handle, publicKeys);
    if (key === undefined) continue;
    const former = keys.get(key.description.uri);
    if (former === undefined || claimOf(key) > claimOf(former)) keys.set(key.description.uri, key);
  }
  return [...keys.values()];
}

/** What makes a key the one that its CKA_ID means. */
function claimOf({ id, description, ways }: TokenKey): number {
  return (isNamedBy(id, description.publicKey) ? 2 : 0) + (ways.length > 0 ? 1 : 0);
}

/** Objects of the token of this class, and with this CKA_ID if one is given. */
export function templateOf(objectClass: number, id?: Uint8Array): Template {
  return [
    { type: attributes.class, value: objectClass },
    { type: attributes.token, value: true },
    ...(id === undefined ? [] : [{ type: attributes.id, value: Buffer.from(id) }]),
  ];
}

interface KnownPublicKey {
  readonly keyType: number | undefined;
  readonly publicKey: Uint8Array;
}

/** By CKA_ID in hexadecimal, public objects before certificates. */
type PublicKeys = ReadonlyMap<string, readonly KnownPublicKey[]>;

function publicKeysById(reading: KeyReading, id?: Uint8Array): PublicKeys {
  const found = new Map<string, KnownPublicKey[]>();
  const add = (values: AttributeValues, publicKey: Uint8Array | undefined): void => {
    const of = values.get(attributes.id);
    if (of === undefined || publicKey === undefined) return;
    const known = found.get(hexOf(of)) ?? [];
    known.push({ keyType: numberIn(values.get(attributes.keyType)), publicKey });
    found.set(hexOf(of), known);
  };
  const { sm2 } = reading.profile;
  for (const handle of findObjects(reading, templateOf(objectClasses.publicKey, id))) {
    const values = readPublicObject(reading, handle);
    add(values, publicKeyOfAttributes(values, sm2));
  }
  for (const handle of findObjects(reading, templateOf(objectClasses.certificate, id))) {
    const values = readAttributes(reading, handle, [attributes.id, attributes.value]);
    add(values, publicKeyOfCertificate(values.get(attributes.value)));
  }
  return found;
}

function readPublicObject(reading: KeyReading, handle: Handle): AttributeValues {
  const named = readAttributes(reading, handle, [attributes.id, attributes.keyType]);
  return new Map([...named, ...readKeyValues(reading, handle, named)]);
}

/** The public key that a public object or a certificate is about; undefined if it shows none. */
export function shownPublicKey(reading: KeyReading, handle: Handle): Uint8Array | undefined {
  const value = readAttributes(reading, handle, [attributes.value]).get(attributes.value);
  const inCertificate = publicKeyOfCertificate(value);
  return inCertificate ?? publicKeyOfAttributes(readPublicObject(reading, handle), reading.profile.sm2);
}

function readKeyValues(reading: KeyReading, handle: Handle, named: AttributeValues): AttributeValues {
  const isRsa = numberIn(named.get(attributes.keyType)) === keyTypes.rsa;
  const { modulus, publicExponent } = attributes;
  const rsa: readonly number[] = [modulus, publicExponent];
  const wanted = publicKeyAttributes(reading.profile.sm2).filter((type) => rsa.includes(type) === isRsa);
  return readAttributes(reading, handle, wanted);
}

/** Undefined for what is no certificate: a device's certificate is only a hint of where the public key is. */
export function publicKeyOfCertificate(der: Uint8Array | undefined): Uint8Array | undefined {
  if (der === undefined || der.length === 0) return undefined;
  try {
    const { publicKey } = parseCertificate(der);
    return isKnownKey(publicKey) ? publicKey : undefined;
  } catch (cause) {
    if (cause instanceof X509Error || cause instanceof DerError) return undefined;
    throw cause;
  }
}

const namedFirst = [attributes.id, attributes.label, attributes.keyType];

function readTokenKey(reading: KeyReading, handle: Handle, publicKeys: PublicKeys): TokenKey | undefined {
  const named = readAttributes(reading, handle, namedFirst);
  const id = named.get(attributes.id);
  const keyType = numberIn(named.get(attributes.keyType));
  if (id === undefined || id.length === 0 || keyType === undefined) return undefined;
  const publicKey = publicKeyOfKey(reading, { handle, named, id, keyType }, publicKeys);
  if (publicKey === undefined) return undefined;
  const facts = readFacts(reading, handle);
  const ways = facts.signs
    ? signingWaysOf({ keyType, publicKey, sm2: reading.profile.sm2, has: mechanismTest(reading, handle) })
    : [];
  return {
    description: {
      uri: reading.uriOf(id),
      // Some tokens count the zero octet that ends a text in C.
      label: unpadded(new TextDecoder().decode(named.get(attributes.label))),
      publicKey,
      attributes: facts.shown,
      mechanisms: ways.map(({ algorithm, takes }) => ({ algorithm, takes })),
      decrypts: decrypts(reading, publicKey, facts),
    },
    handle,
    id,
    keyType,
    ways,
  };
}

interface NamedObject {
  readonly handle: Handle;
  readonly named: AttributeValues;
  readonly id: Uint8Array;
  readonly keyType: number;
}

/**
 * Which public key is the private object's: the one that its CKA_ID is computed from, which nobody can forge; else the one that the
 * private object itself says; else public objects before certificates.
 */
function publicKeyOfKey(
  reading: KeyReading,
  { handle, named, id, keyType }: NamedObject,
  publicKeys: PublicKeys,
): Uint8Array | undefined {
  const known = publicKeys.get(hexOf(id)) ?? [];
  const candidates = [
    ...known.filter((key) => key.keyType === keyType),
    ...known.filter((key) => key.keyType === undefined),
  ].map((key) => key.publicKey);
  const proven = candidates.find((candidate) => isNamedBy(id, candidate));
  if (proven !== undefined) return proven;
  return publicKeyOfPrivate(reading, handle, named) ?? candidates[0];
}

/** Tokens without public objects put it into the private one: as CKA_PUBLIC_KEY_INFO, or among its numbers. */
function publicKeyOfPrivate(
  reading: KeyReading,
  handle: Handle,
  named: AttributeValues,
): Uint8Array | undefined {
  const info = readAttributes(reading, handle, [attributes.publicKeyInfo]).get(attributes.publicKeyInfo);
  if (info !== undefined && isKnownKey(info)) return info;
  const values = new Map([...named, ...readKeyValues(reading, handle, named)]);
  return publicKeyOfAttributes(values, reading.profile.sm2);
}

function isKnownKey(spki: Uint8Array): boolean {
  try {
    return parsePublicKey(spki).kind !== "unknown";
  } catch (cause) {
    if (cause instanceof DerError) return false;
    throw cause;
  }
}

interface KeyFacts {
  readonly signs: boolean;
  readonly decrypts: boolean;
  readonly derives: boolean;
  readonly shown: KeyAttributes;
}

const shownFacts = [
  ["local", attributes.local],
  ["extractable", attributes.extractable],
  ["neverExtractable", attributes.neverExtractable],
  ["alwaysSensitive", attributes.alwaysSensitive],
  ["alwaysAuthenticate", attributes.alwaysAuthenticate],
] as const;

function readFacts(reading: KeyReading, handle: Handle): KeyFacts {
  const { sign, decrypt, derive } = attributes;
  const values = readAttributes(reading, handle, [
    sign,
    decrypt,
    derive,
    ...shownFacts.map(([, type]) => type),
  ]);
  const shown = shownFacts.flatMap(([name, type]) => {
    const fact = factIn(values.get(type));
    return fact === undefined ? [] : [[name, fact] as const];
  });
  return {
    signs: factIn(values.get(sign)) ?? true,
    decrypts: factIn(values.get(decrypt)) ?? false,
    derives: factIn(values.get(derive)) ?? false,
    shown: believable(Object.fromEntries(shown)),
  };
}

/**
 * A key that was never extractable was made inside, and one that was brought in was outside (PKCS#11 v2.40 §4.9). NSS and
 * opencryptoki say both at once of some keys: what a token says against itself it does not say.
 */
function believable(shown: KeyAttributes): KeyAttributes {
  if (shown.local !== false || shown.neverExtractable !== true) return shown;
  const { extractable, alwaysAuthenticate } = shown;
  return {
    ...(extractable === undefined ? {} : { extractable }),
    ...(alwaysAuthenticate === undefined ? {} : { alwaysAuthenticate }),
  };
}

/** A key may be bound to fewer mechanisms than the token has: CKA_ALLOWED_MECHANISMS. */
function mechanismTest(reading: KeyReading, handle: Handle): (mechanism: number) => boolean {
  const list = readAttributes(reading, handle, [attributes.allowedMechanisms]).get(
    attributes.allowedMechanisms,
  );
  if (list === undefined || list.length === 0 || list.length % 8 !== 0)
    return (mechanism) => reading.mechanisms.has(mechanism);
  const allowed = new Set<number | undefined>();
  for (let at = 0; at < list.length; at += 8) allowed.add(numberIn(list.slice(at, at + 8)));
  return (mechanism) => reading.mechanisms.has(mechanism) && allowed.has(mechanism);
}

function decrypts({ mechanisms: has, profile }: KeyReading, publicKey: Uint8Array, facts: KeyFacts): boolean {
  const { kind, curveOid } = parsePublicKey(publicKey);
  if (kind === "rsa") return facts.decrypts && has.has(mechanisms.rsaOaep);
  if (curveOid === curveOids["P-256"]) return facts.derives && has.has(mechanisms.ecdh1Derive);
  const decryption = curveOid === curveOids.sm2 ? profile.sm2?.decryption : undefined;
  return decryption !== undefined && facts.decrypts && has.has(decryption.mechanism);
}
