import type { KeyUsage } from "./extensions.ts";
import type { GeneralName } from "./general-name.ts";

/** What a caller asks of a path beyond its being one: the inputs of RFC 5280 §6.1.1 and the purpose of the key. */
export interface PathPolicy {
  /** `conformance` also lets through what only published test suites still use. */
  readonly algorithms: "default" | "conformance";
  /** The certificate's key must be allowed all of these; a certificate without the extension is. */
  readonly requiredKeyUsage?: readonly KeyUsage[];
  /** The certificate must name at least one of these object identifiers, or anyExtendedKeyUsage, or none at all. */
  readonly requiredExtendedKeyUsage?: readonly string[];
  /**
   * Whether the authorities' extended key usages also limit what is below them. RFC 5280 gives them no such meaning;
   * the programs of browser makers do. Default: false.
   */
  readonly nestedExtendedKeyUsage?: boolean;
  /**
   * Whether every certificate must also be such that RFC 5280 §4 lets an authority issue it. §6 does not ask for that,
   * and certificates of the field do not have it; our own do. Default: false.
   */
  readonly mustFollowProfile?: boolean;
  /** How many intermediate certificates that are not self-issued may stand between the anchor and the end. */
  readonly mostIntermediates?: number;
  /** user-initial-policy-set; absent: any policy will do. */
  readonly initialPolicySet?: readonly string[];
  /** initial-explicit-policy */
  readonly requireExplicitPolicy?: boolean;
  /** initial-policy-mapping-inhibit */
  readonly inhibitPolicyMapping?: boolean;
  /** initial-any-policy-inhibit */
  readonly inhibitAnyPolicy?: boolean;
  /** initial-permitted-subtrees: a form of name that does not occur here is not restricted. */
  readonly permittedSubtrees?: readonly GeneralName[];
  /** initial-excluded-subtrees */
  readonly excludedSubtrees?: readonly GeneralName[];
}
