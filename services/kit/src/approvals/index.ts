/**
 * Dual control that can be proved. An officer asks for one exact change and signs it; others sign their decision on its
 * digest; a policy says who the officers are and how many it takes. All of it is canonical JSON under detached CAdES
 * signatures, so {@link verifyChangeExport} needs the export and the trust file and nothing else: no service, no database.
 *
 * This folder is pure, for officers' own machines as well; what a service stores of it is in `approval-store`.
 */
export { officerRoles, readOfficerPolicy, officerPolicySchema } from "./officer-policy.ts";
export type { Officer, OfficerPolicy, OfficerRole } from "./officer-policy.ts";
export { coreOperations, defaultRules, fewestPersons } from "./operation-rules.ts";
export type { OperationRule } from "./operation-rules.ts";
export { canonicalBytes, documentDigest } from "./canonical-document.ts";
export { readApprovalStatement, readChangeRequest } from "./change-request.ts";
export type { ApprovalStatement, AuditHead, ChangeParameters, ChangeRequest } from "./change-request.ts";
export { changeExportSchema, policyChainSchema, signedChangeSchema } from "./change-export.ts";
export type { ChangeExport, PolicyChain, SignedChange } from "./change-export.ts";
export { officerRootsOf, parseGovernanceTrust } from "./governance-trust.ts";
export type { GovernanceTrust } from "./governance-trust.ts";
export { believedCheckpoint, logRecordSchema, readTrustedLogs, recordLeavesMax } from "./log-record.ts";
export type { LogRecord } from "./log-record.ts";
export { judgeOfficer } from "./officer-standing.ts";
export type { OfficerRevocation, OfficerStanding } from "./officer-standing.ts";
export { rootOfHead } from "./judge-record.ts";
export { signStatement } from "./sign-statement.ts";
export type { OfficerIdentity } from "./sign-statement.ts";
export { defineChangeOperation } from "./change-operation.ts";
export type {
  ApprovedChange,
  ChangeExecution,
  ChangeOperation,
  ChangePreview,
  PreviewStep,
} from "./change-operation.ts";
export { breakGlassName, judgePolicy, readPolicyCertificate } from "./judge-policy.ts";
export type { PolicyProblem } from "./judge-policy.ts";
export { certificateDigestOf, openPolicy } from "./open-policy.ts";
export type { OpenPolicy, Signatory } from "./open-policy.ts";
export {
  continuedChain,
  followingProblem,
  policyChangeTarget,
  policyInChange,
  policyForkOf,
  verifyPolicyChain,
} from "./policy-chain.ts";
export type { PolicyChainKnowledge, PolicyChainVerification } from "./policy-chain.ts";
export { clockToleranceMilliseconds, judgeChange } from "./judge-change.ts";
export { verifyChangeExport } from "./verify-change-export.ts";
export type {
  ApprovalCheck,
  ApprovalCheckName,
  ChangeSignature,
  ChangeVerification,
  NotCountedReason,
} from "./change-report.ts";
export { commandToAskAgain } from "./asking-again.ts";
export { verifyStatement } from "./verify-statement.ts";
export type { StatementToVerify, StatementVerification } from "./verify-statement.ts";
