import { base64Of, equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { consistencyProof, hashReaderOfTiles, leavesProof, treeRoot } from "@yinxin/crypto/tlog";
import type { HashReader } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import { recordLeavesMax, rootOfHead } from "../approvals/index.ts";
import type { AuditHead, LogRecord } from "../approvals/index.ts";
import { AuditLogError } from "../audit/index.ts";
import type { AuditLog } from "../audit/index.ts";
import { openSignedLog } from "../audit/signed-log.ts";
import type { SignedLog } from "../audit/signed-log.ts";

/** What the approvals of a service ask its audit log. */
export interface ChangeLog {
  /**
   * What the log says of a change, with the proof; undefined while no checkpoint covers any of it.
   *
   * @param head what the proposer saw, from which the log is proved to go on.
   * @param wanted an action that must be among it, for which a checkpoint is made if need be.
   */
  record(change: string, head?: AuditHead, wanted?: string): Promise<LogRecord | undefined>;
  /** Whether this is a state that the log, with the events in the database, was in. */
  wasAt(head: AuditHead): Promise<boolean>;
}

export interface ChangeLogOptions<Schema> {
  readonly db: Kysely<Schema>;
  /** Both without an epoch. */
  readonly folder: string;
  readonly origin: string;
  readonly auditLog: Pick<AuditLog, "checkpoint">;
}

/** The audit log of a service, as far as its changes are concerned. */
export function createChangeLog<Schema>(options: ChangeLogOptions<Schema>): ChangeLog {
  return {
    record: async (change, head, wanted) => {
      const log = await openSignedLog(options);
      const found = log && (await recordIn(log, change, head).catch(nothing));
      const isMissing = wanted !== undefined && found?.actions.includes(wanted) !== true;
      if (!isMissing) return found?.record;
      await options.auditLog.checkpoint().catch((cause: unknown) => {
        // A log that cannot go on still has the checkpoint that it has.
        if (!(cause instanceof AuditLogError)) throw cause;
      });
      const later = await openSignedLog(options);
      return later && (await recordIn(later, change, head).catch(nothing))?.record;
    },
    wasAt: async (head) => {
      const log = await openSignedLog(options);
      if (log?.origin !== head.origin) return false;
      return (await isState(log, head).catch(nothing)) ?? false;
    },
  };
}

/** Where tiles are gone nothing can be proved; what was signed can be shown all the same. */
function nothing(): undefined {
  return undefined;
}

async function isState(log: SignedLog, head: AuditHead): Promise<boolean> {
  // A checkpoint is in the folder a moment before it is in the database; its tiles are there before both.
  const size = Math.max(head.size, log.checkpoint.size);
  const root = await treeRoot(hashReaderOfTiles(log.readTiles, size).readHashes, head.size);
  return equalBytes(root, rootOfHead(head)) && (await log.hasEventsBefore(head.size));
}

function hashesOf({ readTiles, checkpoint }: SignedLog): HashReader {
  return hashReaderOfTiles(readTiles, checkpoint.size).readHashes;
}

async function recordIn(
  log: SignedLog,
  change: string,
  head: AuditHead | undefined,
): Promise<{ readonly record: LogRecord; readonly actions: readonly string[] } | undefined> {
  const events = await log.eventsAbout(change, actionsOfChange, recordLeavesMax);
  if (events.length === 0) return undefined;
  const { checkpoint } = log;
  const readHashes = hashesOf(log);
  const indexes = events.map(({ index }) => index);
  const proof = await headProof(readHashes, head, checkpoint.size);
  return {
    actions: events.map(({ action }) => action),
    record: {
      checkpoint: checkpoint.note,
      successions: [...(await log.successions())],
      leaves: events.map(({ leaf }) => base64Of(utf8Of(leaf))),
      hashes: (await leavesProof(readHashes, indexes, checkpoint.size)).map(base64Of),
      ...(proof && { head: proof.map(base64Of) }),
    },
  };
}

/** Those that tell of the change itself; what somebody tried and was refused is no part of its proof. */
const actionsOfChange = [
  "change.proposed",
  "change.approved",
  "change.rejected",
  "change.executed",
  "break-glass.used",
] as const;

async function headProof(
  readHashes: HashReader,
  head: AuditHead | undefined,
  size: number,
): Promise<readonly Uint8Array[] | undefined> {
  if (head === undefined || head.size === 0 || head.size > size) return undefined;
  return await consistencyProof(readHashes, head.size, size);
}
