import { alarmRoutes } from "../alarms/index.ts";
import type { Alarms } from "../alarms/index.ts";
import { approvalProblems, approvalRoutes } from "../approval-store/index.ts";
import type { Approvals } from "../approval-store/index.ts";
import { auditProblems, auditRoutes } from "../audit/index.ts";
import type { AuditRoutesDeps } from "../audit/index.ts";
import { evidenceProblems, evidenceRoutes } from "../evidence/index.ts";
import type { EvidenceRoutesDeps } from "../evidence/index.ts";
import { keyRingProblems, keyRingRoutes } from "../key-rings/index.ts";
import type { KeyRingRoutesDeps } from "../key-rings/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import { planRoutes, rotationProblems } from "../rotations/index.ts";
import type { Rotations } from "../rotations/index.ts";
import type { Route } from "../routes/index.ts";
import { governanceProblems as ownProblems } from "./governance-problems.ts";

export interface GovernanceRoutesDeps<Schema> {
  readonly audit: AuditRoutesDeps<Schema>;
  readonly keyRings: KeyRingRoutesDeps;
  readonly approvals: Approvals;
  readonly rotations: Rotations;
  readonly alarms: Alarms;
  readonly evidence: EvidenceRoutesDeps<Schema>;
}

/** What officers and auditors ask of a service: the same in every one. The witness speaks no JSON and stands beside it. */
export function governanceRoutes<Schema>(deps: GovernanceRoutesDeps<Schema>): readonly Route[] {
  return [
    ...auditRoutes(deps.audit),
    ...keyRingRoutes(deps.keyRings),
    ...approvalRoutes(deps.approvals),
    ...planRoutes(deps.rotations),
    ...alarmRoutes({ alarms: deps.alarms }),
    ...evidenceRoutes(deps.evidence),
  ];
}

/** The problems that these routes answer with. */
export const governanceProblems: ProblemTable = {
  ...auditProblems,
  ...keyRingProblems,
  ...approvalProblems,
  ...rotationProblems,
  ...evidenceProblems,
  ...ownProblems,
};
