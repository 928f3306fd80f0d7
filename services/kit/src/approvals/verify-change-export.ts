import type { ChangeRequest } from "./change-request.ts";
import type { GovernanceTrust } from "./governance-trust.ts";
import type { OfficerRole } from "./officer-policy.ts";

/** One step of the proof, as a row of a report. */
export interface ApprovalCheck {
  /** Kebab-case and stable: `proposal-signature`, `approval-counts`. */
  readonly name: string;
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
  /** Whether it counts towards the rule, and if not, why. */
  readonly counts: boolean;
  readonly why?: string;
}

/** What the signatures under a change prove. */
export interface ChangeVerification {
  /** `authorized`: enough persons signed; `waiting`: everything holds but more are needed; `rejected`; `refused`: something is wrong. */
  readonly verdict: "authorized" | "waiting" | "rejected" | "refused";
  readonly request?: ChangeRequest;
  readonly digest?: string;
  readonly policy?: { readonly version: number; readonly digest: string };
  readonly signatures: readonly ChangeSignature[];
  readonly counted: number;
  readonly needed: number;
  readonly isBreakGlass: boolean;
  /** Within which, and how often, it might be done. */
  readonly window?: { readonly from: string; readonly until: string; readonly uses: number };
  readonly checks: readonly ApprovalCheck[];
}

/**
 * Proves a change from its export alone: no database, no service, no network. Never throws for bad input.
 *
 * @param exported what `GET /v1/changes/:id` answered, or anything.
 */
export function verifyChangeExport(exported: unknown, trust: GovernanceTrust): ChangeVerification {
  void exported;
  void trust;
  throw new Error("not built yet");
}
