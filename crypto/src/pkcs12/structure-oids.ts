/** Content types of RFC 5652 that a PFX is made of. */
export const contentTypes = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  envelopedData: "1.2.840.113549.1.7.3",
  encryptedData: "1.2.840.113549.1.7.6",
} as const;

/** Kinds of bags (RFC 7292 §4.2). */
export const bagTypes = {
  key: "1.2.840.113549.1.12.10.1.1",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  crl: "1.2.840.113549.1.12.10.1.4",
  secret: "1.2.840.113549.1.12.10.1.5",
  safeContents: "1.2.840.113549.1.12.10.1.6",
} as const;

/** Kinds of certificates and CRLs in their bags (RFC 7292 §4.2.3, §4.2.4): X.509 in DER. */
export const x509CertificateType = "1.2.840.113549.1.9.22.1";
export const x509CrlType = "1.2.840.113549.1.9.23.1";
