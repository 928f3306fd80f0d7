import type { EnrolmentRefusalCode } from "@yinxin/service-kit/enrolment";

/** What a caller of the seal service can act on. */
export type SealRefusalCode =
  | EnrolmentRefusalCode
  | "seal-not-found"
  | "seal-exists"
  | "seal-not-active"
  | "seal-not-permitted"
  | "seal-numbers-used-up"
  | "glyph-missing"
  | "document-not-supported"
  | "document-malformed"
  | "document-encrypted"
  | "document-tampered"
  | "page-not-found"
  | "placement-outside-page"
  | "signing-closed";
