import { schemeOf, writeSignatureAlgorithm } from "../src/algorithms/index.ts";
import type { SignatureAlgorithmName } from "../src/algorithms/index.ts";
import {
  bitString,
  boolean,
  contextExplicit,
  element,
  octetString,
  oid,
  sequence,
  setOf,
  smallInteger,
  utf8String,
  x509Time,
} from "../src/der/index.ts";
import { createSoftwareSigner, generateKey } from "../src/signer/index.ts";
import type { Signer } from "../src/signer/index.ts";
import { parseCertificate } from "../src/x509/index.ts";
import type { Certificate } from "../src/x509/index.ts";

/** A name of nothing but CN. */
export function commonName(text: string): Uint8Array {
  return sequence(setOf(sequence(oid("2.5.4.3"), utf8String(text))));
}

/** The encoded extensions that the fabricated certificates are put together from. */
export const extensions = {
  authority: (pathLength?: number): Uint8Array =>
    extension(
      "2.5.29.19",
      sequence(boolean(true), ...(pathLength === undefined ? [] : [smallInteger(pathLength)])),
      true,
    ),
  /** Bits from the left of one octet, e.g. 0x04 for keyCertSign. */
  keyUsage: (octet: number): Uint8Array =>
    extension("2.5.29.15", element(0x03, Uint8Array.of(0, octet)), true),
};

export function extension(id: string, value: Uint8Array, isCritical: boolean): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

export interface Entity {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

export interface Fabrication {
  /** The CN, or a whole Name in DER. */
  readonly subject: string | Uint8Array;
  /** Absent: signed by itself. */
  readonly issuer?: Entity;
  readonly signer?: Signer;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly extensions?: readonly Uint8Array[];
  readonly serialNumber?: number;
}

/**
 * A key whose signatures cost little, for tests about structure. A fresh one, but RSA keys, which cost a test file seconds,
 * come round again after {@link rsaKeysMade} others.
 */
export function newSigner(algorithm: SignatureAlgorithmName = "ES256"): Signer {
  const { kind } = schemeOf(algorithm);
  const isRsa = kind === "rsa-pkcs1" || kind === "rsa-pss";
  return createSoftwareSigner(isRsa ? nextRsaKey() : generateKey(algorithm).pkcs8, algorithm);
}

/** More than any hierarchy in the tests has. */
export const rsaKeysMade = 6;
const rsaKeys: Uint8Array[] = [];
let rsaKeysTaken = 0;

/** Every RSA row signs with the same kind of key. */
function nextRsaKey(): Uint8Array {
  const place = rsaKeysTaken % rsaKeysMade;
  rsaKeysTaken += 1;
  const key = rsaKeys[place] ?? generateKey("RS256").pkcs8;
  rsaKeys[place] = key;
  return key;
}

/**
 * Signs any certificate at all, also such as no authority would issue: `issuing` refuses to make most of these, and a
 * path check is there for the others.
 */
export async function fabricate(wanted: Fabrication): Promise<Entity> {
  const signer = wanted.signer ?? newSigner();
  const tbs = encodeTbs(wanted, signer);
  return { signer, certificate: parseCertificate(await signTbs(tbs, wanted.issuer?.signer ?? signer)) };
}

/** SEQUENCE { tbs, algorithm, signature } with a signature that is right for any octets. */
export async function signTbs(tbs: Uint8Array, signer: Signer): Promise<Uint8Array> {
  return sequence(tbs, algorithmOf(signer), bitString(await signer.sign({ message: tbs })));
}

function encodeTbs(wanted: Fabrication, signer: Signer): Uint8Array {
  const { issuer, notBefore = new Date("2026-01-01T00:00:00Z") } = wanted;
  const { notAfter = new Date("2036-01-01T00:00:00Z") } = wanted;
  const subject = typeof wanted.subject === "string" ? commonName(wanted.subject) : wanted.subject;
  const list = wanted.extensions ?? [];
  return sequence(
    contextExplicit(0, smallInteger(2)),
    smallInteger(wanted.serialNumber ?? 1001),
    algorithmOf(issuer?.signer ?? signer),
    issuer?.certificate.subject.raw ?? subject,
    sequence(x509Time(notBefore), x509Time(notAfter)),
    subject,
    signer.publicKey,
    ...(list.length === 0 ? [] : [contextExplicit(3, sequence(...list))]),
  );
}

function algorithmOf(signer: Signer): Uint8Array {
  return writeSignatureAlgorithm(signer.algorithm);
}
