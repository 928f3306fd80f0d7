import { equalBytes } from "../bytes/index.ts";
import { parseCertificatesPem } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { X509Error } from "./error.ts";

/** What a deployment or a person named as trusted. */
export interface TrustList {
  /** Certificates that sign themselves: trust begins here. */
  readonly anchors: readonly Certificate[];
  /** The others: known so that chains can be built, since a seal has no room for them, and not trusted by themselves. */
  readonly intermediates: readonly Certificate[];
}

/**
 * Reads a file of PEM certificates that somebody named as trusted. The certificates with which an authority goes over from
 * one key to the next bear its name twice too, yet another key signed them, so they are no anchors (RFC 4210 §4.4.1).
 *
 * @throws X509Error `trust-list-empty` if no certificate in it signs itself; the errors of `parseCertificatesPem`.
 */
export function parseTrustList(pem: string): TrustList {
  const certificates = parseCertificatesPem(pem);
  const anchors = certificates.filter(isSelfSigned);
  if (anchors.length === 0) throw new X509Error("trust-list-empty", "there is no root certificate in it");
  return { anchors, intermediates: certificates.filter((certificate) => !isSelfSigned(certificate)) };
}

/** By names and key identifiers: a root that is named here is trusted for being named, whatever algorithm it signs with. */
function isSelfSigned({
  issuer,
  subject,
  subjectKeyIdentifier,
  authorityKeyIdentifier,
}: Certificate): boolean {
  if (!equalBytes(issuer.raw, subject.raw)) return false;
  if (subjectKeyIdentifier === undefined || authorityKeyIdentifier === undefined) return true;
  return equalBytes(subjectKeyIdentifier, authorityKeyIdentifier);
}
