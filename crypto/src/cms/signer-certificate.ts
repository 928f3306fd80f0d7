import { equalBytes } from "../bytes/index.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import type { SignedData, SignerIdentifier } from "./signed-data.ts";

/**
 * The X.509 certificates inside, those that can be read. Others (attribute certificates, other formats, damaged ones) are
 * counted: they are no use to a verifier, and no reason to refuse a signature that does not need them.
 */
export function embeddedCertificates(signedData: SignedData): {
  readonly certificates: readonly Certificate[];
  readonly unreadable: number;
} {
  const certificates = signedData.certificates.flatMap((raw) => readable(raw) ?? []);
  return { certificates, unreadable: signedData.certificates.length - certificates.length };
}

function readable(raw: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(raw);
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

/** Whether this is the certificate that a SignerInfo names (RFC 5652 §5.3). */
export function isIdentifiedBy(certificate: Certificate, identifier: SignerIdentifier): boolean {
  if (identifier.kind === "issuer-and-serial") {
    return (
      certificate.serialNumber === identifier.serialNumber &&
      equalBytes(certificate.issuer.raw, identifier.issuer)
    );
  }
  const { subjectKeyIdentifier } = certificate;
  return subjectKeyIdentifier !== undefined && equalBytes(subjectKeyIdentifier, identifier.keyIdentifier);
}
