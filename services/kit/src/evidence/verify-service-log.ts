import { equalBytes, textOfUtf8 } from "@yinxin/crypto/bytes";
import {
  encodeNoteKey,
  judgeCheckpoint,
  leafHash,
  leavesRootOf,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import type { Checkpoint, LogPolicy, NoteKey } from "@yinxin/crypto/tlog";

import { keyOfEpoch } from "../audit/log-epoch.ts";
import { isWholeRange } from "./evidence-manifest.ts";
import type { EvidenceManifest, EvidenceService } from "./evidence-manifest.ts";
import {
  eventsName,
  hashesOfProof,
  indexesOfRuns,
  leavesOfLines,
  proofName,
  readEvidenceProof,
  readSuccessionTexts,
  runsOf,
  serviceFolder,
  serviceMembers,
} from "./evidence-members.ts";
import type { EvidenceEvent, ProvenLeaf } from "./evidence-members.ts";
import type { EvidenceChecks, ServiceEvidence } from "./evidence-report.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";

/** What the events of one service are proved with. */
export interface LogProving {
  readonly members: EvidenceMembers;
  readonly policy: LogPolicy;
  readonly checks: EvidenceChecks;
}

/** Events of one log that are under its believed checkpoint. */
export interface ProvenLog {
  readonly evidence: ServiceEvidence;
  readonly events: readonly EvidenceEvent[];
}

/** Proves the events of one service: the log's key, its checkpoint, the witnesses, each event, and what is said to be complete. */
export function verifyServiceLog(
  service: EvidenceService,
  query: EvidenceManifest["query"],
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
    checkRange(service, query, events, checks);
  }
  return {
    evidence: { ...service, runs: runsOf(indexes), witnesses: believed?.witnesses ?? [] },
    events,
  };
}

interface Believed {
  readonly checkpoint: Checkpoint;
  readonly witnesses: ServiceEvidence["witnesses"];
}

function believedCheckpoint(
  { name, origin }: EvidenceService,
  { members, policy, checks }: LogProving,
): Believed | undefined {
  const folder = serviceFolder(name);
  const where = `${folder}${serviceMembers.checkpoint}`;
  const pinned = pinnedKeys(policy, origin);
  const isPinned = pinned.length > 0;
  const known = isPinned ? `The trust file has the log ${origin}.` : `The trust file has no log ${origin}.`;
  if (!checks.add("log-trusted", where, isPinned ? "passed" : "indeterminate", known)) return undefined;
  const keys = keysWithSuccessors(`${folder}${serviceMembers.successions}`, pinned, { members, checks });
  const note = textOrEmpty(members.get(where));
  const logs = keys.map((key) => ({ key }));
  const judged = judgeCheckpoint(note, { logs, witnesses: policy.witnesses, groups: [], quorum: undefined });
  if (judged.result === "failed") {
    checks.add("checkpoint", where, false, `The checkpoint is not believed: ${judged.detail}.`);
    return undefined;
  }
  const { checkpoint } = judged;
  const isOfLog = checkpoint.origin === origin;
  const signed = `${checkpoint.origin} signed a tree of ${String(checkpoint.size)} events.`;
  if (!checks.add("checkpoint", where, isOfLog, signed)) return undefined;
  const { result } = judgeCheckpoint(note, { ...policy, logs });
  const names = judged.witnesses.map((witness) => witness.name).join(", ");
  const detail = names === "" ? "No witness of the trust file cosigned." : `Cosigned by ${names}.`;
  checks.add("witness-quorum", where, result === "passed" ? "passed" : "indeterminate", detail);
  return {
    checkpoint,
    witnesses: judged.witnesses.map((witness) => {
      return { name: witness.name, at: new Date(witness.timestamp * 1000).toISOString() };
    }),
  };
}

/** The pinned keys of the log, under the name of its epoch: `origin/2` is the second of `origin`. */
function pinnedKeys({ logs }: LogPolicy, origin: string): readonly NoteKey[] {
  const [, base, epoch] = /^(.*)\/([2-9]|[1-9]\d{1,5})$/u.exec(origin) ?? [];
  return logs.flatMap(({ key }) => {
    if (key.kind === "sm3-tree") return [];
    if (key.name === origin) return [key];
    return key.name === base ? [keyOfEpoch(key, Number(epoch))] : [];
  });
}

