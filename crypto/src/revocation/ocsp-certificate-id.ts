import { digestAlgorithmOfOid, digestAlgorithms, parsePublicKey } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import {
  DerError,
  element,
  nullValue,
  octetString,
  oid,
  readChildren,
  readInteger,
  readOid,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import type { Certificate } from "../x509/index.ts";

/** CertID (RFC 6960 §4.1.1): which certificate is asked about, by its issuer's name and key, both hashed. */
export interface OcspCertificateId {
  /** Undefined for an algorithm we do not know. */
  readonly digest: DigestName | undefined;
  readonly digestOid: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Lower-case hexadecimal of the INTEGER's octets, as in a certificate. */
  readonly serialNumber: string;
}

/** The digests that name an issuer; nothing rests on them but finding the right answer, so SHA-1 serves. */
const digestsOfNames = ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "SM3"] as const;
export type OcspNameDigest = (typeof digestsOfNames)[number];

/**
 * The CertID of a certificate.
 *
 * @param certificate its issuer name and serial number are taken.
 * @param issuer whose key signs the certificate.
 * @throws DerError if the issuer's key is not a SubjectPublicKeyInfo.
 */
export function ocspCertificateIdOf(
  certificate: Pick<Certificate, "issuer" | "serialNumber">,
  issuer: Pick<Certificate, "publicKey">,
  digestName: OcspNameDigest,
): OcspCertificateId {
  return {
    digest: digestName,
    digestOid: digestAlgorithms[digestName].oid,
    issuerNameHash: digest(digestName, certificate.issuer.raw),
    issuerKeyHash: digest(digestName, parsePublicKey(issuer.publicKey).key),
    serialNumber: certificate.serialNumber,
  };
}

/** Whether the id names this certificate of this issuer; with a digest we do not know it never does. */
export function namesCertificate(
  id: OcspCertificateId,
  certificate: Pick<Certificate, "issuer" | "serialNumber">,
  issuer: Pick<Certificate, "publicKey">,
): boolean {
  const digestName = digestsOfNames.find((name) => name === id.digest);
  if (digestName === undefined || id.serialNumber !== certificate.serialNumber) return false;
  const expected = ocspCertificateIdOf(certificate, issuer, digestName);
  return (
    equalBytes(id.issuerNameHash, expected.issuerNameHash) &&
    equalBytes(id.issuerKeyHash, expected.issuerKeyHash)
  );
}

/** DER. The digest's parameters are NULL, as every client and responder writes them. */
export function encodeOcspCertificateId(id: OcspCertificateId): Uint8Array {
  return sequence(
    sequence(oid(id.digestOid), nullValue()),
    octetString(id.issuerNameHash),
    octetString(id.issuerKeyHash),
    element(tags.integer, bytesOfHex(id.serialNumber)),
  );
}

/** @throws DerError */
export function readOcspCertificateId(from: DerElement): OcspCertificateId {
  const [algorithm, nameHash, keyHash, serialNumber, ...more] = readChildren(from);
  if (algorithm === undefined || nameHash === undefined || keyHash === undefined) throw notAnId(from);
  if (serialNumber === undefined || more.length > 0) throw notAnId(from);
  const [id, parameters, ...rest] = readChildren(algorithm);
  const isPlain = parameters === undefined || (parameters.tag === tags.null && parameters.raw.length === 2);
  if (id === undefined || rest.length > 0 || !isPlain) throw notAnId(algorithm);
  readInteger(serialNumber);
  const digestOid = readOid(id);
  return {
    digest: digestAlgorithmOfOid(digestOid),
    digestOid,
    issuerNameHash: octetsOf(nameHash),
    issuerKeyHash: octetsOf(keyHash),
    serialNumber: hexOf(serialNumber.contents),
  };
}

function octetsOf(from: DerElement): Uint8Array {
  if (from.tag !== tags.octetString)
    throw new DerError("der-unexpected", "expected OCTET STRING", from.offset);
  return from.contents;
}

function notAnId(from: DerElement): DerError {
  return new DerError("der-unexpected", "not a CertID", from.offset);
}
