import { equalBytes } from "@yinxin/crypto/bytes";
import {
  addSignatureLines,
  consistencyProof,
  hashReaderOfTiles,
  parseNote,
  treeRoot,
} from "@yinxin/crypto/tlog";

import { transact } from "../database/index.ts";
import type { WitnessClient, WitnessResult } from "../witness/witness-client.ts";
import { AuditLogError } from "./audit-log-error.ts";
import type { AuditAlarm } from "./audit-log-options.ts";
import {
  readCheckpoint,
  readLatestCheckpoint,
  readWitnesses,
  takeCheckpointLock,
  writeWitness,
} from "./checkpoint-rows.ts";
import type { CheckpointRow } from "./checkpoint-rows.ts";
import { readSuccessions } from "./key-succession.ts";
import { publishLatest } from "./make-checkpoint.ts";
import type { OpenEpoch } from "./make-checkpoint.ts";
import { linesOfWitness } from "./witness-lines.ts";

/** How one round of asking ended: who did not cosign, and why. */
export interface WitnessRound {
  readonly alarms: readonly AuditAlarm[];
}

/**
 * Asks every witness to cosign the latest checkpoint and puts their lines under it, in the database and in the folder.
 *
 * @param isProbe asks also those that have cosigned it before: what they answer is the only thing that tells a log whose
 *   database and folder were both set back. Nothing new is signed for it.
 * @throws AuditLogError `rolled-back` if a witness has seen more than there is, `diverged` if it has seen something else.
 */
export async function askWitnesses(
  log: OpenEpoch,
  witnesses: readonly WitnessClient[],
  isProbe = false,
): Promise<WitnessRound> {
  const row = await readLatestCheckpoint(log.db, log.epoch);
  if (row === undefined || witnesses.length === 0) return { alarms: [] };
  const known = new Map(
    (await readWitnesses(log.db, log.epoch)).map(({ witness, size }) => [witness, size] as const),
  );
  const asked = witnesses.filter(({ name }) => isProbe || (known.get(name) ?? -1) < row.size);
  const outcomes = await Promise.allSettled(
    asked.map((witness) => askWitness(log, witness, row, known.get(witness.name) ?? 0)),
  );
  const answers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  await keepCosignatures(
    log,
    row,
    answers.flatMap(({ cosigned }) => cosigned ?? []),
  );
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return { alarms: answers.flatMap(({ alarm }) => alarm ?? []) };
}

interface Cosigned {
  readonly witness: WitnessClient;
  readonly lines: readonly string[];
}

interface WitnessAnswer {
  readonly cosigned?: Cosigned;
  readonly alarm?: AuditAlarm;
}

/** A conflict and an unknown key can each be cleared up once; what comes after that is the answer. */
const attemptsMax = 3;

async function askWitness(
  log: OpenEpoch,
  witness: WitnessClient,
  row: CheckpointRow,
  believedSize: number,
): Promise<WitnessAnswer> {
  let oldSize = Math.min(believedSize, row.size);
  for (let attempt = 1; ; attempt += 1) {
    const result = await witness.addCheckpoint({
      oldSize,
      proof: await proofOf(log, oldSize, row.size),
      note: row.note,
    });
    if (result.result === "cosigned") return await cosignatureOf(log, witness, row, result.lines);
    if (result.result === "conflict") {
      if (result.size > row.size) return await onLargerTree(log, witness, row, result.size);
    }
    if (attempt < attemptsMax && (await canAskAgain(log, witness, result, oldSize))) {
      oldSize = result.result === "conflict" ? result.size : oldSize;
      continue;
    }
    return await onRefusal(log, witness, result);
  }
}

/** With the size that the witness named, or once it knows a key that followed. */
async function canAskAgain(
  log: OpenEpoch,
  witness: WitnessClient,
  result: WitnessResult,
  oldSize: number,
): Promise<boolean> {
  if (result.result === "conflict") return result.size !== oldSize;
  return isUnknownKey(result) && (await introduceKey(log, witness));
}

async function onRefusal(
  log: OpenEpoch,
  witness: WitnessClient,
  result: Exclude<WitnessResult, { result: "cosigned" }>,
): Promise<WitnessAnswer> {
  if (isAccusation(result) && !(await continuesVouched(log, witness)))
    throw new AuditLogError("diverged", `${witness.name} has seen another history: ${result.detail}`);
  return { alarm: alarmOf(witness, result) };
}

function isAccusation(result: WitnessResult): result is Extract<WitnessResult, { result: "refused" }> {
  return result.result === "refused" && result.status === 422;
}