function keysWithSuccessors(
  where: string,
  pinned: readonly NoteKey[],
  { members, checks }: Pick<LogProving, "members" | "checks">,
): readonly NoteKey[] {
  const keys = [...pinned];
  const { value: proofs, problem } = readSuccessionTexts(members.get(where) ?? new Uint8Array());
  if (proofs === undefined) {
    checks.add("key-succession", where, false, `It cannot be read: ${problem}.`);
    return keys;
  }
  for (const [at, proof] of proofs.entries()) {
    const verified = verifySuccession(proof, keys);
    const detail =
      verified.result === "passed"
        ? `The log named its key ${encodeNoteKey(verified.successor.to)}.`
        : verified.detail;
    checks.add("key-succession", `${where}#${String(at)}`, verified.result === "passed", detail);
    if (verified.result === "passed") keys.push(verified.successor.to);
  }
  return keys;
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
  const reading = readEvidenceProof(members.get(`${folder}${proofName(part)}`) ?? new Uint8Array());
  const indexes = reading.value && indexesOfRuns(reading.value.runs, leaves.length);
  if (reading.value === undefined || indexes === undefined) {
    const detail = reading.problem ?? "It is for other events";
    checks.add(
      "events-included",
      `${folder}${proofName(part)}`,
      false,
      `The proof cannot be used: ${detail}.`,
    );
    return [];
  }
  const leafHashes = leaves.map(({ bytes }) => leafHash(bytes));
  const found = leavesRootOf({ indexes, leafHashes, size, proof: hashesOfProof(reading.value) });
  const isIncluded = found !== undefined && equalBytes(found, root);
  const detail = isIncluded
    ? `${String(leaves.length)} events lead to the root of the checkpoint.`
    : "The events do not lead to the root of the checkpoint: one is not what was logged.";
  if (!checks.add("events-included", where, isIncluded, detail, "RFC 9162 §2.1.1")) return [];
  return readableEvents(where, leaves, indexes, checks);
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

function checkRange(
  { name, complete, checkpoint_size: size }: EvidenceService,
  query: EvidenceManifest["query"],
  events: readonly EvidenceEvent[],
  checks: EvidenceChecks,
): void {
  const where = `${serviceFolder(name)}events`;
  if (complete === undefined) {
    const wanted = isWholeRange(query) ? "failed" : "noted";
    checks.add(
      "range-complete",
      where,
      wanted,
      "The events were chosen by what they say; that none is missing is not claimed.",
    );
    return;
  }
  const { from, to } = complete;
  const inside = events.filter(({ index }) => index >= from && index < to).length;
  const detail = `${String(inside)} of the ${String(to - from)} events from ${String(from)} to ${String(to - 1)} are here.`;
  checks.add("range-complete", where, to >= from && to <= size && inside === to - from, detail);
  if (isWholeRange(query)) checkBounds(where, query, { from, to, size, events }, checks);
}

/** A range covers a time if the event at each end lies beyond it, or the log has none there. */
function checkBounds(
  where: string,
  { since, until, from_index: fromIndex, to_index: toIndex }: EvidenceManifest["query"],
  range: { from: number; to: number; size: number; events: readonly EvidenceEvent[] },
  checks: EvidenceChecks,
): void {
  const { from, to, size, events } = range;
  const first = events.find(({ index }) => index === from);
  const last = events.find(({ index }) => index === to - 1);
  const timeOf = (event: EvidenceEvent | undefined): number => Date.parse(event?.occurred_at ?? "");
  const coversBegin =
    from === 0 ||
    (fromIndex !== undefined ? from <= fromIndex : since !== undefined && timeOf(first) < Date.parse(since));
  const coversEnd =
    to === size ||
    (toIndex !== undefined ? to >= toIndex : until !== undefined && timeOf(last) >= Date.parse(until));
  const detail =
    coversBegin && coversEnd
      ? `The log has no event of the time asked for outside ${String(from)}–${String(to - 1)}, unless its clock was set back.`
      : "The range ends before what was asked for does.";
  checks.add("range-times", where, coversBegin && coversEnd, detail);
}

function textOrEmpty(bytes: Uint8Array | undefined): string {
  try {
    return textOfUtf8(bytes ?? new Uint8Array());
  } catch {
    return "";
  }
}
