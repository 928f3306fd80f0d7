import type { ChangeVerification, SignedChange } from "../approvals/index.ts";
import type { JsonValue } from "../audit/canonical-json.ts";

/** What a row can say. */
export const storedChangeStates = ["waiting", "ready", "executed", "rejected", "expired"] as const;
export type StoredChangeState = (typeof storedChangeStates)[number];

export const changeStates = [...storedChangeStates, "altered"] as const;

/**
 * waiting for signatures, ready to be done, done as often as it may be (or its window is over), rejected, too late; or altered: what
 * is stored is not what was signed, which is judged each time and never stored.
 */
export type ChangeState = (typeof changeStates)[number];

/** Why nothing more is done by a change that was not rejected and not done as often as it might: its policy was replaced, or it was late. */
export const changeEndings = ["policy-superseded", "not-in-time"] as const;
export type ChangeEnding = (typeof changeEndings)[number];

/** A change as it stands now, judged from its signatures. */
export interface StoredChange {
  readonly id: string;
  readonly state: ChangeState;
  readonly endedBy?: ChangeEnding;
  readonly verification: ChangeVerification;
  /** The bytes that were signed. */
  readonly signed: SignedChange;
  /** Times it was done. */
  readonly uses: number;
  /** Where break-glass was used: the change by which two officers reviewed it. */
  readonly reviewedBy?: string;
  /** Where break-glass was used: until when they must have. */
  readonly reviewBefore?: string;
  readonly results: readonly { readonly at: string; readonly executor: string; readonly result: JsonValue }[];
}
