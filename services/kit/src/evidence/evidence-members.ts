import { bytesOfBase64, textOfUtf8 } from "@yinxin/crypto/bytes";
import { z } from "zod";

import { readCanonical } from "../approvals/canonical-document.ts";
import type { CanonicalReading } from "../approvals/canonical-document.ts";

/** The members of one service, below `services/NAME/`. */
export const serviceMembers = {
  /** The checkpoint that every event is proved under, with its cosignatures: a signed note. */
  checkpoint: "checkpoint.txt",
  /** Canonical JSON: proofs of the log's key successions, oldest first, each a text. */
  successions: "successions.json",
  /** Canonical JSON: the notes in which witnesses of the log name their next keys, each a text. */
  witnessSuccessions: "witness-successions.json",
  keyRings: "key-rings.json",
  certificates: "certificates.pem",
  configuration: "configuration.json",
} as const;

export function serviceFolder(service: string): string {
  return `services/${service}/`;
}
/** The events of the n-th part, one leaf a line, and the proof for them. @param part from 1 */
export function eventsName(part: number): string {
  return `events/${String(part).padStart(4, "0")}.jsonl`;
}
export function proofName(part: number): string {
  return `events/${String(part).padStart(4, "0")}.proof.json`;
}
export function changeName(id: string): string {
  return `changes/${id}.json`;
}
export function planName(id: string): string {
  return `plans/${id}.json`;
}
export function planDocumentName(id: string, document: string): string {
  return `plans/${id}/${document}`;
}

/** Events of one part: some megabytes, and one proof. */
export const partEventsMax = 10_000;

/** What an event says, as far as evidence judges by it; the leaf itself has more. */
const eventSchema = z.object({
  index: z.int().min(0),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  actor: z.string(),
  subject: z.string(),
  key: z.object({ purpose: z.string(), version: z.int() }).optional(),
  detail: z.record(z.string(), z.unknown()),
});
export type EvidenceEvent = z.infer<typeof eventSchema>;

/** An event with the bytes that the log hashed. */
export interface ProvenLeaf {
  readonly bytes: Uint8Array;
  /** Undefined if it is not an event that can be read. */
  readonly event: EvidenceEvent | undefined;
}

/**
 * The leaves of a part: the bytes between line ends, of which JSON has none of its own. Of more lines than a part has, only one
 * more is read.
 */
export function leavesOfLines(bytes: Uint8Array): readonly ProvenLeaf[] {
  const leaves: ProvenLeaf[] = [];
  for (let start = 0; start < bytes.length && leaves.length <= partEventsMax;) {
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    leaves.push({ bytes: line, event: eventOf(line) });
    start += line.length + 1;
  }
  return leaves;
}

function eventOf(line: Uint8Array): EvidenceEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(textOfUtf8(line))).data;
  } catch {
    return undefined;
  }
}

/** No tree has so many subtrees beside the events of one part. */
const proofHashesMax = 500_000;
/** A hash is 44 characters; the ranges are short. */
const proofBytesMax = 32 * 1024 * 1024;
const index = z.int().min(0);
const hash = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

const proofSchema = z.strictObject({
  type: z.literal("yinxin-evidence-proof"),
  /** Places of the events, as runs `[from, to)`. */
  runs: z.array(z.tuple([index, index])).max(proofHashesMax),
  /** Of the subtrees that hold none of them, left to right (RFC 9162 §2.1.1). */
  hashes: z.array(hash).max(proofHashesMax),
});
export type EvidenceProof = z.infer<typeof proofSchema>;

export function readEvidenceProof(bytes: Uint8Array): CanonicalReading<EvidenceProof> {
  return readCanonical(bytes, proofSchema, proofBytesMax);
}

/** A log gets a new key once a year or so. */
const successionsMax = 1000;

export function readSuccessionTexts(
  bytes: Uint8Array,
  max = successionsMax,
): CanonicalReading<readonly string[]> {
  return readCanonical(bytes, z.array(z.string().max(1024 * 1024)).max(max), proofBytesMax);
}

/** Ascending places as runs. */
export function runsOf(indexes: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const each of indexes) {
    const last = runs.at(-1);
    if (last?.[1] === each) last[1] = each + 1;
    else runs.push([each, each + 1]);
  }
  return runs;
}

/** The places in runs; undefined if they are not as many as there are events, or not ascending. */
export function indexesOfRuns(runs: EvidenceProof["runs"], events: number): readonly number[] | undefined {
  const indexes: number[] = [];
  for (const [from, to] of runs) {
    if (to <= from || from < (indexes.at(-1) ?? -1) + 1 || to - from > events - indexes.length)
      return undefined;
    for (let each = from; each < to; each += 1) indexes.push(each);
  }
  return indexes.length === events ? indexes : undefined;
}

export function hashesOfProof({ hashes }: EvidenceProof): readonly Uint8Array[] {
  return hashes.map((text) => bytesOfBase64(text));
}
