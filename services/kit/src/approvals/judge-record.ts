import { bytesOfBase64, bytesOfHex } from "@yinxin/crypto/bytes";
import { verifyConsistency } from "@yinxin/crypto/tlog";
import type { Checkpoint, LogPolicy } from "@yinxin/crypto/tlog";

import type { SignedChange } from "./change-export.ts";
import type { ChangeVerification, CheckList } from "./change-report.ts";
import type { AuditHead, ChangeRequest } from "./change-request.ts";
import { clockToleranceMilliseconds } from "./judge-change.ts";
import { originWithoutEpoch, verifyLogRecord } from "./log-record.ts";
import type { LoggedEvent, LogRecord } from "./log-record.ts";

/** What a record is held against. */
export interface RecordJudging {
  readonly request: ChangeRequest;
  /** Of the request. */
  readonly digest: string;
  readonly logs: LogPolicy | undefined;
  readonly where: string;
  readonly list: CheckList;
}

/**
 * What the audit log says of a change, as far as that is proved: the events, all of this very request, in a log that goes on from what
 * the proposer saw. A log that the trust file does not have proves nothing, and is no fault.
 *
 * @returns the events; empty if nothing is proved.
 */
export function judgeRecord(
  { recorded }: Pick<SignedChange, "recorded">,
  { request, digest, logs, where, list }: RecordJudging,
): readonly LoggedEvent[] {
  if (recorded === undefined) return [];
  const reading = verifyLogRecord(recorded, logs);
  if (reading.problem !== undefined) {
    if (!reading.isStranger) list.add("log-record", where, false, reading.problem, "RFC 9162 §2.1.1");
    return [];
  }
  const { checkpoint, events } = reading;
  const isOfThis = events.every(
    ({ subject, detail }) => subject === request.id && detail["request"] === digest,
  );
  const detail = isOfThis
    ? `${checkpoint.origin} holds ${String(events.length)} events about it.`
    : "An event of the record is about another request.";
  const isProved = list.add("log-record", where, isOfThis, detail);
  checkHead(request, recorded, checkpoint, { where, list });
  return isProved ? events : [];
}

/** Whether the log is the one that the proposer saw, gone on. */
function checkHead(
  { audit_head: head }: ChangeRequest,
  { head: proof }: LogRecord,
  { origin, size, root }: Checkpoint,
  { where, list }: Pick<RecordJudging, "where" | "list">,
): void {
  if (head === undefined || head.size === 0) return;
  const goesOn =
    originWithoutEpoch(head.origin) === originWithoutEpoch(origin) &&
    proof !== undefined &&
    verifyConsistency({
      firstSize: head.size,
      firstRoot: rootOfHead(head),
      secondSize: size,
      secondRoot: root,
      proof: proof.map((text) => bytesOfBase64(text)),
    });
  const detail = goesOn
    ? `The log goes on from the ${String(head.size)} events that the proposer saw.`
    : `The log does not go on from the ${String(head.size)} events of ${head.origin} that the proposer saw.`;
  list.add("audit-head", where, goesOn, detail, "RFC 9162 §2.1.4");
}

/** The root in a request's `audit_head`. */
export function rootOfHead({ root }: AuditHead): Uint8Array {
  return bytesOfHex(root.replace(/^sha-256:/, ""));
}

/** Whether the log shows that an approved change was done while it might be. */
export function wasExecuted(
  events: readonly LoggedEvent[],
  { window }: Pick<ChangeVerification, "window">,
): boolean {
  if (window === undefined) return false;
  const from = Date.parse(window.from) - clockToleranceMilliseconds;
  const until = Date.parse(window.until) + clockToleranceMilliseconds;
  return events.some(({ action, occurred_at }) => {
    const at = Date.parse(occurred_at);
    return action === "change.executed" && at >= from && at <= until;
  });
}
