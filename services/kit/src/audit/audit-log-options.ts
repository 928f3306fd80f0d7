import type { Signer } from "@yinxin/crypto/signer";
import type { Kysely } from "kysely";

import type { Clock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";
import type { WitnessClient } from "../witness/witness-client.ts";
import type { KeyUse } from "./audit-event.ts";
import type { AuditLogProblem } from "./audit-log-error.ts";
import type { JudgeContinuation } from "./epoch-continuations.ts";
import type { RecordKeyUse } from "./audit-trail.ts";

/** A key that signs checkpoints of the log; an `OpenKey` of a ring is one. */
export interface AuditLogKey {
  readonly signer: Signer;
  /** Counted with {@link AuditLogOptions.recordKeyUse} in the transaction that stores the checkpoint. */
  readonly use?: KeyUse;
}

export interface AuditLogOptions<Schema> {
  readonly db: Kysely<Schema>;
  /** Names the log for good (C2SP tlog-checkpoint), e.g. `yinxin.example/audit/seal`; also the name of its keys. */
  readonly origin: string;
  /** Outside the database, and only this log's: the C2SP tlog-tiles layout, which any web server can serve. */
  readonly folder: string;
  /** Asked before a later epoch is signed for. Absent: the event that begins it is enough. */
  readonly isApproved?: JudgeContinuation;
  /** The keys that sign now: the active one; while it is rotated both, the old one first. */
  readonly openKeys: () => Promise<readonly AuditLogKey[]>;
  /**
   * Public keys (SubjectPublicKeyInfo) of every version of the ring, so that a checkpoint by a key that no longer signs is
   * still known as the log's own. Absent: those of `openKeys`.
   */
  readonly knownKeys?: () => Promise<readonly Uint8Array[]>;
  readonly recordKeyUse?: RecordKeyUse;
  readonly witnesses: readonly WitnessClient[];
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Told of everything an officer must hear; each problem once until it passes. */
  readonly onAlarm?: (alarm: AuditAlarm) => void;
  /**
   * The stop rule: after so many seconds in which events waited and no witness cosigned, the log's check fails, and with it
   * readiness; `createStopRule` stops the keys. Absent: a missing witness is told, and nothing stops.
   */
  readonly witnessAbsenceSecondsMax?: number;
}

export interface AuditAlarm {
  readonly problem: AuditLogProblem;
  readonly detail: string;
}

/** A checkpoint as it was published: the note with every signature and cosignature collected so far. */
export interface SignedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly signedAt: Date;
}

export interface AuditLogState {
  /** Events in the log. */
  readonly size: number;
  /** Of these, under a signed checkpoint. */
  readonly checkpointedSize: number;
  /** Of these, under a checkpoint that at least one witness cosigned. */
  readonly witnessedSize: number;
  readonly witnessedAt?: Date;
  readonly problem?: AuditAlarm;
}
