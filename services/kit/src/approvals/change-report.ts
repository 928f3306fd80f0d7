import type { ChangeRequest } from "./change-request.ts";
import type { OfficerRole } from "./officer-policy.ts";

/** Every step of the proof of a change. */
export type ApprovalCheckName =
  | "export-form"
  | "trust-roots"
  | "policy-genesis"
  | "policy-form"
  | "policy-rules"
  | "policy-succession"
  | "policy-in-force"
  | "request-form"
  | "request-deployment"
  | "request-policy"
  | "request-operation"
  | "request-times"
  | "proposal-signature"
  | "proposer-role"
  | "statement-form"
  | "statement-request"
  | "statement-officer"
  | "statement-times"
  | "statement-signature"
  | "log-record"
  | "audit-head"
  | "officer-revocation";

/** One step of the proof, as a row of a report. */
export interface ApprovalCheck {
  readonly name: ApprovalCheckName;
  readonly result: "passed" | "failed";
  /** Where in the export: `policies.changes[0]`, `change.approvals[1]`. */
  readonly where: string;
  readonly detail: string;
  readonly clause?: string;
}

/** One signature under a change and what it is worth. */
export interface ChangeSignature {
  readonly officer: string;
  readonly person: string;
  readonly name: string;
  readonly unit: string;
  readonly role: OfficerRole | "break-glass";
  readonly decision: "propose" | "approve" | "reject";
  /** As signed. */
  readonly at: string;
  /** SM3 of the certificate. */
  readonly certificate: string;
  /** Whether it counts towards the rule. */
  readonly counts: boolean;
  /** Why it does not count. */
  readonly why?: NotCountedReason;
}

export type NotCountedReason =
  | "role-not-permitted"
  | "person-counted"
  | "own-request"
  | "not-for-break-glass"
  | "is-rejection"
  | "not-needed";

/** What the signatures under a change prove. */
export interface ChangeVerification {
  /**
   * `authorized`: enough persons signed; `waiting`: everything holds but more are needed; `rejected`: somebody who may
   * refused; `refused`: something is wrong with it, see `checks`.
   */
  readonly verdict: "authorized" | "waiting" | "rejected" | "refused";
  readonly request?: ChangeRequest;
  /** Of the request. */
  readonly digest?: string;
  readonly policy?: { readonly version: number; readonly digest: string };
  readonly signatures: readonly ChangeSignature[];
  /** Distinct persons who count. */
  readonly counted: number;
  readonly needed: number;
  readonly isBreakGlass: boolean;
  /** Within which, and how often, it might be done; there once enough persons signed. */
  readonly window?: { readonly from: string; readonly until: string; readonly uses: number };
  readonly checks: readonly ApprovalCheck[];
}

/** Collects the checks of one proof. */
export interface CheckList {
  readonly checks: readonly ApprovalCheck[];
  /** Adds one check and gives back whether it passed. */
  add(name: ApprovalCheckName, where: string, passed: boolean, detail: string, clause?: string): boolean;
  readonly hasFailed: boolean;
}

/** An empty list. */
export function createCheckList(): CheckList {
  const checks: ApprovalCheck[] = [];
  return {
    checks,
    add: (name, where, passed, detail, clause) => {
      checks.push({
        name,
        result: passed ? "passed" : "failed",
        where,
        detail,
        ...(clause !== undefined && { clause }),
      });
      return passed;
    },
    get hasFailed() {
      return checks.some(({ result }) => result === "failed");
    },
  };
}

/** What is said of something that could not even be read. */
export function refusedVerification(checks: readonly ApprovalCheck[]): ChangeVerification {
  return { verdict: "refused", signatures: [], counted: 0, needed: 0, isBreakGlass: false, checks };
}
