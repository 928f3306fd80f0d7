// The @peculiar packages read decorators' metadata while they are imported.
import "reflect-metadata";

import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Name,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

import { signatureAlgorithms } from "../algorithms/index.ts";
import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import { bitString, integer, oid, parseDer, sequence } from "../der/index.ts";
import { signVerified } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { parseCertificate, verifyCertificateSignature } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { extensionsFor } from "./certificate-extensions.ts";
import { IssuingError } from "./error.ts";
import { checkIssuer } from "./check-issuer.ts";
import { keyIdentifierOf } from "./key-identifier.ts";
import { encodeName } from "./name-input.ts";
import type { NameInput } from "./name-input.ts";
import { profileOf } from "./profiles.ts";
import type { CertificateProfileName } from "./profiles.ts";

/** What the authority was asked for; that the subject holds the private key is checked before, with the request. */
export interface CertificateToIssue {
  readonly profile: CertificateProfileName;
  readonly subject: NameInput;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** The authority's key, and its certificate unless it signs itself (`root-ca`). */
  readonly issuer: { readonly signer: Signer; readonly certificate?: Certificate };
  /** 8 to 20 random octets, read as a positive number (RFC 5280 §4.1.2.2). */
  readonly serialNumber: Uint8Array;
  /** In whole seconds; a fraction is dropped. */
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Issues one certificate after the profile's rules, and gives it in DER. Before it is given out it is read back with
 * our own parser, compared with what was asked, and its signature verified.
 *
 * @throws IssuingError; SignerError if the key's signature is wrong. Rejects as the signer does if the device fails.
 */
export async function issueCertificate(wanted: CertificateToIssue): Promise<Uint8Array> {
  const { issuer } = wanted;
  const tbs = encodeTbs(wanted);
  const signature = await signVerified(issuer.signer, tbs);
  const algorithm = sequence(oid(signatureAlgorithms[issuer.signer.algorithm].oid));
  const der = sequence(tbs, algorithm, bitString(signature));
  checkIssued(der, wanted);
  return der;
}

function encodeTbs(wanted: CertificateToIssue): Uint8Array {
  const profile = profileOf(wanted.profile);
  const { signer, certificate } = wanted.issuer;
  const subject = encodeName(wanted.subject);
  checkIssuer(wanted, profile, subject);
  const subjectKey = keyIdentifierOf(wanted.publicKey);
  const authorityKey = certificate?.subjectKeyIdentifier ?? keyIdentifierOf(signer.publicKey);
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.from(serialContents(wanted.serialNumber)).buffer,
    signature: new AlgorithmIdentifier({ algorithm: signatureAlgorithms[signer.algorithm].oid }),
    issuer: AsnConvert.parse(Uint8Array.from(certificate?.subject.raw ?? subject), Name),
    validity: new Validity({ notBefore: wanted.notBefore, notAfter: wanted.notAfter }),
    subject: AsnConvert.parse(Uint8Array.from(subject), Name),
    subjectPublicKeyInfo: AsnConvert.parse(Uint8Array.from(wanted.publicKey), SubjectPublicKeyInfo),
    extensions: extensionsFor(profile, { subject: subjectKey, authority: authorityKey }),
  });
  return new Uint8Array(AsnConvert.serialize(tbs));
}

/** The octets of the INTEGER. */
function serialContents(serialNumber: Uint8Array): Uint8Array {
  if (serialNumber.length < 8 || serialNumber.length > 20) {
    // Fewer can be guessed, which made the MD5 collision of 2008 a certificate; more is forbidden.
    throw new IssuingError("serial-number-invalid", "a serial number has 8 to 20 octets");
  }
  const number = BigInt(`0x${hexOf(serialNumber)}`);
  const { contents } = parseDer(integer(number));
  if (number === 0n || contents.length > 20) {
    throw new IssuingError("serial-number-invalid", "a serial number is positive and below 2^159");
  }
  return contents;
}

/** Encoders are other people's code, so what they made is compared with what was meant. */
function checkIssued(der: Uint8Array, wanted: CertificateToIssue): void {
  const issued = parseCertificate(der);
  const { signer, certificate } = wanted.issuer;
  const subject = encodeName(wanted.subject);
  const isAsWanted =
    equalBytes(issued.subject.raw, subject) &&
    equalBytes(issued.issuer.raw, certificate?.subject.raw ?? subject) &&
    equalBytes(issued.publicKey, wanted.publicKey) &&
    equalBytes(bytesOfHex(issued.serialNumber), serialContents(wanted.serialNumber)) &&
    issued.notBefore.getTime() === wholeSeconds(wanted.notBefore) &&
    issued.notAfter.getTime() === wholeSeconds(wanted.notAfter);
  if (!isAsWanted) throw new IssuingError("issued-certificate-wrong", "the encoder changed a member");
  if (!verifyCertificateSignature(issued, signer.publicKey)) {
    throw new IssuingError("issued-certificate-wrong", "the signature does not fit the encoded certificate");
  }
}

function wholeSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000) * 1000;
}
