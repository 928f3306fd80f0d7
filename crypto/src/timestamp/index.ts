/**
 * Time stamps of RFC 3161, over SM3 and the SHA family, in the envelopes of RFC 5652 and of GB/T 35275-2017 (GM/T 0033-2014).
 *
 * A client asks with {@link writeTimeStampRequest}. An authority reads the request with {@link parseTimeStampRequest},
 * refuses by {@link refusalOf}, makes a token with {@link prepareTimeStampToken} and {@link issueTimeStampToken} (its
 * clock and its serial numbers are its own), and answers with {@link writeTimeStampResponse}. Whoever gets a token reads it
 * with {@link parseTimeStampToken} and learns from {@link judgeTimeStampToken} what it proves.
 */
export { TimeStampError } from "./timestamp-error.ts";
export type { TimeStampErrorCode } from "./timestamp-error.ts";
export { failureBits, statusNumbers } from "./failure-info.ts";
export type { TimeStampFailure, TimeStampStatus } from "./failure-info.ts";
export { encodeMessageImprint } from "./message-imprint.ts";
export type { MessageImprint } from "./message-imprint.ts";
export { parseTimeStampRequest, refusalOf, writeTimeStampRequest } from "./request.ts";
export type { TimeStampRequest, TimeStampTerms, TimeStampWish } from "./request.ts";
export { accuracyMilliseconds, encodeTimeStampInfo, readTimeStampInfo } from "./token-info.ts";
export type { Accuracy, TimeStampInfo, TimeStampInfoToEncode } from "./token-info.ts";
export { parseTimeStampToken } from "./token.ts";
export type { TimeStampToken } from "./token.ts";
export { issueTimeStampToken, prepareTimeStampToken } from "./issue-token.ts";
export type { PreparedTimeStampToken, TokenToPrepare } from "./issue-token.ts";
export { parseTimeStampResponse, writeTimeStampResponse } from "./response.ts";
export type { TimeStampResponse } from "./response.ts";
export { timeStampingPurpose, tsaPurposeProblem } from "./tsa-purpose.ts";
export { judgeTimeStampToken } from "./judge-token.ts";
export type { TokenJudgement, TokenToJudge } from "./judge-token.ts";
