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

import { writeSignatureAlgorithm } from "../algorithms/index.ts";
import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import { bitString, integer, parseDer, sequence } from "../der/index.ts";
import { signVerified } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { parseCertificate, verifyCertificateSignature } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { extensionsFor } from "./certificate-extensions.ts";
import type { CertificateOptions } from "./certificate-options.ts";
import { checkIssuer, checkNamesPermitted } from "./check-issuer.ts";
import { IssuingError } from "./error.ts";
import { keyIdentifierOf } from "./key-identifier.ts";
import { lintCertificate } from "./lint-certificate.ts";
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
  /** What this certificate has beyond its profile, as far as the profile allows it. */
  readonly options?: CertificateOptions;
}

class Prepared {
  readonly #wanted: CertificateToIssue;
  readonly #toBeSigned: Uint8Array;

  constructor(wanted: CertificateToIssue, toBeSigned: Uint8Array) {
    this.#wanted = wanted;
    this.#toBeSigned = toBeSigned;
  }

  get wanted(): CertificateToIssue {
    return this.#wanted;
  }

  /** TBSCertificate, DER: what the authority signs. */
  get toBeSigned(): Uint8Array {
    return this.#toBeSigned;
  }
}

/** A certificate that is checked, encoded and linted, but not signed. Only {@link prepareCertificate} makes one. */
export type PreparedCertificate = Prepared;

/**
 * Checks a request against the profile and the authority, encodes it, and lints what was encoded, before any key is used.
 *
 * @throws IssuingError
 */
export function prepareCertificate(wanted: CertificateToIssue): PreparedCertificate {
  const tbs = encodeTbs(wanted);
  const { algorithm } = wanted.issuer.signer;
  const unsigned = sequence(tbs, writeSignatureAlgorithm(algorithm), bitString(new Uint8Array(1)));
  const findings = lintCertificate(unsigned, profileOf(wanted.profile));
  if (findings.length > 0) throw new IssuingError("lint-failed", findings.join(" "));
  const { certificate } = wanted.issuer;
  if (certificate !== undefined) checkNamesPermitted(parseCertificate(unsigned), certificate);
  return new Prepared(wanted, tbs);
}

/**
 * Lets the authority sign a prepared certificate, and gives it in DER. Before it is given out it is read back with our
 * own parser, compared with what was asked, and its signature verified.
 *
 * @throws IssuingError; SignerError if the key's signature is wrong. Rejects as the signer does if the device fails.
 */
export async function signCertificate(prepared: PreparedCertificate): Promise<Uint8Array> {
  const { wanted, toBeSigned } = prepared;
  const { signer } = wanted.issuer;
  const signature = await signVerified(signer, toBeSigned);
  const der = sequence(toBeSigned, writeSignatureAlgorithm(signer.algorithm), bitString(signature));
  checkIssued(der, wanted);
  return der;
}

/**
 * Issues one certificate after the profile's rules: {@link prepareCertificate}, then {@link signCertificate}.
 *
 * @throws IssuingError; SignerError if the key's signature is wrong. Rejects as the signer does if the device fails.
 */
export async function issueCertificate(wanted: CertificateToIssue): Promise<Uint8Array> {
  return signCertificate(prepareCertificate(wanted));
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
    signature: AsnConvert.parse(writeSignatureAlgorithm(signer.algorithm), AlgorithmIdentifier),
    issuer: AsnConvert.parse(Uint8Array.from(certificate?.subject.raw ?? subject), Name),
    validity: new Validity({ notBefore: wanted.notBefore, notAfter: wanted.notAfter }),
    subject: AsnConvert.parse(Uint8Array.from(subject), Name),
    subjectPublicKeyInfo: AsnConvert.parse(Uint8Array.from(wanted.publicKey), SubjectPublicKeyInfo),
    extensions: extensionsFor(
      profile,
      { subject: subjectKey, authority: authorityKey },
      wanted.options ?? {},
    ),
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
