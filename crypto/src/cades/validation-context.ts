import type { Allowance } from "./allowance.ts";
import type { MemberDigests } from "./ats-hash-index.ts";
import type { AlgorithmPolicy } from "../algorithms/index.ts";
import type { SignedContent, SignedData } from "../cms/index.ts";
import type { Evidence } from "../revocation/index.ts";
import type { Certificate } from "../x509/index.ts";

export interface SignaturePolicy {
  /** Of signers' and authorities' certificates: see `CertificatePolicy`. */
  readonly revocation: "none" | "if-present" | "required";
  readonly algorithms: AlgorithmPolicy;
}

export interface SignedDataToVerify {
  readonly signedData: SignedData;
  /** What a detached signature is over; with an attached one, what its content must be. */
  readonly content?: SignedContent;
  /**
   * Whether a content inside may be the SM3 of the given one, as electronic seals in the field have it. Elsewhere it must
   * not: who once signed 32 bytes of somebody's choice would have signed every document with that digest. Default false.
   */
  readonly mayHoldDigest?: boolean;
  /** Trust anchors; nothing else is trusted. */
  readonly anchors: readonly Certificate[];
  /** Known, not trusted; the certificates inside are looked at anyway. */
  readonly intermediates: readonly Certificate[];
  /** Known beside what is inside. */
  readonly evidence: Evidence;
  /** The time of the verification. */
  readonly at: Date;
  readonly policy: SignaturePolicy;
  /** `pades`: the signing time is in the PDF and must not be here. Default `cades`. */
  readonly flavour?: "cades" | "pades";
  /** What all messages of one document share, beside the limit of each. */
  readonly allowance?: Allowance;
}

/** The same for all signers of one verification. */
export interface ValidationContext {
  /** For every SignerInfo that is judged. */
  readonly allowance: Allowance;
  readonly memberDigests: MemberDigests;
  readonly input: SignedDataToVerify;
  /** What the signatures are over; undefined if it is not at hand. */
  readonly content: SignedContent | undefined;
  /** From inside and from the caller. */
  readonly certificates: readonly Certificate[];
  readonly evidence: Evidence;
}
