import { judgeCheckpoint, withWitnessSuccessors } from "@yinxin/crypto/tlog";
import type { LogPolicy, NoteKey } from "@yinxin/crypto/tlog";

import { readWitnessSuccessions } from "../witness/witness-successions.ts";
import type { BelievedCheckpoint } from "./audit-report.ts";
import { followSuccessions } from "./follow-successions.ts";
import { readAllSuccessions } from "./key-succession.ts";
import type { AllEpochs } from "./key-succession.ts";
import { keyOfEpoch, originOfEpoch } from "./log-epoch.ts";

/** What a verifier believes about one epoch of a log, and on whose word. */
export interface Belief {
  readonly origin: string;
  readonly epoch: number;
  /** The log's pinned keys, and those that follow from them. */
  readonly keys: readonly NoteKey[];
  readonly policy: LogPolicy;
}

/** The policy for the latest epoch: the pinned keys under its name, and the successors that the log proves. */
export async function beliefOf(place: AllEpochs, policy: LogPolicy): Promise<Belief> {
  const pinned = policy.logs
    .filter(({ key }) => key.name === place.origin && key.kind !== "sm3-tree")
    .map(({ key }) => key);
  // Where tiles are missing or wrong there is no proof; the report then says that nobody trusted signed.
  const proofs = await readAllSuccessions(place);
  const followed = followSuccessions(place.origin, pinned, proofs, place.epoch);
  const keys = followed.keys.map((key) => keyOfEpoch(key, place.epoch));
  const origin = originOfEpoch(place.origin, place.epoch);
  // A database of before there was such a table has no later keys of witnesses.
  const notes = await readWitnessSuccessions(place.db).catch(() => []);
  return { origin, epoch: place.epoch, keys, policy: withWitnessSuccessors(policy, notes) };
}

/** The checkpoint in a note, if a believed key of the log signed it and nothing under it is wrong; else why not. */
export function believedCheckpointOf(
  { origin, keys, policy }: Belief,
  note: string,
  foundIn: BelievedCheckpoint["foundIn"],
): BelievedCheckpoint | string {
  const judged = judgeCheckpoint(note, {
    logs: keys.map((key) => ({ key })),
    witnesses: policy.witnesses,
    groups: [],
    quorum: undefined,
  });
  if (judged.result === "failed") return judged.detail;
  if (judged.checkpoint.origin !== origin) return `it is of ${judged.checkpoint.origin}`;
  return {
    size: judged.checkpoint.size,
    root: judged.checkpoint.root,
    note,
    foundIn,
    witnesses: judged.witnesses.map(({ name, timestamp }) => ({ name, at: new Date(timestamp * 1000) })),
  };
}

/** Whether enough witnesses cosigned for the policy. */
export function isWitnessed({ keys, policy }: Belief, note: string): boolean {
  if (policy.quorum === undefined) return true;
  return judgeCheckpoint(note, { ...policy, logs: keys.map((key) => ({ key })) }).result === "passed";
}
