/**
 * The changes of one service: what was asked for, who signed, and how often it was done. Rows only find and count; whether
 * a change may be done is judged from the signatures each time, so a row that somebody edited opens nothing.
 */
export { changeEndings, changeStates } from "./stored-change.ts";
export type { Approvals, CurrentPolicy } from "./approvals.ts";
export type { ChangeEnding, ChangeState, StoredChange } from "./stored-change.ts";
export type { AlteredChange } from "./altered-changes.ts";
export type { RefusedAttempt, RefusedAttempts } from "./refused-attempts.ts";
export { createApprovals } from "./create-approvals.ts";
export type { ApprovalsOptions } from "./create-approvals.ts";
export type { BreakGlassUse } from "./approval-deps.ts";
export { approvalProblems } from "./approval-problems.ts";
export type { ApprovalRefusalCode } from "./approval-problems.ts";
export { approvalsMigration } from "./approval-tables.ts";
export type { ApprovalTables } from "./approval-tables.ts";
export { createChangeLog } from "./change-log.ts";
export type { ChangeLog } from "./change-log.ts";
export { createRequestNonces } from "./request-nonces.ts";
export { approvalRoutes } from "./approval-routes.ts";
