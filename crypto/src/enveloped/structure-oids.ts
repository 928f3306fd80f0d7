/** Content types (RFC 5652 §4, §6; RFC 5083 §2.1; GB/T 35275-2017 §5). */
export const contentTypes = {
  data: "1.2.840.113549.1.7.1",
  envelopedData: "1.2.840.113549.1.7.3",
  authEnvelopedData: "1.2.840.113549.1.9.16.1.23",
  nationalData: "1.2.156.10197.6.1.4.2.1",
  nationalEnvelopedData: "1.2.156.10197.6.1.4.2.3",
} as const;

/** How a content key is encrypted to one recipient. */
export const keyAlgorithms = {
  rsaesOaep: "1.2.840.113549.1.1.7",
  mgf1: "1.2.840.113549.1.1.8",
  pSpecified: "1.2.840.113549.1.1.9",
  sm2Encryption: "1.2.156.10197.1.301.3",
  ecPublicKey: "1.2.840.10045.2.1",
} as const;
