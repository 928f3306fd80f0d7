import type { Localized } from "../problems/index.ts";
import type { AuditLogState } from "../audit/index.ts";
import { limitShares } from "../key-rings/index.ts";
import type { DueReason, InventoryRow, KeyDrift, RingDevice, SignRate } from "../key-rings/index.ts";
import { attemptsUntilStuck } from "../rotations/index.ts";
import type { Plan } from "../rotations/index.ts";
import type { AlarmKind, AlarmSeverity, Finding } from "./alarm.ts";
import { bandOf } from "./end-bands.ts";

const dueKinds: Readonly<Record<DueReason["kind"], readonly [kind: AlarmKind, severity: AlarmSeverity]>> = {
  "certificate-expires": ["certificate-expires", "warning"],
  "crypto-period-ends": ["crypto-period-ends", "warning"],
  "limit-near": ["limit-near", "warning"],
  "limit-reached": ["limit-reached", "critical"],
  unused: ["key-unused", "notice"],
  "no-backup": ["no-backup", "notice"],
  "no-standby": ["no-standby", "notice"],
  "restore-test-old": ["restore-test-old", "notice"],
};

/** What the inventory of keys asks somebody to do. */
export function findingsOfKeys(rows: readonly InventoryRow[], now: Date): Finding[] {
  return rows.flatMap(({ version: { purpose, version }, due }) => {
    const where = `${purpose}/${String(version)}`;
    return due.flatMap((reason) => findingOfDue(reason, { purpose, where }, now));
  });
}

/** Keys that are not in their device as they were recorded, and keys there that nobody recorded. */
export function findingsOfDrift(drift: readonly KeyDrift[]): Finding[] {
  return drift.map(({ kind, keyUri, purpose, version, found }): Finding => {
    const where = purpose === undefined ? keyUri : `${purpose}/${String(version)}`;
    return {
      kind: "key-drifted",
      key: `${where}/${kind}/${keyUri}`,
      severity: "critical",
      subject: purpose ?? keyUri,
      detail: {
        zh: `密钥 ${where} 与登记不符（${kind}）：${found}`,
        en: `The key ${where} is not as recorded (${kind}): ${found}`,
      },
    };
  });
}

function findingOfDue(
  { kind, at, share, detail }: DueReason,
  { purpose, where }: { readonly purpose: string; readonly where: string },
  now: Date,
): Finding[] {
  const [alarm, severity] = dueKinds[kind];
  const subject = purpose;
  if (kind === "limit-near" && (share ?? 0) >= limitShares[1]) {
    return [{ kind: alarm, key: `${where}/95%`, severity: "critical", subject, detail }];
  }
  if (kind !== "certificate-expires" && kind !== "crypto-period-ends") {
    return [{ kind: alarm, key: where, severity, subject, detail }];
  }
  const band = bandOf(at ?? now, now);
  if (band === undefined) return [];
  return [{ kind: alarm, key: `${where}/${band.name}`, severity: band.severity, subject, detail }];
}

/** For how long events may wait for a checkpoint: a restart of the key store's device takes less. */
const gapMillisecondsMax = 5 * 60_000;
/** For how long a checkpoint may wait for a witness: the other service is being restarted. */
const witnessMillisecondsMax = 15 * 60_000;
/** Of the time after which signing stops: the other half is for whoever is called. */
const stopShare = 0.5;

interface AuditLogFacts {
  readonly origin: string;
  readonly now: Date;
  /** When this process first saw events without a checkpoint. */
  readonly gapSince?: Date;
  /** Whether the deployment has witnesses for it at all. */
  readonly isWitnessed: boolean;
  /** For how long the oldest event waits for a witness. */
  readonly unwitnessedSeconds?: number;
  /** After so long nothing is signed any more. */
  readonly witnessAbsenceSecondsMax?: number;
}

/** What the audit log cannot do now. */
export function findingsOfAuditLog(state: AuditLogState, facts: AuditLogFacts): Finding[] {
  return [brokenLog(state, facts), gapInLog(state, facts), missingWitness(state, facts)].filter(
    (finding) => finding !== undefined,
  );
}

function brokenLog({ problem }: AuditLogState, { origin }: AuditLogFacts): Finding | undefined {
  if (problem === undefined || problem.problem.startsWith("witness-")) return undefined;
  const { problem: code, detail } = problem;
  return {
    kind: "audit-broken",
    key: `${origin}/${code}`,
    severity: "critical",
    subject: origin,
    detail: {
      zh: `审计日志 ${origin}：${code}。${detail}`,
      en: `The audit log ${origin}: ${code}. ${detail}`,
    },
  };
}

function gapInLog(
  { size, checkpointedSize }: AuditLogState,
  { origin, now, gapSince }: AuditLogFacts,
): Finding | undefined {
  const waits = size - checkpointedSize;
  const isLong = gapSince !== undefined && now.getTime() - gapSince.getTime() > gapMillisecondsMax;
  if (waits <= 0 || !isLong) return undefined;
  return {
    kind: "audit-gap",
    key: origin,
    severity: "critical",
    subject: origin,
    detail: {
      zh: `审计日志 ${origin} 有 ${String(waits)} 条事件未进入检查点。`,
      en: `${String(waits)} events of ${origin} wait for a checkpoint.`,
    },
  };
}

