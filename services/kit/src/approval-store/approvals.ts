import type {
  ChangeExport,
  ChangePreview,
  ChangeOperation,
  OpenPolicy,
  PolicyChain,
} from "../approvals/index.ts";
import type { JsonValue } from "../audit/canonical-json.ts";
import type { AlteredChange } from "./altered-changes.ts";
import type { RefusedAttempt, RefusedAttempts } from "./refused-attempts.ts";
import type { ChangeState, StoredChange } from "./stored-change.ts";

/** The policy in force. */
export type CurrentPolicy = OpenPolicy;

/** The changes of one service. */
export interface Approvals {
  /** @throws Refusal `officers-not-appointed` */
  policy(): Promise<CurrentPolicy>;
  policyChain(): Promise<PolicyChain>;
  /** Takes up a chain that continues the stored one; nothing happens if it is not longer. @throws Refusal `policy-not-accepted` */
  importPolicy(chain: unknown): Promise<CurrentPolicy>;
  /** Everything that can be asked for here. */
  operations(): readonly ChangeOperation[];
  preview(
    operation: string,
    target: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<ChangePreview>;
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
  /** Changes that somebody edited where they are stored; the audit log is told once of each. */
  altered(): Promise<readonly AlteredChange[]>;
  /** Writes to the audit log that somebody tried what was not his to do; of a flood only the first of each minute. */
  recordRefused(attempt: RefusedAttempt): Promise<void>;
  /** What was refused within the last hour. */
  refused(): Promise<RefusedAttempts>;
  /** Break-glass uses that two officers have not reviewed yet, oldest first: each is an alarm. */
  unreviewed(): Promise<
    readonly { readonly id: string; readonly usedAt: string; readonly reviewBefore: string }[]
  >;
}
