import { parseCertificatesPem } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

/** The deployment's trust list cannot be used. */
export class TrustListError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TrustListError";
  }
}

/**
 * The trust anchors in a PEM file's text. A file is there to say whom to trust, so one without certificates is a mistake and
 * not an empty list.
 *
 * @throws TrustListError
 */
export function readTrustList(pem: string): Certificate[] {
  let anchors: Certificate[];
  try {
    anchors = parseCertificatesPem(pem);
  } catch (cause) {
    // Of base64, DER or X.509: whichever it is, the operator has to look at the file.
    throw new TrustListError("the trust list has something that is not a certificate", { cause });
  }
  if (anchors.length === 0) throw new TrustListError("the trust list has no certificate");
  return anchors;
}
