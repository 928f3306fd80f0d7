import type { EnrolmentRefusalCode } from "@yinxin/service-kit/enrolment";
import type { KeyRingRefusalCode } from "@yinxin/service-kit/key-rings";

/** What a caller of the signing service can act on. */
export type SigningRefusalCode =
  | EnrolmentRefusalCode
  | Extract<KeyRingRefusalCode, "key-not-active" | "key-suspended" | "key-frozen" | "key-limit-reached">
  | "purpose-exists"
  | "purpose-not-found"
  | "purpose-expired";
