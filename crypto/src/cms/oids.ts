/** Content types (RFC 5652 §4, §5.1; RFC 3161 §2.4.2). */
export const contentTypes = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
} as const;

/** The same two in the national arc (GB/T 35275-2017, GM/T 0010-2012). */
export const nationalContentTypes = {
  data: "1.2.156.10197.6.1.4.2.1",
  signedData: "1.2.156.10197.6.1.4.2.2",
} as const;

/** Attribute types (RFC 5652 §11, RFC 5035, RFC 6211, RFC 3161 Appendix A, ETSI EN 319 122-1). */
export const attributeOids = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  counterSignature: "1.2.840.113549.1.9.6",
  algorithmProtection: "1.2.840.113549.1.9.52",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  contentTimeStamp: "1.2.840.113549.1.9.16.2.20",
  signatureTimeStamp: "1.2.840.113549.1.9.16.2.14",
  certificateValues: "1.2.840.113549.1.9.16.2.23",
  revocationValues: "1.2.840.113549.1.9.16.2.24",
  archiveTimeStampV2: "1.2.840.113549.1.9.16.2.48",
  archiveTimeStampV3: "0.4.0.1733.2.4",
  atsHashIndexV3: "0.4.0.19122.1.5",
} as const;

/** Formats of SignedData.crls that are not CRLs (RFC 5940 §2; the second is written by some toolkits). */
export const revocationFormats = {
  ocspResponse: "1.3.6.1.5.5.7.16.2",
  basicOcspResponse: "1.3.6.1.5.5.7.48.1.1",
} as const;
