import { bytesOfBase64, equalBytes, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import {
  judgeCheckpoint,
  leafHash,
  leavesRootOf,
  parseLogPolicy,
  TlogError,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import type { Checkpoint, LogPolicy, NoteKey } from "@yinxin/crypto/tlog";
import { z } from "zod";

import { keyOfEpoch } from "../audit/log-epoch.ts";
import { base64Text } from "./canonical-document.ts";

/** What a policy's officers can decide on one change, and a few executions. */
export const recordLeavesMax = 100;
const leafBytesMax = 64 * 1024;
/** Of a hundred leaves in the largest tree there is. */
const hashesMax = 64 * recordLeavesMax;
/** A signed note with cosignatures. */
const noteLengthMax = 64 * 1024;
/** A log gets a new key once a year or so. */
const successionsMax = 64;
const hash = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

/** What the audit log of the service says of one change, with what proves that it does: for verifiers away from it. */
export const logRecordSchema = z.strictObject({
  /** A C2SP signed note over a tree that has every leaf. */
  checkpoint: z.string().max(noteLengthMax),
  /** How the key that signed it follows from an earlier one. */
  successions: z.array(z.string().max(noteLengthMax)).max(successionsMax),
  /** The events about the change, as they were hashed; each says its own place. */
  leaves: z.array(base64Text(leafBytesMax)).min(1).max(recordLeavesMax),
  /** Of the subtrees that hold none of them, left to right (RFC 9162 §2.1.1). */
  hashes: z.array(hash).max(hashesMax),
  /** That the tree only adds to the one in the request's `audit_head` (RFC 9162 §2.1.4). */
  head: z.array(hash).max(64).optional(),
});
export type LogRecord = z.infer<typeof logRecordSchema>;

const eventSchema = z.object({
  index: z.int().min(0),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  actor: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
/** An event that the log holds. */
export type LoggedEvent = z.infer<typeof eventSchema>;

/** A record that holds; or why it does not: `stranger` if the verifier knows no such log, and so cannot tell. */
export type RecordReading =
  | { readonly checkpoint: Checkpoint; readonly events: readonly LoggedEvent[]; readonly problem?: undefined }
  | { readonly problem: string; readonly isStranger: boolean };

/** The logs of a trust file. Undefined if they cannot be read; nothing is then proved by a log. */
export function readTrustedLogs({ logs }: { readonly logs: string }): LogPolicy | undefined {
  try {
    return parseLogPolicy(utf8Of(logs));
  } catch (cause) {
    if (cause instanceof TlogError) return undefined;
    throw cause;
  }
}

/** The name of a log without its epoch: `origin/2` is the second of `origin`. */
export function originWithoutEpoch(origin: string): string {
  return /^(.*)\/(?:[2-9]|[1-9]\d{1,5})$/u.exec(origin)?.[1] ?? origin;
}

/** Proves the events of a record by the pinned keys of their log (C2SP tlog-checkpoint). Never throws for bad input. */
export function verifyLogRecord(record: LogRecord, policy: LogPolicy | undefined): RecordReading {
  const checkpoint = believedCheckpoint(record, policy);
  if ("problem" in checkpoint) return checkpoint;
  const leaves = record.leaves.map((text) => bytesOfBase64(text));
  const events = leaves.flatMap((leaf) => eventOf(leaf) ?? []);
  if (events.length < leaves.length) return wrong("A leaf of the record is no event.");
  const found = leavesRootOf({
    indexes: events.map(({ index }) => index),
    leafHashes: leaves.map((leaf) => leafHash(leaf)),
    size: checkpoint.size,
    proof: record.hashes.map((text) => bytesOfBase64(text)),
  });
  if (found === undefined || !equalBytes(found, checkpoint.root))
    return wrong("The events do not lead to the root of the checkpoint.");
  return { checkpoint, events };
}

/** The checkpoint in a signed note, by a key of the log that is pinned or follows from one that is. */
export function believedCheckpoint(
  { checkpoint: note, successions }: Pick<LogRecord, "checkpoint" | "successions">,
  policy: LogPolicy | undefined,
): Checkpoint | { readonly problem: string; readonly isStranger: boolean } {
  const [origin = ""] = note.split("\n", 1);
  const keys = policy === undefined ? [] : pinnedKeys(policy, origin);
  if (policy === undefined || keys.length === 0)
    return { problem: `The trust file has no log ${origin}.`, isStranger: true };
  for (const proof of successions) {
    const verified = verifySuccession(proof, keys);
    if (verified.result === "passed") keys.push(verified.successor.to);
  }
  const logs = keys.map((key) => ({ key }));
  const judged = judgeCheckpoint(note, { logs, witnesses: policy.witnesses, groups: [], quorum: undefined });
  if (judged.result === "failed") {
    // Also after officers replaced a lost key, until the trust file has the new one.
    const isStranger = judged.problem === "note-not-signed-by-known-key";
    return { problem: `The checkpoint is not believed: ${judged.detail}.`, isStranger };
  }
  return judged.checkpoint.origin === origin ? judged.checkpoint : wrong("The checkpoint is of another log.");
}

function wrong(problem: string): { readonly problem: string; readonly isStranger: boolean } {
  return { problem, isStranger: false };
}

function pinnedKeys({ logs }: LogPolicy, origin: string): NoteKey[] {
  const base = originWithoutEpoch(origin);
  return logs.flatMap(({ key }) => {
    if (key.kind === "sm3-tree") return [];
    if (key.name === origin) return [key];
    return key.name === base ? [keyOfEpoch(key, Number(origin.slice(base.length + 1)))] : [];
  });
}

function eventOf(leaf: Uint8Array): LoggedEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(textOfUtf8(leaf))).data;
  } catch {
    return undefined;
  }
}
