import { equalBytes, hexOf } from "../bytes/index.ts";
import { readChildren } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import type { Certificate } from "../x509/index.ts";
import { soleValue } from "./attributes.ts";
import { cmsCheck } from "./check.ts";
import type { CmsCheck } from "./check.ts";
import { attributeOids } from "./oids.ts";
import type { SignerInfo } from "./signed-data.ts";
import { reading } from "./signed-attribute-checks.ts";
import { isReferenceTo, readSigningCertificate } from "./signing-certificate.ts";

/**
 * Whether the signed reference to the certificate means the one that is used (RFC 5035 §5, ETSI EN 319 122-1 §5.2.2).
 * Without it another certificate for the same key could be put in the place of the signer's.
 */
export function certificateReferenceCheck(
  signer: SignerInfo,
  certificate: Certificate | undefined,
): CmsCheck[] {
  const name = "signing-certificate-reference";
  const attributes = signer.signedAttributes?.attributes ?? [];
  const reference = reading(() => readSigningCertificate(attributes));
  if (reference === "absent") {
    const detail = "The certificate is not under the signature: it is not a signature of the CAdES kind.";
    return [cmsCheck(name, "not-checked", { detail })];
  }
  if (reference === undefined || reference === "repeated") {
    return [cmsCheck(name, "failed", { detail: "The signed reference to the certificate cannot be read." })];
  }
  const evidence = { algorithm: reference.algorithm ?? "unknown", digest: hexOf(reference.digest) };
  if (certificate === undefined) {
    const detail = "The signed reference cannot be compared: the certificate is not at hand.";
    return [cmsCheck(name, "unknown", { detail, evidence, subIndication: "NO_SIGNING_CERTIFICATE_FOUND" })];
  }
  return isReferenceTo(reference, certificate)
    ? [cmsCheck(name, "passed", { detail: "The certificate is the one under the signature.", evidence })]
    : [cmsCheck(name, "failed", { detail: "The signature was made for another certificate.", evidence })];
}

const signatureAlgorithmTag = 0xa1;

/** CMSAlgorithmProtection repeats both algorithms under the signature (RFC 6211 §3). */
export function algorithmProtectionCheck(signer: SignerInfo): CmsCheck[] {
  const name = "algorithm-protection";
  const value = soleValue(signer.signedAttributes?.attributes ?? [], attributeOids.algorithmProtection);
  if (value === "absent") return [];
  return [
    value !== "repeated" && isOfTheseAlgorithms(value, signer)
      ? cmsCheck(name, "passed", { detail: "The algorithms are those under the signature." })
      : cmsCheck(name, "failed", { detail: "The algorithms are not those under the signature." }),
  ];
}

function isOfTheseAlgorithms(value: DerElement, signer: SignerInfo): boolean {
  const [digestAlgorithm, signatureAlgorithm, ...more] = reading(() => readChildren(value)) ?? [];
  if (digestAlgorithm === undefined || more.length > 0) return false;
  return (
    signatureAlgorithm?.tag === signatureAlgorithmTag &&
    equalBytes(digestAlgorithm.raw, signer.digestAlgorithm.element.raw) &&
    equalBytes(signatureAlgorithm.contents, signer.signatureAlgorithm.element.contents)
  );
}
