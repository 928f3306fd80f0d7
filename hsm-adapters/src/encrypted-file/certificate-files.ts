import { equalBytes } from "@yinxin/crypto/bytes";
import { DerError } from "@yinxin/crypto/der";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";

import { KeyStoreError } from "../key-store/index.ts";

/** More than a certificate with an ML-DSA key and signature has, which is some 6,000 bytes. */
const maximumCertificateBytes = 65_536;

/**
 * Whether a certificate is for this key.
 *
 * @throws KeyStoreError `configuration-malformed` if it is not, or is no certificate.
 */
export function checkCertificateOfKey(certificate: Uint8Array, publicKey: Uint8Array, label: string): void {
  if (certificate.length > maximumCertificateBytes) throw unfit(label, "is too large for a certificate");
  if (!equalBytes(publicKeyIn(certificate, label), publicKey)) throw unfit(label, "is for another key");
}

function publicKeyIn(certificate: Uint8Array, label: string): Uint8Array {
  try {
    return parseCertificate(certificate).publicKey;
  } catch (cause) {
    if (cause instanceof X509Error || cause instanceof DerError) throw unfit(label, "is no certificate");
    throw cause;
  }
}

function unfit(label: string, why: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `what was given as certificate of key ${label} ${why}`);
}