function missingWitness(state: AuditLogState, facts: AuditLogFacts): Finding | undefined {
  const { origin, now, isWitnessed } = facts;
  const { checkpointedSize, witnessedSize, witnessedAt } = state;
  const stopsSoon = willStop(facts);
  if (!stopsSoon && (!isWitnessed || witnessedSize >= checkpointedSize)) return undefined;
  const isLate = witnessedAt === undefined || now.getTime() - witnessedAt.getTime() > witnessMillisecondsMax;
  if (!stopsSoon && (!isLate || !gapOrAbsent(state))) return undefined;
  return {
    kind: "witness-missing",
    key: origin,
    severity: "critical",
    subject: origin,
    detail: {
      zh: `审计日志 ${origin} 的检查点没有见证签名（${String(witnessedSize)} / ${String(checkpointedSize)}）。`,
      en: `No witness has cosigned ${origin} lately (${String(witnessedSize)} of ${String(checkpointedSize)} events).`,
    },
  };
}

/** Whether the stop rule will be the next to tell of it, or has spoken already. */
function willStop({ unwitnessedSeconds = 0, witnessAbsenceSecondsMax: most }: AuditLogFacts): boolean {
  return most !== undefined && unwitnessedSeconds >= most * stopShare;
}

/** A log that was never witnessed may have been started a moment ago: the log itself says when that is too long. */
function gapOrAbsent({ problem, witnessedAt }: AuditLogState): boolean {
  return witnessedAt !== undefined || problem?.problem === "witness-absent";
}

/** Plans that wait for a person. */
export function findingsOfPlans(plans: readonly Plan[]): Finding[] {
  return plans.flatMap(({ id, purpose, state, problem }): Finding[] => {
    // A roll-back that cannot go on stays one, however often it was tried.
    const cannotGoBack = state === "rolling-back" && (problem?.attempts ?? 0) >= attemptsUntilStuck;
    if (state !== "stuck" && !cannotGoBack) return [];
    const step = problem?.step ?? "";
    const detail = problem?.detail ?? { zh: "原因不明", en: "no reason is known" };
    return [
      {
        kind: "plan-stuck",
        key: `${id}/${step}`,
        severity: "critical",
        subject: purpose,
        detail: {
          zh: `计划 ${id}（${purpose}）停在步骤 ${step}：${detail.zh}`,
          en: `The plan ${id} of ${purpose} is stuck at ${step}: ${detail.en}`,
        },
      },
    ];
  });
}

/** Rings that could not be rotated when they must be. */
export function findingsOfMissingPlans(problems: readonly Localized[]): Finding[] {
  return problems.map((detail) => {
    return { kind: "plan-missing", key: detail.en, severity: "warning", subject: "rotations", detail };
  });
}

/** An hour with this many times the signatures of the busiest hour of a week is told of. */
const rateFactor = 5;
/** Below this many in an hour nothing is unusual. */
const rateFloor = 100;

/** Rings that sign far more than they ever did. */
export function findingsOfRates(rates: readonly SignRate[]): Finding[] {
  return rates.flatMap(({ purpose, lastHour, busiestHour }): Finding[] => {
    if (lastHour < rateFloor || lastHour <= rateFactor * busiestHour) return [];
    return [
      {
        kind: "sign-rate",
        key: purpose,
        severity: "critical",
        subject: purpose,
        detail: {
          zh: `${purpose} 一小时内签名 ${String(lastHour)} 次，此前七天最多 ${String(busiestHour)} 次。`,
          en: `${purpose} signed ${String(lastHour)} times in an hour; the most in an hour of the week before was ${String(busiestHour)}.`,
        },
      },
    ];
  });
}

/** Uses of the break-glass key that nobody has reviewed yet. */
export function findingsOfBreakGlass(
  uses: readonly { readonly id: string; readonly usedAt: string; readonly reviewBefore: string }[],
  now: Date,
): Finding[] {
  return uses.map(({ id, usedAt, reviewBefore }): Finding => {
    const isLate = Date.parse(reviewBefore) < now.getTime();
    return {
      kind: "break-glass",
      key: `${id}${isLate ? "/late" : ""}`,
      severity: "critical",
      subject: id,
      detail: {
        zh: `变更 ${id} 于 ${usedAt} 使用了应急授权，须在 ${reviewBefore} 前由两人复核${isLate ? "，已逾期" : ""}。`,
        en: `The change ${id} was made by break-glass at ${usedAt}; two officers must review it by ${reviewBefore}${isLate ? ", which has passed" : ""}.`,
      },
    };
  });
}

/** What the key store says of itself. */
export function findingsOfDevice({ name, state, remainingTries }: RingDevice): Finding[] {
  const low = remainingTries === undefined ? [] : [fewTries(name, remainingTries)];
  if (state === "ready") return low;
  const isLatched = state === "latched";
  return [
    ...low,
    {
      kind: isLatched ? "pin-latched" : "device-unavailable",
      key: `${name}/${state}`,
      severity: state === "degraded" ? "warning" : "critical",
      subject: name,
      detail: isLatched
        ? {
            zh: `${name}：PIN 被拒绝过，为不锁死设备已停止尝试。`,
            en: `${name}: the PIN was refused, and is not tried again so that the device does not lock.`,
          }
        : { zh: `${name} 的状态是 ${state}。`, en: `${name} is ${state}.` },
    },
  ];
}

function fewTries(name: string, remainingTries: number): Finding {
  const left = String(remainingTries);
  return {
    kind: "pin-low",
    key: `${name}/${left}`,
    severity: remainingTries <= 1 ? "critical" : "warning",
    subject: name,
    detail: {
      zh: `${name}：PIN 还可尝试 ${left} 次。`,
      en: `${name}: ${left} tries of the PIN are left.`,
    },
  };
}
