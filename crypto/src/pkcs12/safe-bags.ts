import { DerError, parseDer, parseInner, readChildren, readOid } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { checkPlaintext, decryptWithPassword, readOctets } from "../pkcs8/index.ts";
import type { PasswordScheme, PasswordSession } from "../pkcs8/index.ts";
import { readBagAttributes } from "./bag-attributes.ts";
import type { BagAttributes } from "./bag-attributes.ts";
import { Pkcs12Error } from "./error.ts";
import { bagTypes, x509CertificateType, x509CrlType } from "./structure-oids.ts";

/** One thing in a file, with what is said of it. */
export type SafeBag =
  | ({ readonly kind: "key"; /** PrivateKeyInfo, DER. */ readonly privateKey: Uint8Array } & BagAttributes)
  | ({ readonly kind: "certificate"; readonly certificate: Uint8Array } & BagAttributes)
  | ({ readonly kind: "crl"; readonly crl: Uint8Array } & BagAttributes)
  /** A secret, or a kind of certificate that is not X.509: passed over, but not in silence. */
  | { readonly kind: "other"; readonly oid: string };

/** What reading the bags of one file needs, and what it finds besides them. */
export interface BagReading {
  readonly session: PasswordSession;
  readonly moreSchemes: readonly PasswordScheme[];
  readonly bags: SafeBag[];
  /** How parts were encrypted. */
  readonly encryptions: Set<string>;
  /** The labels of those ways that are old. */
  readonly oldEncryptions: Set<string>;
}

/** A file holds a few keys and their chains. */
const maximumBags = 1000;

/** SafeContents in SafeContents; nobody was seen to write even one. */
const maximumNesting = 4;

/**
 * Reads SafeContents (RFC 7292 §4.2), a SEQUENCE of bags, into `reading`.
 *
 * @throws DerError, Pkcs8Error, Pkcs12Error
 */
export function readSafeContents(contents: DerElement, reading: BagReading, depth = 0): void {
  for (const bag of readChildren(contents)) {
    if (reading.bags.length >= maximumBags || depth > maximumNesting) {
      throw new Pkcs12Error("pkcs12-limit-exceeded", "too many bags, or bags nested too deeply");
    }
    const { type, value, attributes } = readSafeBag(bag);
    if (type === bagTypes.safeContents) readSafeContents(value, reading, depth + 1);
    else reading.bags.push(readBag(type, value, readBagAttributes(attributes), reading));
  }
}

function readSafeBag(bag: DerElement): {
  type: string;
  value: DerElement;
  attributes: DerElement | undefined;
} {
  const [id, wrapper, attributes, ...more] = readChildren(bag);
  const value = wrapper?.tag === 0xa0 ? wrapper.children[0] : undefined;
  if (id === undefined || value === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "not a SafeBag", bag.offset);
  }
  return { type: readOid(id), value, attributes };
}

function readBag(type: string, value: DerElement, attributes: BagAttributes, reading: BagReading): SafeBag {
  switch (type) {
    case bagTypes.key:
      return { kind: "key", privateKey: checkPlaintext(value.raw), ...attributes };
    case bagTypes.shroudedKey:
      return { kind: "key", privateKey: decryptKey(value, reading), ...attributes };
    case bagTypes.certificate: {
      const certificate = readTyped(value, x509CertificateType);
      return certificate === undefined
        ? { kind: "other", oid: type }
        : { kind: "certificate", certificate, ...attributes };
    }
    case bagTypes.crl: {
      const crl = readTyped(value, x509CrlType);
      return crl === undefined ? { kind: "other", oid: type } : { kind: "crl", crl, ...attributes };
    }
    default:
      return { kind: "other", oid: type };
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). */
function decryptKey(element: DerElement, reading: BagReading): Uint8Array {
  const [algorithm, ciphertext, ...more] = readChildren(element);
  if (algorithm === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "not an EncryptedPrivateKeyInfo", element.offset);
  }
  return checkPlaintext(decryptPart(algorithm, readOctets(ciphertext, "the encrypted key"), reading));
}

/** Decrypts one part of the file and notes how it was encrypted. @throws DerError, Pkcs8Error */
export function decryptPart(algorithm: DerElement, ciphertext: Uint8Array, reading: BagReading): Uint8Array {
  const opened = decryptWithPassword(algorithm, ciphertext, reading.session, reading.moreSchemes);
  reading.encryptions.add(opened.label);
  for (const { scheme } of opened.quirks) reading.oldEncryptions.add(scheme);
  return opened.plaintext;
}

/** CertBag and CRLBag: SEQUENCE { type, [0] OCTET STRING }; undefined if the type is another. */
function readTyped(element: DerElement, expected: string): Uint8Array | undefined {
  const [id, wrapper, ...more] = readChildren(element);
  if (id === undefined || wrapper?.tag !== 0xa0 || more.length > 0) {
    throw new DerError("der-unexpected", "not a bag of a certificate or CRL", element.offset);
  }
  return readOid(id) === expected ? readOctets(wrapper.children[0], "a certificate or CRL") : undefined;
}

/** The contents of an OCTET STRING or of decrypted octets, in the profile of the whole file. */
export function parseContents(octets: DerElement | Uint8Array): DerElement {
  return octets instanceof Uint8Array ? parseDer(octets, { profile: "lenient" }) : parseInner(octets);
}
