import { equalBytes, hexOf } from "../bytes/index.ts";
import { contextExplicit, contextImplicit, octetString, oid, sequence, smallInteger } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import {
  createPasswordEncryptor,
  openPasswordSession,
  parsePrivateKey,
  Pkcs8Error,
  publicKeyOf,
} from "../pkcs8/index.ts";
import type {
  CbcCipherName,
  PasswordEncryptor,
  PasswordSession,
  PrfName,
  RandomBytes,
} from "../pkcs8/index.ts";
import { parseCertificate } from "../x509/index.ts";
import { writeBagAttributes } from "./bag-attributes.ts";
import { Pkcs12Error } from "./error.ts";
import { writeMac } from "./mac.ts";
import type { Pkcs12MacName } from "./mac.ts";
import { createOldEncryptor } from "./old-schemes.ts";
import { bagTypes, contentTypes, x509CertificateType } from "./structure-oids.ts";

/** A private key and the certificates that go with it. */
export interface Pkcs12Entry {
  /** PrivateKeyInfo, DER. */
  readonly privateKey: Uint8Array;
  /** DER: the key's own certificate first, then those above it. May be empty. */
  readonly chain: readonly Uint8Array[];
  readonly friendlyName?: string;
}

/** How a file is encrypted and protected. */
export type Pkcs12ProtectionName = "modern" | "national" | "old";

interface Protection {
  /** Absent: pbeWithSHAAnd3-KeyTripleDES-CBC. */
  readonly cipher?: CbcCipherName;
  readonly prf?: PrfName;
  readonly mac: Pkcs12MacName;
}

const protections: Readonly<Record<Pkcs12ProtectionName, Protection>> = {
  /** What OpenSSL 3, Java 17, NSS and Windows Server 2019 read. */
  modern: { cipher: "AES-256-CBC", prf: "SHA-256", mac: "HMAC-SHA-256" },
  /** SM4 and SM3; the derivation has HMAC-SHA-256, since nobody's OpenSSL 3.0 knows it with SM3. */
  national: { cipher: "SM4-CBC", prf: "SHA-256", mac: "HMAC-SM3" },
  /** Only for receivers who know nothing newer: its ciphers and SHA-1 are not for new secrets. */
  old: { mac: "HMAC-SHA-1" },
};

export interface WritePkcs12Options {
  readonly random: RandomBytes;
  /** `modern` if absent. */
  readonly protection?: Pkcs12ProtectionName;
  /** Instead of the protection's own; PBMAC1 (RFC 9579) is read by what was released since 2024. */
  readonly mac?: Pkcs12MacName;
  /** Of every derivation in the file; 600,000 if absent. The weakest of them is what an attacker tries. */
  readonly iterations?: number;
  /** Certificates that belong to no key, e.g. trust anchors; marked so that Java lists them. DER. */
  readonly trusted?: readonly Uint8Array[];
}

const defaultIterations = 600_000;

/** More than enough for the slowest machine; readers refuse files that ask for more. */
const maximumIterations = 1_000_000;
const minimumIterations = 1000;

/**
 * Writes a PFX (RFC 7292) with any number of keys: certificates encrypted together, each key by itself, a MAC over all.
 * A key and its certificate get one localKeyId.
 *
 * @throws Pkcs12Error `pkcs12-malformed` if a key is not a key, or a chain does not begin with its certificate.
 * @throws X509Error if a certificate is none.
 * @throws RangeError for a number of iterations that readers refuse, or a name with half a character.
 */
export function writePkcs12(
  entries: readonly Pkcs12Entry[],
  password: string,
  options: WritePkcs12Options,
): Uint8Array {
  const { random, protection: protectionName = "modern", iterations = defaultIterations } = options;
  if (iterations < minimumIterations || iterations > maximumIterations) {
    throw new RangeError(`${String(iterations)} iterations are too few or too many`);
  }
  const protection = protections[protectionName];
  const session = openPasswordSession(password);
  const encryptor = encryptorOf(protection, session, iterations, random);
  const named = entries.map(withKeyId);
  const authenticatedSafe = sequence(
    encryptedContent(encryptor, sequence(...certificateBags(named, options.trusted ?? []))),
    contentInfo(contentTypes.data, octetString(sequence(...named.map((entry) => keyBag(entry, encryptor))))),
  );
  const mac = writeMac(options.mac ?? protection.mac, authenticatedSafe, session, { iterations, random });
  return sequence(smallInteger(3), contentInfo(contentTypes.data, octetString(authenticatedSafe)), mac);
}

