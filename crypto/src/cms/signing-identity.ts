import { digestAlgorithms, schemeOf, writeSignatureAlgorithm } from "../algorithms/index.ts";
import type { DigestName, SignatureAlgorithmName } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes } from "../bytes/index.ts";
import { contextImplicit, element, oid, sequence, smallInteger, tags } from "../der/index.ts";
import type { Certificate } from "../x509/index.ts";
import { encodeAttribute } from "./attributes.ts";
import { CmsError } from "./cms-error.ts";
import { attributeOids } from "./oids.ts";
import { signingCertificateAttribute } from "./signing-certificate.ts";

export interface SigningIdentityInput {
  readonly certificate: Certificate;
  /** Needed where the key signs in several ways (RSA); else the key decides. */
  readonly algorithm?: SignatureAlgorithmName;
  /** Default `issuer-and-serial`, which every reader knows. */
  readonly identifiedBy?: "issuer-and-serial" | "key-identifier";
}

/**
 * A signer, with all that is the same in every signature of theirs already encoded. Made once a certificate and kept:
 * signing then encodes little more than a digest and a time.
 */
export interface SigningIdentity {
  readonly certificate: Certificate;
  readonly algorithm: SignatureAlgorithmName;
  /** Of the content and of the signed attributes. */
  readonly digest: DigestName;
  /** SignerInfo's version. */
  readonly version: 1 | 3;
  /** Members version, sid and digestAlgorithm of SignerInfo. */
  readonly head: Uint8Array;
  readonly digestAlgorithm: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  /** The attribute signing-certificate-v2. */
  readonly signingCertificate: Uint8Array;
  /** The attribute CMSAlgorithmProtection (RFC 6211 §2). */
  readonly algorithmProtection: Uint8Array;
}

/** @throws CmsError `cms-request-invalid` for a key that the suite does not sign with, or a certificate without key identifier. */
export function createSigningIdentity(input: SigningIdentityInput): SigningIdentity {
  const { certificate, algorithm = certificate.keyAlgorithm, identifiedBy = "issuer-and-serial" } = input;
  if (algorithm === undefined) {
    throw new CmsError("cms-request-invalid", "the suite does not sign with keys of this kind");
  }
  const version = identifiedBy === "key-identifier" ? 3 : 1;
  // RFC 8419 §3.1 asks for SHA-512 beside Ed25519, RFC 9882 §3.3 allows it beside every ML-DSA.
  const digest = schemeOf(algorithm).digest ?? "SHA-512";
  // Without parameters: RFC 5754 §2, and the national identifiers have none.
  const digestAlgorithm = sequence(oid(digestAlgorithms[digest].oid));
  const signatureAlgorithm = writeSignatureAlgorithm(algorithm);
  return {
    certificate,
    algorithm,
    digest,
    version,
    head: concatBytes(smallInteger(version), signerIdentifier(certificate, version), digestAlgorithm),
    digestAlgorithm,
    signatureAlgorithm,
    signingCertificate: signingCertificateAttribute(certificate, digest === "SM3" ? "SM3" : "SHA-256"),
    algorithmProtection: algorithmProtectionAttribute(digestAlgorithm, signatureAlgorithm),
  };
}

function signerIdentifier(certificate: Certificate, version: 1 | 3): Uint8Array {
  if (version === 1) {
    return sequence(certificate.issuer.raw, element(tags.integer, bytesOfHex(certificate.serialNumber)));
  }
  const { subjectKeyIdentifier } = certificate;
  if (subjectKeyIdentifier === undefined) {
    throw new CmsError("cms-request-invalid", "the signer's certificate has no subject key identifier");
  }
  return contextImplicit(0, subjectKeyIdentifier, false);
}

const signatureAlgorithmTag = 0xa1;

/** CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, [1] IMPLICIT signatureAlgorithm } */
function algorithmProtectionAttribute(
  digestAlgorithm: Uint8Array,
  signatureAlgorithm: Uint8Array,
): Uint8Array {
  const tagged = Uint8Array.from(signatureAlgorithm);
  tagged[0] = signatureAlgorithmTag;
  return encodeAttribute(attributeOids.algorithmProtection, sequence(digestAlgorithm, tagged));
}
