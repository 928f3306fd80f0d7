import type { Kysely } from "kysely";

import type { Log } from "../log/index.ts";
import { AuditLogError } from "./audit-log-error.ts";
import type { AuditAlarm, AuditLogOptions, SignedCheckpoint } from "./audit-log-options.ts";
import type { AuditTables } from "./audit-tables.ts";
import { openCheckpointFolder } from "./checkpoint-folder.ts";
import { readHead, readLatestCheckpoint } from "./checkpoint-rows.ts";
import { compareTail } from "./known-checkpoint.ts";
import { judgeEpoch } from "./epoch-continuations.ts";
import { folderOfEpoch, originOfEpoch } from "./log-epoch.ts";
import { makeCheckpoint, readLastSigned, signedCheckpointOf } from "./make-checkpoint.ts";
import type { OpenEpoch } from "./make-checkpoint.ts";
import { askWitnesses } from "./witness-round.ts";

/** Checkpoints one after the other, in this process. */
export interface CheckpointRounds {
  /** Signs, publishes, and asks the witnesses. @throws AuditLogError */
  next(): Promise<SignedCheckpoint>;
  /** What stood in the way of the last round. */
  alarms(): readonly AuditAlarm[];
}

/** Losing so many races in a row means that something else is wrong. */
const attemptsMax = 10;

/** Services of a deployment start one after the other: so long a witness that does not answer yet worries nobody. */
const startMilliseconds = 3 * 60 * 1000;

/** The rounds of a log; each begins when the one before has ended. */
export function createCheckpointRounds<Schema>(options: AuditLogOptions<Schema>): CheckpointRounds {
  const db = options.db as unknown as Kysely<AuditTables>;
  const alarms: RaisedAlarms = new Map();
  const settle = settlingAlarms(options, alarms);
  let opened: OpenEpoch | undefined;
  let epoch = 1;
  /** Kept until officers begin another epoch: that a witness is silent now does not undo what it said. */
  let final: { readonly epoch: number; readonly error: AuditLogError } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const open = async (): Promise<OpenEpoch> => {
    epoch = (await readHead(db))?.epoch ?? epoch;
    if (final?.epoch === epoch) throw final.error;
    if (opened?.epoch !== epoch) opened = await openEpoch(options, db, epoch);
    return opened;
  };
  const round = async (): Promise<SignedCheckpoint> => {
    try {
      const log = await open();
      const made = await makeCheckpointAgainst(log);
      const missing = await askWitnesses(log, options.witnesses);
      settle(missing.alarms);
      const row = await readLatestCheckpoint(db, log.epoch);
      return row === undefined ? made : signedCheckpointOf(log.origin, row);
    } catch (cause) {
      const error = problemOf(cause);
      if (error.isFinal) final = { epoch, error };
      settle([{ problem: error.code, detail: error.message }], cause);
      throw error;
    }
  };
  return {
    next: async () => {
      const mine = turn.then(round);
      turn = mine.catch(() => undefined);
      return await mine;
    },
    alarms: () => [...alarms.values()].map(({ alarm }) => alarm),
  };
}

async function makeCheckpointAgainst(log: OpenEpoch): Promise<SignedCheckpoint> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const made = await makeCheckpoint(log);
    if (made !== undefined) return made;
  }
  throw new AuditLogError("folder-unusable", "other processes made checkpoints faster than this one");
}

/** Opens the epoch and holds what is there against what was signed, before anything new is. */
async function openEpoch<Schema>(
  options: AuditLogOptions<Schema>,
  db: Kysely<AuditTables>,
  epoch: number,
): Promise<OpenEpoch> {
  const { openKeys, knownKeys, recordKeyUse, clock, randomBytes } = options;
  const wrong = await judgeEpoch({ db, origin: options.origin, epoch }, options.isApproved);
  if (wrong !== undefined) throw new AuditLogError("diverged", wrong);
  const folder = await openCheckpointFolder(folderOfEpoch(options.folder, epoch), randomBytes);
  await folder.removeLeftovers(clock.now());
  const log: OpenEpoch = {
    db,
    epoch,
    origin: originOfEpoch(options.origin, epoch),
    folder,
    openKeys,
    knownKeys: knownKeys ?? (async () => (await openKeys()).map(({ signer }) => signer.publicKey)),
    ...(recordKeyUse !== undefined && { recordKeyUse }),
    clock,
    vouched: new Map(),
  };
  await compareWithSigned(log, options.log);
  await askWitnesses(log, options.witnesses, true);
  return log;
}

async function compareWithSigned(log: OpenEpoch, serviceLog: Log): Promise<void> {
  const last = await readLastSigned(log);
  const size = (await readHead(log.db))?.size ?? 0;
  if (last.folder !== undefined && last.folder.size <= size) await compareTail(log, last.folder);
  const stored = last.stored?.size ?? 0;
  if (last.folder !== undefined || stored === 0) return;
  const fields = { epoch: log.epoch, size: stored };
  serviceLog.warn(fields, "the audit folder is empty: it is made again from the database");
}

function problemOf(cause: unknown): AuditLogError {
  if (cause instanceof AuditLogError) return cause;
  const detail = cause instanceof Error ? cause.message : "it failed";
  return new AuditLogError("folder-unusable", `the audit folder or database cannot be used: ${detail}`, {
    cause,
  });
}

type RaisedAlarms = Map<string, { readonly alarm: AuditAlarm; readonly isQuiet: boolean }>;

/** Tells what is new, and forgets what passed. Who is absent while everything starts is told again if it stays away. */
function settlingAlarms<Schema>(
  { clock, log, onAlarm }: AuditLogOptions<Schema>,
  alarms: RaisedAlarms,
): (current: readonly AuditAlarm[], cause?: unknown) => void {
  const startedAt = clock.now().getTime();
  return (current, cause) => {
    const keys = new Map(current.map((alarm) => [`${alarm.problem} ${alarm.detail}`, alarm]));
    for (const key of alarms.keys()) if (!keys.has(key)) alarms.delete(key);
    const isStarting = clock.now().getTime() - startedAt < startMilliseconds;
    for (const [key, alarm] of keys) {
      const known = alarms.get(key);
      const isQuiet = alarm.problem === "witness-absent" && isStarting;
      if (known?.isQuiet === isQuiet) continue;
      alarms.set(key, { alarm, isQuiet });
      const fields = { problem: alarm.problem, detail: alarm.detail, err: cause };
      if (isQuiet) log.warn(fields, "a witness of the audit log does not answer yet");
      else log.error(fields, "the audit log needs an officer");
      if (known === undefined) onAlarm?.(alarm);
    }
  };
}
