/**
 * Changes that take more than one officer: asking, approving, and doing what was approved. What an officer signs is read from the signed
 * bytes and judged on this machine by the trust file; what a service says of it is only shown beside it.
 */
export { changeCommand } from "./change-command.ts";
export type { ChangeCall, WantedAtService } from "./change-command.ts";
export { changeInWords, roleInWords } from "./change-words.ts";
export { executeChange } from "./execute-change.ts";
export { findChange, holdChange, readChangeId } from "./held-change.ts";
export type { FoundChange, HeldChange } from "./held-change.ts";
export { previewChange } from "./preview-change.ts";
export type { WantedChange } from "./preview-change.ts";
export { policyAskedFor, policyDifference } from "./policy-difference.ts";
export { currentPolicy, proposeChange, readPolicyChain } from "./propose-change.ts";
export type { ProvedChain } from "./propose-change.ts";
export { crlsOption, readOfficerCrls } from "./read-officer-crls.ts";
