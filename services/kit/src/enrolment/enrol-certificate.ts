import { equalBytes } from "@yinxin/crypto/bytes";
import { createCertificateRequest, encodeName } from "@yinxin/crypto/issuing";
import type { NameInput } from "@yinxin/crypto/issuing";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate, verifyCertificateSignature, X509Error } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

import { refuse } from "../problems/index.ts";

/** What the certificate is to be for; the authority's rules differ. */
export type EnrolmentProfile = "seal-maker" | "seal-owner" | "signer";

/** Whoever issues certificates. */
export interface CertificateAuthority {
  /**
   * Called once an enrolment; it may take as long as a device takes to sign.
   *
   * @param request PKCS #10, DER, signed with the key it is about.
   * @returns the certificate, and its chain from the issuing authority to the root, DER.
   * @throws Refusal `certificate-not-issued` if the authority refuses or cannot be reached.
   */
  issue(
    profile: EnrolmentProfile,
    request: Uint8Array,
  ): Promise<{ readonly certificate: Uint8Array; readonly chain: readonly Uint8Array[] }>;
  /**
   * Has a certificate revoked because its key may be in other hands. One that is revoked already is no error.
   *
   * @param invalidFrom since when that may be so, if it is known.
   * @throws Refusal `certificate-not-revoked` if the authority refuses or cannot be reached.
   */
  revoke(serialNumber: string, invalidFrom: Date | undefined): Promise<void>;
}

export interface EnrolmentRequest {
  readonly profile: EnrolmentProfile;
  readonly subject: NameInput;
  /** Holds the key that the certificate is to be about. */
  readonly signer: Signer;
}

export interface EnrolledCertificate {
  readonly certificate: Certificate;
  /** From the issuing authority to the root. */
  readonly chain: readonly Certificate[];
}

/**
 * Gets a certificate for a key, and checks that it is about that key and that name and that its chain holds link by link.
 *
 * @throws Refusal `certificate-not-issued`; IssuingError `name-invalid` for a subject that no certificate can have.
 */
export async function enrolCertificate(
  authority: CertificateAuthority,
  wanted: EnrolmentRequest,
): Promise<EnrolledCertificate> {
  const { profile, subject, signer } = wanted;
  const issued = await authority.issue(profile, await createCertificateRequest({ subject, signer }));
  const [certificate, ...chain] = [issued.certificate, ...issued.chain].map(readCertificate);
  if (certificate === undefined) throw wrongAnswer("no certificate");
  if (!equalBytes(certificate.publicKey, signer.publicKey)) throw wrongAnswer("a certificate of another key");
  if (!equalBytes(certificate.subject.raw, encodeName(subject))) {
    throw wrongAnswer("a certificate of another name");
  }
  checkLinks([certificate, ...chain]);
  return { certificate, chain };
}

function checkLinks(path: readonly Certificate[]): void {
  if (path.length < 2) throw wrongAnswer("a certificate without its chain");
  path.forEach((certificate, index) => {
    // The last one is a root, which signs itself.
    const issuer = path[index + 1] ?? certificate;
    if (!verifyCertificateSignature(certificate, issuer.publicKey))
      throw wrongAnswer("a chain that does not hold");
  });
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (cause instanceof X509Error) throw wrongAnswer("something that is no certificate", { cause });
    throw cause;
  }
}

function wrongAnswer(what: string, options?: ErrorOptions): Error {
  return refuse("certificate-not-issued", `The certificate authority answered with ${what}.`, options);
}
