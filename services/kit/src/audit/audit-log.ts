import type { Kysely } from "kysely";

import type { HealthCheck } from "../health/index.ts";
import type { AuditAlarm, AuditLogOptions, AuditLogState, SignedCheckpoint } from "./audit-log-options.ts";
import type { AuditTables } from "./audit-tables.ts";
import { createCheckpointRounds } from "./checkpoint-rounds.ts";
import { readHead, readLatestCheckpoint, readWitnesses } from "./checkpoint-rows.ts";
import { unwitnessedSeconds } from "./stop-rule.ts";

export interface AuditLog {
  /**
   * Signs a checkpoint over every event there is, unless the last one already covers them; asks the witnesses; and gives
   * the latest.
   *
   * @throws AuditLogError if the log cannot go on.
   */
  checkpoint(): Promise<SignedCheckpoint>;
  /** Makes checkpoints by itself, a second after the last one if anything happened. */
  start(): void;
  /** Makes the last one and ends. */
  stop(): Promise<void>;
  state(): Promise<AuditLogState>;
  /** For readiness, under the name `audit`: fails while the log cannot go on, or by the stop rule. */
  readonly check: HealthCheck;
}

/** An edit of an event in this time is not yet provable; checkpoints more often cost more than they tell. */
const checkpointMilliseconds = 1000;

/**
 * The Merkle log over the events of one service: what makes checkpoints, keeps them outside the database, and has them
 * cosigned. Any number of processes may run one over the same database.
 *
 * Before a process signs for the first time it holds the last events against the folder and asks the witnesses what they
 * have. From then on nothing is signed that does not continue both; where that is not possible the log stops, says so, and
 * waits for an officer.
 */
export function createAuditLog<Schema>(options: AuditLogOptions<Schema>): AuditLog {
  const db = options.db as unknown as Kysely<AuditTables>;
  const rounds = createCheckpointRounds(options);
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;

  const tick = (): void => {
    timer = setTimeout(() => {
      // What fails was told as an alarm and is tried again.
      void rounds
        .next()
        .catch(() => undefined)
        .then(() => {
          if (isRunning) tick();
        });
    }, checkpointMilliseconds);
  };

  return {
    checkpoint: () => rounds.next(),
    start: () => {
      if (isRunning) return;
      isRunning = true;
      tick();
    },
    stop: async () => {
      isRunning = false;
      clearTimeout(timer);
      await rounds.next().catch(() => undefined);
    },
    state: () => readState(db, rounds.alarms()[0]),
    check: async () => {
      const problem = rounds.alarms().find((alarm) => !alarm.problem.startsWith("witness-"));
      if (problem !== undefined) throw new Error(`${problem.problem}: ${problem.detail}`);
      await checkWitnessed(options, db);
    },
  };
}

async function readState(db: Kysely<AuditTables>, problem: AuditAlarm | undefined): Promise<AuditLogState> {
  const { size, epoch } = (await readHead(db)) ?? { size: 0, epoch: 1 };
  const latest = await readLatestCheckpoint(db, epoch);
  const [witnessed] = [...(await readWitnesses(db, epoch))].sort((one, other) => other.size - one.size);
  return {
    size,
    checkpointedSize: latest?.size ?? 0,
    witnessedSize: witnessed?.size ?? 0,
    ...(witnessed !== undefined && { witnessedAt: new Date(witnessed.cosigned_at) }),
    ...(problem !== undefined && { problem }),
  };
}

async function checkWitnessed<Schema>(
  { witnessAbsenceSecondsMax, clock }: AuditLogOptions<Schema>,
  db: Kysely<AuditTables>,
): Promise<void> {
  if (witnessAbsenceSecondsMax === undefined) return;
  const seconds = await unwitnessedSeconds(db, clock.now());
  if (seconds > witnessAbsenceSecondsMax) {
    throw new Error(`no witness has cosigned for ${String(seconds)} s`);
  }
}
