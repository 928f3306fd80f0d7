/** What a caller of the ledger can act on. */
export type LedgerRefusalCode =
  | "license-not-found"
  | "license-number-taken"
  | "seal-not-of-organization"
  | "seal-not-of-issuing-authority"
  | "document-not-sealed"
  | "document-not-valid"
  | "document-not-of-license"
  | "glyph-missing"
  | "seal-not-found"
  | "seal-not-active";
