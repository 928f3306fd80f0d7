/**
 * The changes of one service: what was asked for, who signed, and how often it was done. Rows only find and count; whether
 * a change may be done is judged from the signatures each time, so a row that somebody edited opens nothing.
 */
export { changeStates } from "./approvals.ts";
export type { Approvals, ChangeState, CurrentPolicy, StoredChange } from "./approvals.ts";
