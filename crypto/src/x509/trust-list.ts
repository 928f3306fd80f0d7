import { equalBytes } from "../bytes/index.ts";
import { parseCertificatesPem } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { X509Error } from "./error.ts";

/** What a deployment or a person named as trusted. */
export interface TrustList {
  /** Self-issued certificates: trust begins here. */
  readonly anchors: readonly Certificate[];
  /** The others: known so that chains can be built, since a seal has no room for them, and not trusted by themselves. */
  readonly intermediates: readonly Certificate[];
}

/**
 * Reads a file of PEM certificates that somebody named as trusted.
 *
 * @throws X509Error `trust-list-empty` if no certificate in it is self-issued; the errors of `parseCertificatesPem`.
 */
export function parseTrustList(pem: string): TrustList {
  const certificates = parseCertificatesPem(pem);
  const isSelfIssued = ({ issuer, subject }: Certificate): boolean => equalBytes(issuer.raw, subject.raw);
  const anchors = certificates.filter(isSelfIssued);
  if (anchors.length === 0) throw new X509Error("trust-list-empty", "there is no root certificate in it");
  return { anchors, intermediates: certificates.filter((certificate) => !isSelfIssued(certificate)) };
}