function encryptorOf(
  { cipher, prf }: Protection,
  session: PasswordSession,
  iterations: number,
  random: RandomBytes,
): PasswordEncryptor {
  if (cipher === undefined || prf === undefined) return createOldEncryptor(session, iterations, random);
  return createPasswordEncryptor(
    session,
    { cipher, keyDerivation: { name: "PBKDF2", prf, iterations } },
    random,
  );
}

interface NamedEntry extends Pkcs12Entry {
  readonly localKeyId: string;
}

/** The identifier only has to be the same on both and another for each pair. */
function withKeyId(entry: Pkcs12Entry): NamedEntry {
  const identified = checkPair(entry);
  return { ...entry, localKeyId: hexOf(digest("SHA-256", identified).subarray(0, 20)) };
}

/** @returns octets that identify the pair and say nothing of the private key. */
function checkPair({ privateKey, chain: [first] }: Pkcs12Entry): Uint8Array {
  const half = publicHalfOf(privateKey);
  if (half.result === "inconsistent") {
    throw new Pkcs12Error("pkcs12-malformed", "the numbers of the private key contradict each other");
  }
  const certified = first === undefined ? undefined : parseCertificate(first).publicKey;
  const known = half.result === "known" ? half.publicKey : undefined;
  if (certified !== undefined && known !== undefined && !equalBytes(certified, known)) {
    throw new Pkcs12Error("pkcs12-malformed", "the first certificate is not of the private key");
  }
  const identified = known ?? certified;
  if (identified === undefined) {
    throw new Pkcs12Error("pkcs12-malformed", "a key of an unknown kind needs its certificate");
  }
  return identified;
}

function publicHalfOf(privateKey: Uint8Array): ReturnType<typeof publicKeyOf> {
  try {
    return publicKeyOf(parsePrivateKey(privateKey));
  } catch (cause) {
    if (cause instanceof Pkcs8Error) throw new Pkcs12Error("pkcs12-malformed", cause.message);
    throw cause;
  }
}

/** Each certificate once: chains share their upper parts. */
function certificateBags(entries: readonly NamedEntry[], trusted: readonly Uint8Array[]): Uint8Array[] {
  const written = new Set<string>();
  const own = entries.flatMap(({ chain, localKeyId, friendlyName }) =>
    chain.flatMap((certificate, index) => {
      // Two keys never have one certificate, so the first of a chain is always written.
      if (index > 0 && written.has(hexOf(certificate))) return [];
      written.add(hexOf(certificate));
      const name = friendlyName === undefined ? {} : { friendlyName };
      return [certificateBag(certificate, index === 0 ? { localKeyId, ...name } : {})];
    }),
  );
  return [...own, ...trusted.map((certificate) => certificateBag(certificate, { isTrusted: true }))];
}

function certificateBag(
  certificate: Uint8Array,
  attributes: Parameters<typeof writeBagAttributes>[0],
): Uint8Array {
  parseCertificate(certificate);
  const bag = sequence(oid(x509CertificateType), contextExplicit(0, octetString(certificate)));
  return sequence(oid(bagTypes.certificate), contextExplicit(0, bag), ...writeBagAttributes(attributes));
}

function keyBag(
  { privateKey, localKeyId, friendlyName }: NamedEntry,
  encryptor: PasswordEncryptor,
): Uint8Array {
  const { algorithm, ciphertext } = encryptor.encrypt(privateKey);
  const attributes = { localKeyId, ...(friendlyName === undefined ? {} : { friendlyName }) };
  return sequence(
    oid(bagTypes.shroudedKey),
    contextExplicit(0, sequence(algorithm, octetString(ciphertext))),
    ...writeBagAttributes(attributes),
  );
}

/** EncryptedData (RFC 5652 §8). */
function encryptedContent(encryptor: PasswordEncryptor, plaintext: Uint8Array): Uint8Array {
  const { algorithm, ciphertext } = encryptor.encrypt(plaintext);
  const info = sequence(oid(contentTypes.data), algorithm, contextImplicit(0, ciphertext, false));
  return contentInfo(contentTypes.encryptedData, sequence(smallInteger(0), info));
}

function contentInfo(type: string, content: Uint8Array): Uint8Array {
  return sequence(oid(type), contextExplicit(0, content));
}
