import { verifySignature } from "../signer/index.ts";
import type { Certificate } from "./certificate.ts";

/**
 * Whether the certificate's signature is right under the issuer's key, over its TBSCertificate as it stands
 * (RFC 5280 §6.1.3 (a)(1)); for SM2 with the issuer's Z of the default user id.
 *
 * An unknown algorithm, or a key of another kind than the algorithm's, is a wrong signature.
 *
 * @param issuerPublicKey SubjectPublicKeyInfo, DER.
 */
export function verifyCertificateSignature(certificate: Certificate, issuerPublicKey: Uint8Array): boolean {
  const { signatureAlgorithm: algorithm, tbs: message, signature } = certificate;
  if (algorithm === undefined) return false;
  return verifySignature({ algorithm, publicKey: issuerPublicKey, message, signature });
}
