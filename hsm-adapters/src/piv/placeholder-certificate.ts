import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import {
  bitString,
  contextExplicit,
  integer,
  nullValue,
  oid,
  sequence,
  setOf,
  smallInteger,
  utcTime,
  utf8String,
} from "@yinxin/crypto/der";
import { attributeTypes } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

/** By this name of the issuer a placeholder is known. */
const issuerName = "Yinxin: no certificate has been issued yet";

/** As RSA with 2048 bits would have. */
const signatureOctets = 256;

/** Expired since ever, so that nobody takes it for a certificate. */
const validity = sequence(
  utcTime(new Date("2000-01-01T00:00:00Z")),
  utcTime(new Date("2000-01-01T00:00:00Z")),
);

/**
 * A certificate that stands in for the one that is still to be issued. A PIV card tells a public key once, when the key is made;
 * later it is read from the certificate beside the key, by us and by every other program, and so is the label. It is signed by
 * nobody (its signature is all zeros) and expired.
 */
export function placeholderCertificate(label: string, publicKey: Uint8Array): Uint8Array {
  const algorithm = sequence(oid(signatureAlgorithms.RS256.oid), nullValue());
  const toBeSigned = sequence(
    contextExplicit(0, smallInteger(2)),
    integer(1n),
    algorithm,
    nameOf(issuerName),
    validity,
    nameOf(label),
    publicKey,
  );
  return sequence(toBeSigned, algorithm, bitString(new Uint8Array(signatureOctets)));
}

export function isPlaceholder(certificate: Certificate): boolean {
  return certificate.issuer.attributes.some(({ type, value }) => type === "CN" && value === issuerName);
}

function nameOf(commonName: string): Uint8Array {
  return sequence(setOf(sequence(oid(attributeTypes.CN), utf8String(commonName))));
}
