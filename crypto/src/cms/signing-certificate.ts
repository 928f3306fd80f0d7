import { digestAlgorithmOfOid, digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import {
  contextExplicit,
  defaultEncoded,
  DerError,
  element,
  octetString,
  oid,
  readChildren,
  readOid,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import type { Certificate } from "../x509/index.ts";
import { encodeAttribute, soleValue } from "./attributes.ts";
import { attributeOids } from "./oids.ts";
import type { Attribute } from "./signed-data.ts";

/** One certificate, named by its digest: ESSCertID (RFC 2634 §5.4.1) or ESSCertIDv2 (RFC 5035 §4). */
export interface CertificateReference {
  /** Undefined for a digest algorithm we do not know. */
  readonly algorithm: DigestName | undefined;
  readonly digest: Uint8Array;
  readonly issuerSerial?: { readonly issuer: Uint8Array | undefined; readonly serialNumber: string };
}

/** GeneralName: directoryName, which is EXPLICIT because Name is a CHOICE (RFC 5280 §4.2.1.6). */
const directoryNameTag = 0xa4;

/**
 * The signing-certificate-v2 attribute for one certificate, DER (RFC 5035 §3, ETSI EN 319 122-1 §5.2.2.3), with issuer and
 * serial number. SHA-256 is the DEFAULT and left out.
 */
export function signingCertificateAttribute(certificate: Certificate, algorithm: DigestName): Uint8Array {
  const reference = sequence(
    ...(algorithm === "SHA-256" ? [] : [sequence(oid(digestAlgorithms[algorithm].oid))]),
    octetString(digest(algorithm, certificate.raw)),
    sequence(
      sequence(contextExplicit(4, certificate.issuer.raw)),
      element(tags.integer, bytesOfHex(certificate.serialNumber)),
    ),
  );
  return encodeAttribute(attributeOids.signingCertificateV2, sequence(sequence(reference)));
}

/**
 * The first reference of the signing-certificate or signing-certificate-v2 attribute, which names the signer's
 * certificate; the others name its path.
 *
 * @throws DerError if the attribute is malformed.
 */
export function readSigningCertificate(
  attributes: readonly Attribute[],
): CertificateReference | "absent" | "repeated" {
  const newer = soleValue(attributes, attributeOids.signingCertificateV2);
  const older = soleValue(attributes, attributeOids.signingCertificate);
  if (newer === "repeated" || older === "repeated") return "repeated";
  if (newer !== "absent") return firstReference(newer, readReferenceV2);
  return older === "absent" ? "absent" : firstReference(older, readReference);
}

function firstReference(
  value: DerElement,
  read: (reference: DerElement) => CertificateReference,
): CertificateReference {
  const [references] = readChildren(value);
  const [first] = references === undefined ? [] : readChildren(references);
  if (first === undefined) throw new DerError("der-unexpected", "no certificate is referenced", value.offset);
  return read(first);
}

function readReference(reference: DerElement): CertificateReference {
  const [value, ...more] = readChildren(reference);
  return referenceOf(reference, "SHA-1", value, more);
}

function readReferenceV2(reference: DerElement): CertificateReference {
  const members = [...readChildren(reference)];
  const algorithm = members[0]?.tag === tags.sequence ? members.shift() : undefined;
  const [value, ...more] = members;
  return referenceOf(reference, readDigestName(algorithm), value, more);
}

function readDigestName(algorithm: DerElement | undefined): DigestName | undefined {
  const [id] = algorithm === undefined ? [] : readChildren(algorithm);
  if (algorithm === undefined || id === undefined) return "SHA-256";
  const name = digestAlgorithmOfOid(readOid(id));
  // OpenSSL and BouncyCastle differ on whether NULL stands beside the identifier, and then it is no longer the DEFAULT.
  if (name === "SHA-256" && algorithm.children.length === 1) defaultEncoded(algorithm);
  return name;
}

function referenceOf(
  reference: DerElement,
  algorithm: DigestName | undefined,
  value: DerElement | undefined,
  [issuerSerial, ...more]: readonly DerElement[],
): CertificateReference {
  if (value?.tag !== tags.octetString || more.length > 0) {
    throw new DerError("der-unexpected", "not a reference to a certificate", reference.offset);
  }
  const named = issuerSerial === undefined ? undefined : readIssuerSerial(issuerSerial);
  return { algorithm, digest: value.contents, ...(named !== undefined && { issuerSerial: named }) };
}

function readIssuerSerial(element: DerElement): { issuer: Uint8Array | undefined; serialNumber: string } {
  const [names, serial, ...more] = readChildren(element);
  if (names === undefined || serial?.tag !== tags.integer || more.length > 0) {
    throw new DerError("der-unexpected", "not an IssuerSerial", element.offset);
  }
  const directory = readChildren(names).find(({ tag }) => tag === directoryNameTag);
  return { issuer: directory?.contents, serialNumber: hexOf(serial.contents) };
}

/** Whether a reference means this certificate: its digest, and issuer and serial number where they are given. */
export function isReferenceTo(reference: CertificateReference, certificate: Certificate): boolean {
  const { algorithm, issuerSerial } = reference;
  if (algorithm === undefined) return false;
  if (issuerSerial !== undefined) {
    const { issuer, serialNumber } = issuerSerial;
    if (serialNumber !== certificate.serialNumber) return false;
    if (issuer !== undefined && !equalBytes(issuer, certificate.issuer.raw)) return false;
  }
  return equalBytes(reference.digest, digest(algorithm, certificate.raw));
}
