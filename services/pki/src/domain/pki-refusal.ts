/** What a caller of the certificate authority can act on. */
export type PkiRefusalCode =
  | "request-malformed"
  | "possession-not-proven"
  | "subject-not-acceptable"
  | "algorithm-not-acceptable"
  | "authority-not-ready"
  | "authority-not-found"
  | "certificate-not-found"
  | "certificate-revoked-already"
  | "certificate-list-not-available";
