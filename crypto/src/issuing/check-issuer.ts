import { equalBytes } from "../bytes/index.ts";
import type { Signer } from "../signer/index.ts";
import { openAccount, walkPath } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { IssuingError } from "./error.ts";
import type { NameInput } from "./name-input.ts";
import type { CertificateProfile } from "./profiles.ts";

interface ToCheck {
  readonly subject: NameInput;
  readonly publicKey: Uint8Array;
  readonly issuer: { readonly signer: Signer; readonly certificate?: Certificate };
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Whether this authority may issue this certificate under the profile: a certificate that no verifier would accept is
 * refused before anything is signed.
 *
 * @param subject the encoded name of the new certificate.
 * @throws IssuingError `name-invalid`, `validity-invalid` or `issuer-unfit`.
 */
export function checkIssuer(wanted: ToCheck, profile: CertificateProfile, subject: Uint8Array): void {
  const missing = profile.requiredAttributes.find(
    (type) => !wanted.subject.some((given) => given.type === type),
  );
  if (missing !== undefined)
    throw new IssuingError("name-invalid", `the profile needs the attribute ${missing}`);
  checkValidity(wanted, profile);
  const { certificate } = wanted.issuer;
  if (profile.isSelfSigned) {
    checkSelfSigned(wanted);
  } else if (certificate === undefined) {
    throw new IssuingError(
      "issuer-unfit",
      "only a root signs itself: the authority's certificate is missing",
    );
  } else {
    checkAuthority(certificate, wanted, profile, subject);
  }
}

function checkValidity(
  { notBefore, notAfter, issuer: { certificate } }: ToCheck,
  profile: CertificateProfile,
): void {
  const year = (time: Date): number => time.getUTCFullYear();
  // Comparisons with an invalid date are false, so this refuses it too.
  if (!(notBefore < notAfter && year(notBefore) >= 1950 && year(notAfter) <= 9999)) {
    throw new IssuingError(
      "validity-invalid",
      "a certificate begins before it ends, between the years 1950 and 9999",
    );
  }
  if (certificate === undefined) return;
  // "Old with new" begins when the old key did, before the new one (RFC 4210 §4.4.1).
  const beginsTooEarly = profile.maySelfIssue !== true && notBefore < certificate.notBefore;
  // Fractions are dropped, as they were from the authority's own times.
  if (beginsTooEarly || Math.floor(notAfter.getTime() / 1000) * 1000 > certificate.notAfter.getTime()) {
    throw new IssuingError("validity-invalid", "a certificate is valid within the validity of its authority");
  }
}

function checkSelfSigned({ publicKey, issuer }: ToCheck): void {
  if (issuer.certificate !== undefined || !equalBytes(publicKey, issuer.signer.publicKey)) {
    throw new IssuingError("issuer-unfit", "a root is signed with its own key");
  }
}

function checkAuthority(
  authority: Certificate,
  { issuer }: ToCheck,
  profile: CertificateProfile,
  subject: Uint8Array,
): void {
  if (!equalBytes(authority.publicKey, issuer.signer.publicKey)) {
    throw new IssuingError("issuer-unfit", "the key is not the one of the authority's certificate");
  }
  if (authority.basicConstraints?.isCa !== true || authority.keyUsage?.has("keyCertSign") === false) {
    throw new IssuingError("issuer-unfit", "the issuer's certificate is not a certificate authority's");
  }
  if (equalBytes(authority.subject.raw, subject)) {
    if (profile.maySelfIssue === true) return;
    throw new IssuingError("name-invalid", "the subject has the name of the authority");
  }
  // RFC 5280 §6.1.4 (l): self-issued certificates do not count.
  if (profile.authority !== undefined && authority.basicConstraints.pathLength === 0) {
    throw new IssuingError(
      "issuer-unfit",
      "the authority may not certify further authorities (path length 0)",
    );
  }
}

/**
 * Whether the names in the new certificate are among those that the authority's own certificate lets it certify
 * (RFC 5280 §4.2.1.10). Constraints further up are not known here.
 *
 * @param encoded the new certificate; its signature may be anything.
 * @throws IssuingError `name-invalid`.
 */
export function checkNamesPermitted(encoded: Certificate, authority: Certificate): void {
  const rules = { at: encoded.notBefore, policy: { algorithms: "default" } } as const;
  const { failures } = walkPath([encoded, authority], rules, openAccount());
  const failure = failures.find(({ code }) => code.startsWith("name-"));
  if (failure !== undefined) throw new IssuingError("name-invalid", failure.detail);
}
