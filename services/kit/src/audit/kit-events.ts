import { z } from "zod";

import { defineAuditCatalogue } from "./catalogue.ts";

const size = z.int().min(0);
const version = z.int().min(1);
const scopeDetail = z.strictObject({
  reason: z.string(),
  /** Officers who agreed. */
  persons: z.array(z.string()).optional(),
  is_break_glass: z.boolean().optional(),
  change: z.string().optional(),
});

/** The events of what every service has: keys, plans, approvals, reading, and the audit log itself. */
export const kitEvents = defineAuditCatalogue({
  "key.created": {
    title: { zh: "密钥已生成", en: "Key created" },
    detail: z.strictObject({
      version,
      algorithm: z.string(),
      key_id: z.string(),
      is_standby: z.boolean().optional(),
      change: z.string().optional(),
      plan: z.string().optional(),
    }),
  },
  "key.moved": {
    title: { zh: "密钥状态已变更", en: "Key state changed" },
    detail: z.strictObject({
      version,
      from: z.string(),
      to: z.string(),
      reason: z.string(),
      /** Officers who agreed. */
      persons: z.array(z.string()).optional(),
      is_break_glass: z.boolean().optional(),
      change: z.string().optional(),
      plan: z.string().optional(),
      /** To `compromised`: nothing that was signed from then on counts. */
      invalid_from: z.string().optional(),
    }),
  },
  "key.limited": {
    title: { zh: "签名次数上限已设定", en: "Signature limit set" },
    /** Absent: it has none any more. */
    detail: z.strictObject({ limit: size.optional() }),
  },
  "key.drifted": {
    title: { zh: "密钥与登记不符", en: "Key is not as recorded" },
    detail: z.strictObject({
      kind: z.string(),
      key_uri: z.string(),
      version: version.optional(),
      found: z.string(),
    }),
  },
  "key.used": {
    title: { zh: "密钥已使用", en: "Key used" },
    detail: z.strictObject({ for: z.string() }),
  },
  "plan.started": {
    title: { zh: "计划已开始", en: "Plan started" },
    detail: z.strictObject({ plan: z.string(), target: z.string(), change: z.string().optional() }),
  },
  "plan.step-done": {
    title: { zh: "计划步骤已完成", en: "Plan step done" },
    detail: z.strictObject({ plan: z.string(), step: z.string() }),
  },
  "plan.step-undone": {
    title: { zh: "计划步骤已撤回", en: "Plan step taken back" },
    detail: z.strictObject({ plan: z.string(), step: z.string() }),
  },
  "plan.done": {
    title: { zh: "计划已完成", en: "Plan done" },
    detail: z.strictObject({ plan: z.string(), target: z.string() }),
  },
  "plan.stuck": {
    title: { zh: "计划受阻", en: "Plan stuck" },
    detail: z.strictObject({ plan: z.string(), step: z.string(), code: z.string() }),
  },
  "plan.superseded": {
    title: { zh: "计划已被取代", en: "Plan superseded" },
    detail: z.strictObject({ plan: z.string(), by: z.string() }),
  },
  "plan.rolled-back": {
    title: { zh: "计划已回退", en: "Plan rolled back" },
    detail: z.strictObject({ plan: z.string(), step: z.string(), change: z.string().optional() }),
  },
  "change.proposed": {
    title: { zh: "变更已提出", en: "Change proposed" },
    detail: z.strictObject({ operation: z.string(), target: z.string(), request: z.string() }),
  },
  "change.approved": {
    title: { zh: "变更已批准", en: "Change approved" },
    detail: z.strictObject({ request: z.string(), statement: z.string() }),
  },
  "change.rejected": {
    title: { zh: "变更已驳回", en: "Change rejected" },
    detail: z.strictObject({ request: z.string(), statement: z.string() }),
  },
  "change.executed": {
    title: { zh: "变更已执行", en: "Change executed" },
    detail: z.strictObject({ operation: z.string(), target: z.string(), request: z.string() }),
  },
  "change.refused": {
    title: { zh: "办理被拒绝", en: "Attempt refused" },
    /** By whom it was as the document says, which proves nothing where the signature did not hold. */
    detail: z.strictObject({ code: z.string(), why: z.string().optional(), officer: z.string().optional() }),
  },
  "change.altered": {
    title: { zh: "变更与签名不符", en: "Change is not what was signed" },
    /** Of what is stored, the first thing that is not. */
    detail: z.strictObject({ found: z.string() }),
  },
  "policy.changed": {
    title: { zh: "审批策略已变更", en: "Officer policy changed" },
    detail: z.strictObject({ version, policy: z.string() }),
  },
  "scope.frozen": {
    title: { zh: "范围已冻结", en: "Scope frozen" },
    detail: scopeDetail,
  },
  "scope.thawed": {
    title: { zh: "范围已解冻", en: "Scope thawed" },
    detail: scopeDetail,
  },
  "record.read": {
    title: { zh: "记录已被查看", en: "Record read" },
    detail: z.strictObject({ route: z.string() }),
  },
  "evidence.exported": {
    title: { zh: "证据已导出", en: "Evidence exported" },
    /** What was asked for; how many events of a log of which size were given out. */
    detail: z.strictObject({
      query: z.record(z.string(), z.json()),
      part: z.int().min(1),
      events: size,
      size,
    }),
  },
  "alarm.raised": {
    title: { zh: "告警已发出", en: "Alarm raised" },
    detail: z.strictObject({ alarm: z.string(), severity: z.string() }),
  },
  "backup.made": {
    title: { zh: "备份已完成", en: "Backup made" },
    /** `user`: whose account of the machine it was made under; nobody shows an officer's key for a backup. */
    detail: z.strictObject({ backup: z.string(), digest: z.string(), user: z.string().optional() }),
  },
  "restore.tested": {
    title: { zh: "恢复已演练", en: "Restore tested" },
    detail: z.strictObject({ backup: z.string(), passed: z.boolean(), user: z.string().optional() }),
  },
  "break-glass.used": {
    title: { zh: "应急授权已使用", en: "Break-glass used" },
    detail: z.strictObject({ request: z.string(), review_before: z.string() }),
  },
  "audit-log.converted": {
    title: { zh: "旧审计链已转入审计日志", en: "Audit chain taken into the audit log" },
    /** `broken_at`: the first event at which the old chain did not hold when it was taken over. */
    detail: z.strictObject({ events: size, last_link: z.string(), broken_at: version.optional() }),
  },
  "audit-log.key-announced": {
    title: { zh: "审计日志的后继密钥已公布", en: "Next key of the audit log announced" },
    /** What `keySuccessorStatement` of crypto/tlog makes. */
    detail: z.strictObject({
      type: z.literal("yinxin-log-key-successor"),
      origin: z.string(),
      from_key: z.string(),
      to_key: z.string(),
    }),
  },
  "audit-log.continued": {
    title: { zh: "审计日志以新纪元继续", en: "Audit log continued under a new epoch" },
    /** The last checkpoint known of the epoch before, and how many of its events the database still had. */
    detail: z.strictObject({
      origin: z.string(),
      size,
      root: z.string(),
      kept: size,
      change: z.string().optional(),
    }),
  },
});

/** The catalogue of {@link kitEvents}. */
export type KitEvents = typeof kitEvents;
