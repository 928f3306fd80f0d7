import type { Signer } from "../signer/index.ts";
import { isSameName } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { IssuingError } from "./error.ts";
import { issueCertificate } from "./issue-certificate.ts";
import { nameInputOf } from "./name-input.ts";

/** A key of an authority and the certificate that it goes by. */
export interface AuthorityKey {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

/** What an authority needs to go over from one key to the next. */
export interface RollOverRequest {
  readonly old: AuthorityKey;
  readonly next: AuthorityKey;
  /** One for each of the two certificates, as in `CertificateToIssue`. */
  readonly serialNumbers: { readonly oldWithNew: Uint8Array; readonly newWithOld: Uint8Array };
  /** By when everybody will trust the new certificate itself; not after the old one ends. */
  readonly newWithOldUntil: Date;
}

/**
 * The two certificates by which those who trust only one of an authority's keys reach the other (RFC 4210 §4.4.1):
 * the old key certified by the new one for as long as the old certificate is valid, and the new key certified by the old
 * one until everybody has the new certificate.
 *
 * @throws IssuingError `issuer-unfit` if the two certificates have different names or one key; and as
 *   `issueCertificate`.
 */
export async function issueRollOver(
  wanted: RollOverRequest,
): Promise<{ oldWithNew: Uint8Array; newWithOld: Uint8Array }> {
  const { old, next, serialNumbers } = wanted;
  const subject = nameInputOf(old.certificate.subject);
  if (!isSameName(old.certificate.subject, next.certificate.subject)) {
    throw new IssuingError("issuer-unfit", "the two certificates are not of one authority");
  }
  const certify = (certified: Certificate, issuer: AuthorityKey, serialNumber: Uint8Array, notAfter: Date) =>
    issueCertificate({
      profile: "cross-ca",
      subject,
      publicKey: certified.publicKey,
      issuer,
      serialNumber,
      notBefore: certified.notBefore,
      notAfter,
      options: pathLengthOf(certified),
    });
  return {
    oldWithNew: await certify(old.certificate, next, serialNumbers.oldWithNew, old.certificate.notAfter),
    newWithOld: await certify(next.certificate, old, serialNumbers.newWithOld, wanted.newWithOldUntil),
  };
}

function pathLengthOf({ basicConstraints }: Certificate): { pathLength?: number } {
  return basicConstraints?.pathLength === undefined ? {} : { pathLength: basicConstraints.pathLength };
}
