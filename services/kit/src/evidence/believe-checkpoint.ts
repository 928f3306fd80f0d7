import { textOfUtf8 } from "@yinxin/crypto/bytes";
import { encodeNoteKey, judgeCheckpoint, withWitnessSuccessors } from "@yinxin/crypto/tlog";
import type { Checkpoint, LogPolicy, NoteKey } from "@yinxin/crypto/tlog";

import { followSuccessions } from "../audit/follow-successions.ts";
import { epochOfOrigin, keyOfEpoch } from "../audit/log-epoch.ts";
import { witnessSuccessionsMax } from "../witness/witness-successions.ts";
import type { EvidenceService } from "./evidence-manifest.ts";
import { readSuccessionTexts, serviceFolder, serviceMembers } from "./evidence-members.ts";
import type { EvidenceChecks, ServiceEvidence } from "./evidence-report.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";

/** What the events of one service are proved with. */
export interface LogProving {
  readonly members: EvidenceMembers;
  readonly policy: LogPolicy;
  readonly checks: EvidenceChecks;
}

/** The checkpoint that all events of a service are under. */
export interface BelievedLog {
  readonly checkpoint: Checkpoint;
  readonly witnesses: ServiceEvidence["witnesses"];
  /** From 1: later ones are begun by officers, after a restore. */
  readonly epoch: number;
}

/** The checkpoint of a service's log, if a key that is pinned, or follows from one, signed it. */
export function believedCheckpoint(
  { name, origin }: Pick<EvidenceService, "name" | "origin">,
  { members, policy, checks }: LogProving,
): BelievedLog | undefined {
  const folder = serviceFolder(name);
  const where = `${folder}${serviceMembers.checkpoint}`;
  const log = pinnedLog(policy, origin);
  const known =
    log === undefined ? `The trust file has no log ${origin}.` : `The trust file has the log ${origin}.`;
  checks.add("log-trusted", where, log === undefined ? "indeterminate" : "passed", known);
  if (log === undefined) return undefined;
  const keys = keysWithSuccessors(`${folder}${serviceMembers.successions}`, log, { members, checks });
  const logs = keys.map((key) => ({ key: keyOfEpoch(key, log.epoch) }));
  const notes = witnessNotes(`${folder}${serviceMembers.witnessSuccessions}`, { members, checks });
  const full = { ...withWitnessSuccessors(policy, notes), logs };
  const note = textOrEmpty(members.get(where));
  const judged = judgeCheckpoint(note, { ...full, groups: [], quorum: undefined });
  if (judged.result === "failed") {
    checks.add("checkpoint", where, false, `The checkpoint is not believed: ${judged.detail}.`);
    return undefined;
  }
  const { checkpoint } = judged;
  const isOfLog = checkpoint.origin === origin;
  const signed = `${checkpoint.origin} signed a tree of ${String(checkpoint.size)} events.`;
  if (!checks.add("checkpoint", where, isOfLog, signed)) return undefined;
  const { result } = judgeCheckpoint(note, full);
  const names = judged.witnesses.map((witness) => witness.name).join(", ");
  const detail = names === "" ? "No witness of the trust file cosigned." : `Cosigned by ${names}.`;
  checks.add("witness-quorum", where, result === "passed" ? "passed" : "indeterminate", detail);
  return {
    checkpoint,
    epoch: log.epoch,
    witnesses: judged.witnesses.map((witness) => {
      return { name: witness.name, at: new Date(witness.timestamp * 1000).toISOString() };
    }),
  };
}

interface PinnedEpoch {
  /** The log's name, without an epoch. */
  readonly origin: string;
  readonly epoch: number;
  /** Under the log's name without an epoch. */
  readonly keys: readonly NoteKey[];
}

/** The log that the trust file has, under its own name or that of an epoch: `origin/2` is the second of `origin`. */
function pinnedLog({ logs }: LogPolicy, origin: string): PinnedEpoch | undefined {
  const keys = logs.map(({ key }) => key).filter(({ kind }) => kind !== "sm3-tree");
  for (const { name } of keys) {
    const epoch = epochOfOrigin(origin, name);
    if (epoch !== undefined) return { origin: name, epoch, keys: keys.filter((key) => key.name === name) };
  }
  return undefined;
}

/** The log of the trust file that this is an epoch of, by its name there. */
export function pinnedNameOf(policy: LogPolicy, origin: string): string | undefined {
  return pinnedLog(policy, origin)?.origin;
}

function keysWithSuccessors(
  where: string,
  { origin, epoch, keys: pinned }: PinnedEpoch,
  { members, checks }: Pick<LogProving, "members" | "checks">,
): readonly NoteKey[] {
  const { value: proofs, problem } = readSuccessionTexts(members.get(where) ?? new Uint8Array());
  if (proofs === undefined) {
    checks.add("key-succession", where, false, `It cannot be read: ${problem}.`);
    return pinned;
  }
  const { keys, verified } = followSuccessions(origin, pinned, proofs, epoch);
  for (const [at, proof] of verified.entries()) {
    const detail =
      proof.result === "passed"
        ? `The log named its key ${encodeNoteKey(proof.successor.to)}.`
        : proof.detail;
    checks.add("key-succession", `${where}#${String(at)}`, proof.result === "passed", detail);
  }
  return keys;
}

/** The witnesses' own word about their later keys; a note that proves nothing is passed over, and no key comes of it. */
function witnessNotes(
  where: string,
  { members, checks }: Pick<LogProving, "members" | "checks">,
): readonly string[] {
  const bytes = members.get(where);
  if (bytes === undefined) return [];
  const { value: notes, problem } = readSuccessionTexts(bytes, witnessSuccessionsMax);
  if (notes === undefined) checks.add("witness-quorum", where, false, `It cannot be read: ${problem}.`);
  return notes ?? [];
}

function textOrEmpty(bytes: Uint8Array | undefined): string {
  try {
    return textOfUtf8(bytes ?? new Uint8Array());
  } catch {
    return "";
  }
}