/**
 * Whether the log still continues what this witness cosigned for this very process. Then nothing was set back since, and a
 * witness that says so is wrong or lies: it must not be able to stop the log.
 */
async function continuesVouched(log: OpenEpoch, { name }: WitnessClient): Promise<boolean> {
  const vouched = log.vouched.get(name);
  const latest = await readLatestCheckpoint(log.db, log.epoch);
  if (vouched === undefined || latest === undefined || latest.size < vouched.size) return false;
  if (vouched.size === 0) return true;
  const { readHashes } = hashReaderOfTiles(log.folder.readTiles, latest.size);
  return equalBytes(await treeRoot(readHashes, vouched.size), vouched.root);
}

async function proofOf(log: OpenEpoch, oldSize: number, size: number): Promise<readonly Uint8Array[]> {
  if (oldSize === 0 || oldSize === size) return [];
  return await consistencyProof(hashReaderOfTiles(log.folder.readTiles, size).readHashes, oldSize, size);
}

async function cosignatureOf(
  log: OpenEpoch,
  witness: WitnessClient,
  row: CheckpointRow,
  answered: readonly string[],
): Promise<WitnessAnswer> {
  const lines = await linesOfWitness(log, witness, parseNote(row.note).text, answered);
  if (lines.length > 0) {
    log.vouched.set(witness.name, row);
    return { cosigned: { witness, lines } };
  }
  const detail = `${witness.name} answered with a cosignature that is not its own`;
  return { alarm: { problem: "witness-refused", detail } };
}

/** Another process of this service may have gone further meanwhile; otherwise the database is an older one. */
async function onLargerTree(
  log: OpenEpoch,
  witness: WitnessClient,
  row: CheckpointRow,
  size: number,
): Promise<WitnessAnswer> {
  const latest = await readLatestCheckpoint(log.db, log.epoch);
  if (latest !== undefined && latest.size >= size) return {};
  if (await continuesVouched(log, witness)) {
    const detail = `${witness.name} claims ${String(size)} events, and cosigned otherwise before`;
    return { alarm: { problem: "witness-refused", detail } };
  }
  throw new AuditLogError(
    "rolled-back",
    `${witness.name} has cosigned ${String(size)} events and ${String(latest?.size ?? row.size)} were signed here: ` +
      "database and folder are older ones",
  );
}

function isUnknownKey(result: WitnessResult): boolean {
  return result.result === "refused" && result.status === 403;
}

/** After a rotation: shows the witness every succession there is; true if it took one. */
async function introduceKey(log: OpenEpoch, witness: WitnessClient): Promise<boolean> {
  let isTaken = false;
  for (const proof of await readSuccessions(log)) isTaken = (await witness.addSuccessor(proof)) || isTaken;
  return isTaken;
}

function alarmOf(witness: WitnessClient, result: WitnessResult): AuditAlarm {
  if (result.result === "unreachable") {
    return { problem: "witness-absent", detail: `${witness.name} did not answer: ${result.detail}` };
  }
  const detail =
    result.result === "refused" ? `${String(result.status)} ${result.detail}` : "it changes its mind";
  return { problem: "witness-refused", detail: `${witness.name} did not cosign: ${detail}` };
}

/** A witness that was asked again only to see what it has gets no second line. */
async function keepCosignatures(
  log: OpenEpoch,
  row: CheckpointRow,
  cosigned: readonly Cosigned[],
): Promise<void> {
  if (cosigned.length === 0) return;
  const { epoch, size } = row;
  const cosignedAt = log.clock.now().toISOString();
  const isChanged = await transact(log.db, async (tx) => {
    await takeCheckpointLock(tx);
    const checkpoint = await readCheckpoint(tx, epoch, size);
    if (checkpoint === undefined) return false;
    const present = new Set(parseNote(checkpoint.note).signatures.map(({ name }) => name));
    const added = cosigned.filter(({ witness }) => !present.has(witness.name)).flatMap(({ lines }) => lines);
    for (const { witness } of cosigned) {
      await writeWitness(tx, { epoch, witness: witness.name, size, cosigned_at: cosignedAt });
    }
    if (added.length === 0) return false;
    const note = addSignatureLines(checkpoint.note, added);
    await tx
      .updateTable("audit_checkpoints")
      .set({ note })
      .where("epoch", "=", epoch)
      .where("size", "=", size)
      .execute();
    return true;
  });
  if (isChanged) await publishLatest(log);
}
