/**
 * What tests of services share: a real server on loopback, an issuer of tokens, a clock that stands still, and the same store
 * tests on both databases. Only tests import this.
 */
export { fixedClock } from "../clock/index.ts";
export { startTestService } from "./test-service.ts";
export type { TestService } from "./test-service.ts";
export { createTestTokens } from "./test-tokens.ts";
export type { TestTokenRequest, TestTokens } from "./test-tokens.ts";
export { silentLog } from "./silent-log.ts";
export { describeOnBothDatabases } from "./both-databases.ts";
export type { OpenTestDatabase } from "./both-databases.ts";
export { isEverythingRequired, postgresForTests } from "./postgres-for-tests.ts";
export type { PostgresForTests } from "./postgres-for-tests.ts";
export { createTestCertificateAuthority } from "./test-certificate-authority.ts";
export type { TestCertificateAuthority } from "./test-certificate-authority.ts";
export { memoryRingKeys } from "./memory-ring-keys.ts";
export type { MemoryRingKeys } from "./memory-ring-keys.ts";
export { createTestGovernance } from "./test-governance.ts";
export type { TestGovernance } from "./test-governance.ts";
export { createTestOfficers } from "./test-officers.ts";
export type { ProposedRequest, RequestFields, TestOfficers } from "./test-officers.ts";
export { createTestLogs } from "./test-change-log.ts";
export type { TestChangeLog, TestLogEvent, TestLogs } from "./test-change-log.ts";
export { createTestRotations } from "./test-rotations.ts";
export type { TestRotations } from "./test-rotations.ts";
export { startTraffic } from "./test-traffic.ts";
export type { TestTraffic } from "./test-traffic.ts";
