import { equalBytes } from "../bytes/index.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { verifyNote } from "./note.ts";
import type { NoteProblem, VerifiedNoteSignature } from "./note.ts";
import type { NoteKey } from "./note-key.ts";
import { TlogError } from "./tlog-error.ts";

/** A log or a witness that a policy knows. */
export interface PolicyParty {
  readonly key: NoteKey;
  readonly url?: string;
}

/** A witness under the name that the policy calls it by, which need not be that of its key. */
export interface PolicyWitness extends PolicyParty {
  readonly name: string;
}

/** Counts as a witness when at least `threshold` of its members do. */
export interface PolicyGroup {
  readonly name: string;
  readonly threshold: number;
  /** Names of witnesses, or of groups defined before this one. */
  readonly members: readonly string[];
}

/** When a checkpoint is to be believed (C2SP tlog-policy). {@link parseLogPolicy} reads one from a file. */
export interface LogPolicy {
  /** Of any one of these a checkpoint must be. */
  readonly logs: readonly PolicyParty[];
  readonly witnesses: readonly PolicyWitness[];
  /** Each refers only to groups before it. */
  readonly groups: readonly PolicyGroup[];
  /** The witness or group that must have cosigned; undefined: none need have. */
  readonly quorum: string | undefined;
}

/** What came of holding a checkpoint against a policy. */
export type CheckpointJudgement =
  | {
      readonly result: "passed";
      readonly checkpoint: Checkpoint;
      readonly log: PolicyParty;
      /** The policy's names of the witnesses that cosigned, with what they said. */
      readonly witnesses: readonly { readonly name: string; readonly timestamp: number }[];
      /** The root of the same leaves under SM3, if the log signed one. */
      readonly sm3Root?: Uint8Array;
    }
  | { readonly result: "failed"; readonly problem: CheckpointProblem; readonly detail: string };

export type CheckpointProblem = NoteProblem | "checkpoint-malformed" | "quorum-not-reached";

/**
 * Whether a signed checkpoint is to be believed: one of the policy's logs signed it under its own origin, and the quorum of
 * witnesses cosigned it (C2SP tlog-policy, "What is a policy?"). A wrong signature of any known key spoils it.
 *
 * A log may have several keys. Further keys of kind `sm3-tree` are listed as logs too and add the SM3 root; alone they
 * do not make a checkpoint believed.
 */
export function judgeCheckpoint(note: string, policy: LogPolicy): CheckpointJudgement {
  const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key);
  const verified = verifyNote(note, keys);
  if (verified.result === "failed") return verified;
  const checkpoint = checkpointOf(verified.text);
  if (typeof checkpoint === "string") {
    return { result: "failed", problem: "checkpoint-malformed", detail: checkpoint };
  }
  const ofLog = (key: NoteKey): boolean => key.name === checkpoint.origin;
  const signed = new Set(verified.signedBy);
  const log = policy.logs.find(({ key }) => key.kind !== "sm3-tree" && ofLog(key) && signed.has(key));
  if (log === undefined) {
    const detail = "no known log signed it under its own origin";
    return { result: "failed", problem: "note-not-signed-by-known-key", detail };
  }
  const cosigned = policy.witnesses.filter(({ key }) => signed.has(key));
  if (!isQuorum(policy, new Set(cosigned.map(({ name }) => name)))) {
    const detail = `${String(cosigned.length)} known witnesses cosigned it, which is no quorum`;
    return { result: "failed", problem: "quorum-not-reached", detail };
  }
  const witnesses = cosigned.map(({ name, key }) => ({
    name,
    timestamp: latestTime(verified.signatures, key),
  }));
  const sm3Roots = verified.signatures.flatMap(({ key, sm3Root }) =>
    sm3Root !== undefined && ofLog(key) ? [sm3Root] : [],
  );
  const [sm3Root] = sm3Roots;
  if (sm3Root !== undefined && !sm3Roots.every((other) => equalBytes(other, sm3Root))) {
    const detail = "the log signed two roots under SM3 for one checkpoint";
    return { result: "failed", problem: "checkpoint-malformed", detail };
  }
  return {
    result: "passed",
    checkpoint,
    log,
    witnesses,
    ...(sm3Root !== undefined && { sm3Root }),
  };
}

/** Groups stand after what they refer to, so one pass from first to last settles them all. */
function isQuorum({ groups, quorum }: LogPolicy, witnessed: Set<string>): boolean {
  if (quorum === undefined) return true;
  for (const { name, threshold, members } of groups) {
    if (members.filter((member) => witnessed.has(member)).length >= threshold) witnessed.add(name);
  }
  return witnessed.has(quorum);
}

function latestTime(signatures: readonly VerifiedNoteSignature[], key: NoteKey): number {
  const times = signatures.filter((signature) => signature.key === key).map(({ timestamp = 0 }) => timestamp);
  return Math.max(...times);
}

function checkpointOf(text: string): Checkpoint | string {
  try {
    return parseCheckpoint(text);
  } catch (cause) {
    if (cause instanceof TlogError) return cause.message;
    throw cause;
  }
}
