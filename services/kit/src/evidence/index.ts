/**
 * Evidence that proves itself: one file that an auditor carries to another machine and verifies there with nothing but the trust
 * file, `yinxin-trust.json`.
 *
 * A package is a ZIP archive of stored members: `manifest.json`, signed by the officer who exported (`manifest.p7s`);
 * `officer-policies.json`, the chain of policies from the trusted first one; and for each service its log's checkpoint with
 * cosignatures, the proofs of its key successions, the events as they were hashed with one proof for each part of them, every
 * change that an event names with all its signatures, plans and their documents, and what the service said of its keys and
 * configuration. docs/evidence.md describes it byte by byte, for those who verify it with programs of their own.
 *
 * {@link verifyEvidence} and {@link packEvidence} are pure; {@link evidenceRoutes} is the service's side.
 */
export { verifyEvidence } from "./verify-evidence.ts";
export { packEvidence } from "./pack-evidence.ts";
export type { EvidenceFacts } from "./pack-evidence.ts";
export { evidenceBytesMax, isEvidencePackage } from "./evidence-zip.ts";
export type { EvidenceMembers } from "./evidence-zip.ts";
export { evidenceQuerySchema, isWholeRange, memberName, policiesName } from "./evidence-manifest.ts";
export type { EvidenceManifest, EvidenceQuery, EvidenceService } from "./evidence-manifest.ts";
export { serviceFolder } from "./evidence-members.ts";
export { evidenceChecks } from "./evidence-report.ts";
export type {
  ChangeEvidence,
  EvidenceCheck,
  EvidenceCheckName,
  EvidenceCheckResult,
  EvidenceReport,
  ServiceEvidence,
} from "./evidence-report.ts";
export { exportEvidence } from "./export-evidence.ts";
export type { EvidencePart, EvidenceSources, ExportedPart } from "./export-evidence.ts";
export { evidencePartSchema, evidenceProblems, evidenceRoutes } from "./evidence-routes.ts";
export type { EvidenceRoutesDeps } from "./evidence-routes.ts";
