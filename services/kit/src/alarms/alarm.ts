import type { Localized } from "../problems/index.ts";

/** How much it hurts to wait: `notice` can be planned, `warning` is for this week, `critical` for now. */
export const alarmSeverities = ["notice", "warning", "critical"] as const;
export type AlarmSeverity = (typeof alarmSeverities)[number];

/** Everything that an officer is told of, by kind. */
export const alarmKinds = {
  "certificate-expires": { zh: "证书即将到期", en: "Certificate expires" },
  "crypto-period-ends": { zh: "密钥使用期将满", en: "Crypto-period ends" },
  "limit-near": { zh: "签名次数接近上限", en: "Signature limit is near" },
  "limit-reached": { zh: "签名次数已达上限", en: "Signature limit is reached" },
  "key-unused": { zh: "密钥长期未用", en: "Key unused" },
  "no-backup": { zh: "密钥没有备份", en: "Key has no backup" },
  "no-standby": { zh: "没有备用密钥", en: "No stand-by key" },
  "restore-test-old": { zh: "恢复演练已过期", en: "Restore test is old" },
  "key-drifted": { zh: "设备中的密钥与登记不符", en: "Key in the device is not as recorded" },
  "device-unavailable": { zh: "密码设备不可用", en: "Device is not available" },
  "pin-latched": { zh: "PIN 已停止尝试", en: "PIN is latched" },
  "pin-low": { zh: "PIN 剩余次数不多", en: "Few PIN tries are left" },
  "audit-gap": { zh: "审计日志有事件未进入检查点", en: "Audit events are not under a checkpoint" },
  "audit-broken": { zh: "审计日志不能继续", en: "Audit log cannot continue" },
  "witness-missing": { zh: "缺少见证签名", en: "Witness is missing" },
  "plan-missing": { zh: "密钥没有可用的轮换计划", en: "Key could not be rotated" },
  "plan-stuck": { zh: "计划停滞", en: "Plan is stuck" },
  "change-waiting": { zh: "变更等待批准", en: "Change waits for approval" },
  "change-altered": { zh: "变更与签名不符", en: "Change is not what was signed" },
  "attempts-refused": { zh: "多次办理被拒绝", en: "Several attempts were refused" },
  stopped: { zh: "密钥或单位已被停用", en: "Key or unit is stopped" },
  "officer-certificate-expires": { zh: "管理人员证书即将到期", en: "Officer's certificate expires" },
  "break-glass": { zh: "应急授权待复核", en: "Break-glass awaits its review" },
  "sign-rate": { zh: "签名频率异常", en: "Unusual rate of signatures" },
  "check-failed": { zh: "检查未能进行", en: "A check could not be made" },
  test: { zh: "告警测试", en: "Test of the alarms" },
} as const satisfies Readonly<Record<string, Localized>>;
export type AlarmKind = keyof typeof alarmKinds;

/** Something that is so now. */
export interface Finding {
  readonly kind: AlarmKind;
  /** Tells this finding from others of its kind, for as long as it is the same: `seal.maker/2/30d`. */
  readonly key: string;
  readonly severity: AlarmSeverity;
  /** A purpose, a scope, a plan, a log. */
  readonly subject: string;
  /** One sentence, without secrets. */
  readonly detail: Localized;
}

/** A finding that was told, until it is no longer so. */
export interface Alarm extends Finding {
  readonly id: `alarm_${string}`;
  readonly raisedAt: Date;
  readonly clearedAt?: Date;
}
