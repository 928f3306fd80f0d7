import { digestAlgorithmOfOid, digestAlgorithms, parsePublicKey } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import {
  DerError,
  element,
  nullValue,
  octetString,
  oid,
  readInteger,
  readOid,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import type { Certificate } from "../x509/index.ts";
import { membersOf } from "./ocsp-members.ts";

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

/**
 * Whether an id names this certificate of this issuer; with a digest we do not know it never does. What is asked of
 * several ids is digested once.
 */
export function certificateNaming(
  certificate: Pick<Certificate, "issuer" | "serialNumber">,
  issuer: Pick<Certificate, "publicKey">,
): (id: OcspCertificateId) => boolean {
  const expected = new Map<OcspNameDigest, OcspCertificateId>();
  return (id) => {
    const digestName = digestsOfNames.find((name) => name === id.digest);
    if (digestName === undefined || id.serialNumber !== certificate.serialNumber) return false;
    const wanted = expected.get(digestName) ?? ocspCertificateIdOf(certificate, issuer, digestName);
    expected.set(digestName, wanted);
    return (
      equalBytes(id.issuerNameHash, wanted.issuerNameHash) &&
      equalBytes(id.issuerKeyHash, wanted.issuerKeyHash)
    );
  };
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
  const members = membersOf(from);
  const digestOid = readDigestOid(members.next());
  const [issuerNameHash, issuerKeyHash] = [octetsOf(members.next()), octetsOf(members.next())];
  const serialNumber = members.next();
  members.end();
  readInteger(serialNumber);
  return {
    digest: digestAlgorithmOfOid(digestOid),
    digestOid,
    issuerNameHash,
    issuerKeyHash,
    serialNumber: hexOf(serialNumber.contents),
  };
}

/** NULL and nothing at all both stand for no parameters. */
function readDigestOid(algorithm: DerElement): string {
  const members = membersOf(algorithm);
  const id = members.next();
  const parameters = members.optional(tags.null);
  members.end();
  if (parameters !== undefined && parameters.contents.length > 0)
    throw new DerError("der-bad-value", "NULL has contents", parameters.offset);
  return readOid(id);
}

function octetsOf(from: DerElement): Uint8Array {
  if (from.tag !== tags.octetString)
    throw new DerError("der-unexpected", "expected OCTET STRING", from.offset);
  return from.contents;
}
