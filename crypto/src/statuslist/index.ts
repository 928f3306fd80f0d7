/**
 * Status lists: whether a credential is still good, for millions of them in a few kilobytes (draft-ietf-oauth-status-list).
 *
 * A credential names a list and an index in it ({@link statusReferenceOf}). The list holds one small number for each index,
 * packed and compressed, and is signed as a JWT or a CWT; a reader that has it learns the status of one credential without
 * telling anybody which. Indexes are drawn at random ({@link drawIndex}), each once.
 */
export { StatusListError } from "./status-list-error.ts";
export type { StatusListErrorCode } from "./status-list-error.ts";
export {
  compressStatusList,
  drawIndex,
  emptyStatusList,
  maximumStatusListBytes,
  parseStatusList,
  statusAt,
  statusCount,
  statusName,
  withStatuses,
} from "./status-list.ts";
export type { StatusBits, StatusList, StatusName } from "./status-list.ts";
export {
  issueStatusListCwt,
  issueStatusListJwt,
  statusReferenceOf,
  statusReferenceOfCwt,
  verifyStatusListCwt,
  verifyStatusListJwt,
} from "./status-list-token.ts";
export type { StatusListChecks, StatusListToken, StatusReference } from "./status-list-token.ts";
