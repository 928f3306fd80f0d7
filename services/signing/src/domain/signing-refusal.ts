import type { EnrolmentRefusalCode } from "@yinxin/service-kit/enrolment";

/** What a caller of the signing service can act on. */
export type SigningRefusalCode =
  EnrolmentRefusalCode | "purpose-exists" | "purpose-not-found" | "purpose-expired";
