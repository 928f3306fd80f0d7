import { z } from "zod";

import { dotted, instant, name, readCanonical } from "../approvals/canonical-document.ts";
import type { CanonicalReading } from "../approvals/canonical-document.ts";

/** Members of a package beside its manifest and the manifest's signature; a year's export stays far below. */
export const evidenceFilesMax = 20_000;
/** A line of some 300 bytes for each file. */
const manifestBytesMax = 8 * 1024 * 1024;
/** Every suite of services is smaller. */
const servicesMax = 64;

export const manifestName = "manifest.json";
export const manifestSignatureName = "manifest.p7s";
export const policiesName = "officer-policies.json";

/** Lower case, ASCII, never a way out of a folder, and never a number alone: every program puts such names in one order. */
export const memberName = z
  .string()
  .max(200)
  .regex(/^([a-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\/)*[a-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$/);

const count = z.int().min(0);
const index = count.max(2 ** 48);
const officerText = z.string().min(1).max(200);

/** What was asked for; every member given narrows, and `change`, `purpose` and `plan` bring what belongs to them. */
export const evidenceQuerySchema = z.strictObject({
  since: instant.optional(),
  /** Events before this moment. */
  until: instant.optional(),
  from_index: index.optional(),
  /** Events before this place. */
  to_index: index.optional(),
  actor: officerText.optional(),
  subject: officerText.optional(),
  request_id: officerText.optional(),
  change: z
    .string()
    .regex(/^chg_[0-9A-Za-z]{16,40}$/)
    .optional(),
  purpose: dotted.optional(),
  /** A compromise: everything the key signed, and what was done. */
  plan: z
    .string()
    .regex(/^plan_[0-9a-f]{8,64}$/)
    .optional(),
});
export type EvidenceQuery = z.infer<typeof evidenceQuerySchema>;

/** All events of a log from `from` up to, not including, `to`. */
const indexRange = z.strictObject({ from: index, to: index });

/** That every use of one version of a key is here: as many as its counter says. */
const completeUses = z.strictObject({
  plan: z.string().max(100),
  purpose: dotted,
  version: z.int().min(1),
  count,
});
export type CompleteUses = z.infer<typeof completeUses>;

const serviceSchema = z.strictObject({
  name: dotted,
  /** The name of its log, with its epoch. */
  origin: name,
  /** Events under the checkpoint. */
  checkpoint_size: index,
  /** Events that are in the package. */
  events: count,
  /** There if the package says that no event of this range is missing. */
  complete: indexRange.optional(),
  complete_uses: completeUses.optional(),
});
export type EvidenceService = z.infer<typeof serviceSchema>;

const digestText = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.strictObject({
  type: z.literal("yinxin-evidence"),
  version: z.literal(1),
  deployment: name,
  /** Officer id of whoever exported and signed. */
  made_by: name,
  made_at: instant,
  query: evidenceQuerySchema,
  services: z.array(serviceSchema).max(servicesMax),
  /** Every other member but the signature, by name in the order of code units. */
  files: z
    .array(z.strictObject({ name: memberName, size: count, sm3: digestText, sha256: digestText }))
    .max(evidenceFilesMax),
});

/** What a package says of itself: canonical JSON, the member that its exporter signs. */
export type EvidenceManifest = z.infer<typeof manifestSchema>;

/** A manifest from its canonical bytes. */
export function readEvidenceManifest(bytes: Uint8Array): CanonicalReading<EvidenceManifest> {
  return readCanonical(bytes, manifestSchema, manifestBytesMax);
}

/** Whether this asks for everything that happened in a time or a range, whoever did it. */
export function isWholeRange({ actor, subject, request_id, change, purpose, plan }: EvidenceQuery): boolean {
  return [actor, subject, request_id, change, purpose, plan].every((each) => each === undefined);
}
