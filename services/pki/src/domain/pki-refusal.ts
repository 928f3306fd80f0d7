/** What a caller of the certificate authority can act on. */
export type PkiRefusalCode =
  | "request-malformed"
  | "possession-not-proven"
  | "subject-not-acceptable"
  | "algorithm-not-acceptable"
  | "authority-not-ready"
  | "certificate-not-found";
