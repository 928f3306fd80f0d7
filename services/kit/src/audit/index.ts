/**
 * The record of every change and every use of a key, which cannot be edited unseen.
 *
 * Each event is a row written in the transaction of the change itself ({@link createAuditTrail}): neither exists without the
 * other. The rows are the leaves of a Merkle log. {@link createAuditLog} signs checkpoints over them, keeps checkpoints and
 * tiles in a folder outside the database, and has them cosigned by other services; it signs nothing that does not continue
 * what was signed. {@link verifyAuditLog} needs only the database, the folder and the keys, and names the first event that is
 * not what was written. {@link searchAudit} and {@link accessHistory} read it; {@link auditRoutes} serves it.
 */
export { AuditError, createAuditTrail } from "./audit-trail.ts";
export type { AuditTrail, AuditTrailOptions, AuditWriter, KitTrail, RecordKeyUse } from "./audit-trail.ts";
export type { AuditActor, AuditEvent, EventJudge, KeyUse } from "./audit-event.ts";
export { kitEvents } from "./kit-events.ts";
export type { KitEvents } from "./kit-events.ts";
export { auditMigration } from "./audit-tables.ts";
export { auditLogMigrations } from "./audit-index-migration.ts";
export type { AuditBreak, AuditVerification } from "./verify-rows.ts";
export { defineAuditCatalogue } from "./catalogue.ts";
export type { AuditCatalogue, AuditEntry } from "./catalogue.ts";
export { canonicalJson } from "./canonical-json.ts";
export type { JsonValue } from "./canonical-json.ts";
export { createAuditLog } from "./audit-log.ts";
export type { AuditLog } from "./audit-log.ts";
export type {
  AuditAlarm,
  AuditLogKey,
  AuditLogOptions,
  AuditLogState,
  SignedCheckpoint,
} from "./audit-log-options.ts";
export { AuditLogError } from "./audit-log-error.ts";
export type { AuditLogProblem } from "./audit-log-error.ts";
export { announceLogKey, readAllSuccessions } from "./key-succession.ts";
export type { KeyAnnouncement } from "./key-succession.ts";
export { folderOfEpoch, originOfEpoch } from "./log-epoch.ts";
export { renewLogPolicy } from "./renew-log-policy.ts";
export type { ReadableLog } from "./renew-log-policy.ts";
export { verifyAuditLog } from "./verify-audit-log.ts";
export type { VerifyAuditLogOptions } from "./verify-audit-log.ts";
export type { WitnessedState } from "./first-bad-event.ts";
export type {
  AuditBadEvent,
  AuditBadReason,
  AuditFinding,
  AuditReport,
  BelievedCheckpoint,
} from "./audit-report.ts";
export type { KeyCount } from "./scan-rows.ts";
export { accessHistory, auditAroundRequest, auditPageMax, searchAudit } from "./search-audit.ts";
export type { AuditPage, AuditQuery, AuditSearchResult, RecordedEvent } from "./search-audit.ts";
export { countEvents, findEvents, firstEventSince, lastEventBefore } from "./audit-search.ts";
export type { EventQuery, EventSearch } from "./audit-search.ts";
export { auditProblems, auditRoutes, eventOnWire } from "./audit-routes.ts";
export type { AuditRoutesDeps } from "./audit-routes.ts";
export { openSignedLog } from "./signed-log.ts";
export { createStopRule, stopRuleProblems, unwitnessedSeconds } from "./stop-rule.ts";
export type { SignedLog } from "./signed-log.ts";
export { recordReads } from "./record-reads.ts";
export { continueAuditLog } from "./continue-audit-log.ts";
export type { AuditContinuation } from "./continue-audit-log.ts";
export type { EpochContinuation, JudgeContinuation } from "./epoch-continuations.ts";
