import { parsePublicKey, readSignatureScheme } from "../algorithms/index.ts";
import type { PublicKeyInfo, SignatureAlgorithmName, SignatureScheme } from "../algorithms/index.ts";
import { derOfPem, equalBytes, hexOf } from "../bytes/index.ts";
import {
  DerError,
  parseDer,
  readBitString,
  readChildren,
  readInteger,
  readOid,
  readSmallInteger,
  readTime,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { X509Error } from "./error.ts";
import { parseExtensions, readExtensions } from "./extensions.ts";
import type { Extension, ReadExtensions } from "./extensions.ts";
import { parseName } from "./name.ts";
import type { Name } from "./name.ts";

/** An X.509 certificate (RFC 5280 §4.1, GB/T 20518-2018). Byte members are views into `raw`. */
export interface Certificate extends ReadExtensions {
  readonly raw: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** TBSCertificate as it stands in `raw`, tag and length included: what the signature covers. */
  readonly tbs: Uint8Array;
  /** Lower-case hexadecimal of the INTEGER's octets. */
  readonly serialNumber: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** What the key signs with; undefined for a kind of key we do not know. */
  readonly keyAlgorithm: SignatureAlgorithmName | undefined;
  readonly publicKeyInfo: PublicKeyInfo;
  /** How it is signed; undefined for an algorithm we do not know. */
  readonly signatureScheme: SignatureScheme | undefined;
  /** The row of `signatureScheme` among those that the suite signs with. */
  readonly signatureAlgorithm: SignatureAlgorithmName | undefined;
  readonly signatureAlgorithmOid: string;
  /** Octets of the BIT STRING. */
  readonly signature: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Certificates of people and authorities have 0.5–4 KiB; this leaves room for post-quantum keys. */
const maximumCertificateBytes = 64 * 1024;

/**
 * Reads one certificate in DER.
 *
 * An unknown key or signature algorithm is no error here: such a certificate can be shown, but nothing is verified
 * with it.
 *
 * @throws X509Error
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > maximumCertificateBytes)
    throw new X509Error("certificate-too-large", "larger than 64 KiB");
  try {
    // A copy, so that nobody can change a certificate after it was judged.
    return readCertificate(parseDer(Uint8Array.from(der)));
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new X509Error("certificate-malformed", `not a certificate: ${cause.message}`, { cause });
  }
}

/**
 * Reads every CERTIFICATE block of a PEM text (RFC 7468 §5), in order.
 *
 * @throws X509Error `certificate-pem` if there is none or one is damaged, or as {@link parseCertificate}.
 */
export function parseCertificatesPem(pem: string): Certificate[] {
  const blocks = readPem(pem);
  if (blocks.length === 0)
    throw new X509Error("certificate-pem", "there is no CERTIFICATE block in the text");
  return blocks.map(parseCertificate);
}

function readPem(pem: string): Uint8Array[] {
  try {
    return derOfPem(pem, "CERTIFICATE");
  } catch (cause) {
    if (cause instanceof RangeError) throw new X509Error("certificate-pem", cause.message, { cause });
    throw cause;
  }
}

function readCertificate(root: DerElement): Certificate {
  const [tbs, algorithm, signature] = membersOf(root, 3);
  const members = [...readChildren(tbs)];
  const version = readVersion(members);
  const [serial, innerAlgorithm, issuer, validity, subject, publicKey, ...optional] = members;
  if (serial === undefined || innerAlgorithm === undefined || issuer === undefined) throw incomplete(tbs);
  if (validity === undefined || subject === undefined || publicKey === undefined) throw incomplete(tbs);
  if (!equalBytes(innerAlgorithm.raw, algorithm.raw)) {
    // RFC 5280 §4.1.1.2: the outer one is not signed, so it must not be able to say anything else.
    throw new X509Error("certificate-algorithm-mismatch", "the two signature algorithms differ");
  }
  readInteger(serial);
  const [notBefore, notAfter] = membersOf(validity, 2);
  const [algorithmId] = readChildren(algorithm);
  if (algorithmId === undefined) throw incomplete(algorithm);
  const signatureScheme = readSignatureScheme(algorithm);
  const publicKeyInfo = parsePublicKey(publicKey.raw);
  const extensions = readOptional(optional, version, tbs);
  return {
    raw: root.raw,
    version,
    tbs: tbs.raw,
    serialNumber: hexOf(serial.contents),
    issuer: parseName(issuer),
    subject: parseName(subject),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey: publicKey.raw,
    keyAlgorithm: publicKeyInfo.algorithm,
    publicKeyInfo,
    signatureScheme,
    signatureAlgorithm: signatureScheme?.name,
    signatureAlgorithmOid: readOid(algorithmId),
    signature: readBitString(signature),
    extensions,
    ...readExtensions(extensions),
  };
}

/** Takes [0] version off the members: 1, 2 or 3. */
function readVersion(members: DerElement[]): 1 | 2 | 3 {
  if (members[0]?.tag !== 0xa0) return 1;
  const [version] = membersOf(members[0], 1);
  members.shift();
  const number = readSmallInteger(version) + 1;
  // Version 1 is the default, which DER leaves out.
  if (number !== 2 && number !== 3) throw new X509Error("certificate-version", "the version is unknown");
  return number;
}

function readOptional(optional: DerElement[], version: number, tbs: DerElement): readonly Extension[] {
  // Unique identifiers of issuer and subject, given up long ago (RFC 5280 §4.1.2.8).
  if (optional[0]?.tag === 0x81) optional.shift();
  if (optional[0]?.tag === 0x82) optional.shift();
  const [wrapper, ...more] = optional;
  if (wrapper === undefined) return [];
  if (wrapper.tag !== 0xa3 || more.length > 0) throw incomplete(tbs);
  if (version !== 3) throw new X509Error("certificate-version", "only version 3 has extensions");
  return parseExtensions(membersOf(wrapper, 1)[0]);
}

function membersOf(element: DerElement, count: 1): [DerElement];
function membersOf(element: DerElement, count: 2): [DerElement, DerElement];
function membersOf(element: DerElement, count: 3): [DerElement, DerElement, DerElement];
function membersOf(element: DerElement, count: number): DerElement[] {
  const members = readChildren(element, isContext(element) ? element.tag : tags.sequence);
  if (members.length !== count) throw incomplete(element);
  return [...members];
}

function isContext({ tag }: DerElement): boolean {
  return (tag & 0xc0) === 0x80;
}

function incomplete(element: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, or there are too many", element.offset);
}
