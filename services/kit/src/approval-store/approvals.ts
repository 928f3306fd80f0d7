import type {
  ChangeExport,
  ChangeParameters,
  ChangePreview,
  ChangeVerification,
  OfficerPolicy,
  PolicyChain,
} from "../approvals/index.ts";
import type { JsonValue } from "../audit/canonical-json.ts";

export const changeStates = ["waiting", "ready", "executed", "rejected", "expired"] as const;

/** waiting for signatures, ready to be done, done as often as it may be (or its window is over), rejected, or too late. */
export type ChangeState = (typeof changeStates)[number];

/** A change as it stands now, judged from its signatures. */
export interface StoredChange {
  readonly id: string;
  readonly state: ChangeState;
  readonly verification: ChangeVerification;
  /** Times it was done. */
  readonly uses: number;
  /** Where break-glass was used: the change by which two officers reviewed it. */
  readonly reviewedBy?: string;
  readonly results: readonly { readonly at: string; readonly executor: string; readonly result: JsonValue }[];
}

/** The current policy. */
export interface CurrentPolicy {
  readonly policy: OfficerPolicy;
  readonly digest: string;
}

/** The changes of one service. */
export interface Approvals {
  /** @throws Refusal `officers-not-appointed` */
  policy(): Promise<CurrentPolicy>;
  policyChain(): Promise<PolicyChain>;
  /** Takes up a chain that continues the stored one; nothing happens if it is not longer. @throws Refusal `policy-not-accepted` */
  importPolicy(chain: unknown): Promise<CurrentPolicy>;
  preview(operation: string, target: string, parameters: ChangeParameters): Promise<ChangePreview>;
  propose(signed: { readonly request: Uint8Array; readonly signature: Uint8Array }): Promise<StoredChange>;
  /** Approves or rejects, as the statement says. */
  decide(
    id: string,
    signed: { readonly statement: Uint8Array; readonly signature: Uint8Array },
  ): Promise<StoredChange>;
  /** @param executor officer id. */
  execute(
    id: string,
    executor: string,
  ): Promise<{ readonly change: StoredChange; readonly result: JsonValue }>;
  find(id: string): Promise<StoredChange>;
  list(query?: { readonly state?: ChangeState; readonly limit?: number }): Promise<readonly StoredChange[]>;
  exportChange(id: string): Promise<ChangeExport>;
  /** Break-glass uses that two officers have not reviewed yet, oldest first: each is an alarm. */
  unreviewed(): Promise<
    readonly { readonly id: string; readonly usedAt: string; readonly reviewBefore: string }[]
  >;
}
