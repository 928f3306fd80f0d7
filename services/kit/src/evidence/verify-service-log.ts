import { equalBytes } from "@yinxin/crypto/bytes";
import { leafHash, leavesRootOf } from "@yinxin/crypto/tlog";
import type { Checkpoint } from "@yinxin/crypto/tlog";

import { believedCheckpoint } from "./believe-checkpoint.ts";
import type { LogProving } from "./believe-checkpoint.ts";
import { checkRange } from "./check-range.ts";
import type { EvidenceManifest, EvidenceService } from "./evidence-manifest.ts";
import {
  eventsName,
  hashesOfProof,
  indexesOfRuns,
  leavesOfLines,
  partEventsMax,
  proofName,
  readEvidenceProof,
  runsOf,
  serviceFolder,
} from "./evidence-members.ts";
import type { EvidenceEvent, ProvenLeaf } from "./evidence-members.ts";
import type { EvidenceChecks, ServiceEvidence } from "./evidence-report.ts";

/** Events of one log that are under its believed checkpoint. */
export interface ProvenLog {
  readonly evidence: ServiceEvidence;
  readonly events: readonly EvidenceEvent[];
  /** Of the log; undefined if its checkpoint is not believed. */
  readonly epoch?: number;
}

/** Proves the events of one service: the log's key, its checkpoint, the witnesses, each event, and what is said to be complete. */
export function verifyServiceLog(
  service: EvidenceService,
  manifest: Pick<EvidenceManifest, "query" | "made_at">,
  proving: LogProving,
): ProvenLog {
  const { checks } = proving;
  const folder = serviceFolder(service.name);
  const believed = believedCheckpoint(service, proving);
  const events = believed === undefined ? [] : includedEvents(folder, believed.checkpoint, proving);
  const indexes = events.map(({ index }) => index);
  if (believed !== undefined) {
    const isOfSize = believed.checkpoint.size === service.checkpoint_size;
    const isInOrder = indexes.every((index, at) => at === 0 || index > (indexes[at - 1] ?? 0));
    const isCounted = isOfSize && isInOrder && events.length === service.events;
    const detail = `${String(events.length)} events under a checkpoint of ${String(believed.checkpoint.size)}; the manifest says ${String(service.events)} of ${String(service.checkpoint_size)}.`;
    checks.add("events-in-order", `${folder}events`, isCounted, detail);
    checkRange(service, manifest, { events, witnesses: believed.witnesses }, checks);
  }
  return {
    evidence: { ...service, runs: runsOf(indexes), witnesses: believed?.witnesses ?? [] },
    events,
    ...(believed !== undefined && { epoch: believed.epoch }),
  };
}

function includedEvents(
  folder: string,
  checkpoint: Checkpoint,
  proving: LogProving,
): readonly EvidenceEvent[] {
  const events: EvidenceEvent[] = [];
  for (let part = 1; proving.members.has(`${folder}${eventsName(part)}`); part += 1) {
    events.push(...eventsOfPart(folder, part, checkpoint, proving));
  }
  return events;
}

function eventsOfPart(
  folder: string,
  part: number,
  { size, root }: Checkpoint,
  { members, checks }: LogProving,
): readonly EvidenceEvent[] {
  const where = `${folder}${eventsName(part)}`;
  const leaves = leavesOfLines(members.get(where) ?? new Uint8Array());
  if (leaves.length > partEventsMax) {
    checks.add("events-included", where, false, "It has more events than a part has.");
    return [];
  }
  const proof = proofOfPart(members.get(`${folder}${proofName(part)}`), leaves.length);
  if (typeof proof === "string") {
    checks.add(
      "events-included",
      `${folder}${proofName(part)}`,
      false,
      `The proof cannot be used: ${proof}.`,
    );
    return [];
  }
  const { indexes, hashes } = proof;
  const leafHashes = leaves.map(({ bytes }) => leafHash(bytes));
  const found = leavesRootOf({ indexes, leafHashes, size, proof: hashes });
  const isIncluded = found !== undefined && equalBytes(found, root);
  const detail = isIncluded
    ? `${String(leaves.length)} events lead to the root of the checkpoint.`
    : "The events do not lead to the root of the checkpoint: one is not what was logged.";
  if (!checks.add("events-included", where, isIncluded, detail, "RFC 9162 §2.1.1")) return [];
  return readableEvents(where, leaves, indexes, checks);
}

interface PartProof {
  readonly indexes: readonly number[];
  readonly hashes: readonly Uint8Array[];
}

/** @returns why it proves nothing of so many events, instead. */
function proofOfPart(bytes: Uint8Array = new Uint8Array(), events: number): PartProof | string {
  const { value, problem } = readEvidenceProof(bytes);
  if (value === undefined) return problem;
  const indexes = indexesOfRuns(value.runs, events);
  return indexes === undefined ? "It is for other events" : { indexes, hashes: hashesOfProof(value) };
}

/** An event says its own place, so that a proof for another place of the same bytes is none. */
function readableEvents(
  where: string,
  leaves: readonly ProvenLeaf[],
  indexes: readonly number[],
  checks: EvidenceChecks,
): readonly EvidenceEvent[] {
  const events = leaves.flatMap(({ event }, at) =>
    event !== undefined && event.index === indexes[at] ? [event] : [],
  );
  if (events.length < leaves.length) {
    const detail = `${String(leaves.length - events.length)} lines are no events of these places.`;
    checks.add("events-included", where, false, detail);
  }
  return events;
}
