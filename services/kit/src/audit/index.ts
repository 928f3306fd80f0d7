/**
 * The record of every change and every use of a key, which cannot be edited unseen.
 *
 * Each event is a row whose link is SM3(link of the row before ‖ the event in canonical JSON), written in the transaction of
 * the change itself: neither exists without the other. Changing, removing or moving a row breaks the chain at that place, and
 * {@link AuditTrail.verify} finds it. What a chain in the database alone cannot show is a cut tail whose head was rewritten
 * too; that needs a checkpoint kept elsewhere.
 */
export { AuditError, createAuditTrail } from "./audit-trail.ts";
export type { AuditTrail, AuditTrailOptions, AuditWriter, KitTrail, RecordKeyUse } from "./audit-trail.ts";
export type { AuditActor, AuditEvent, KeyUse } from "./audit-event.ts";
export { kitEvents } from "./kit-events.ts";
export type { KitEvents } from "./kit-events.ts";
export { auditMigration } from "./audit-tables.ts";
export { auditLogMigration } from "./audit-log-migration.ts";
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
export { announceLogKey, readSuccessions } from "./key-succession.ts";
export type { KeyAnnouncement } from "./key-succession.ts";
export { folderOfEpoch, originOfEpoch } from "./log-epoch.ts";
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
export {
  accessHistory,
  auditAroundRequest,
  auditPageDefault,
  auditPageMax,
  searchAudit,
  tailAudit,
} from "./search-audit.ts";
export type { AuditPage, AuditQuery, AuditSearchResult, RecordedEvent } from "./search-audit.ts";
export { auditProblems, auditRoutes, eventOnWire } from "./audit-routes.ts";
export type { AuditRoutesDeps } from "./audit-routes.ts";
export { recordReads } from "./record-reads.ts";
