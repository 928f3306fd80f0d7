import type { Verdict } from "@yinxin/crypto/verification";

import type { Localized } from "../problems/index.ts";
import type { EvidenceQuery, EvidenceService } from "./evidence-manifest.ts";

/** Every step of the proof of a package, with its name for people. */
export const evidenceChecks = {
  "package-form": { zh: "文件格式", en: "form of the package" },
  "manifest-form": { zh: "清单格式", en: "form of the manifest" },
  "file-digests": { zh: "文件摘要", en: "digests of the files" },
  deployment: { zh: "所属部署", en: "deployment" },
  "policy-chain": { zh: "审批策略链", en: "chain of officer policies" },
  "policy-forked": { zh: "审批策略没有分叉", en: "policies are one history" },
  "manifest-signature": { zh: "清单签名", en: "signature of the manifest" },
  "manifest-revocation": { zh: "清单签名者的证书未被吊销", en: "signer's certificate was not revoked" },
  "manifest-time": { zh: "导出时间", en: "time of the export" },
  "log-trusted": { zh: "日志在信任文件中", en: "log is in the trust file" },
  "key-succession": { zh: "日志密钥更替", en: "succession of the log's keys" },
  checkpoint: { zh: "检查点签名", en: "signature of the checkpoint" },
  "witness-quorum": { zh: "见证人联署", en: "quorum of witnesses" },
  "epoch-approved": { zh: "新纪元经批准", en: "officers approved the epoch" },
  "events-included": { zh: "事件在日志中", en: "events are in the log" },
  "events-in-order": { zh: "事件次序与数目", en: "order and number of the events" },
  "range-complete": { zh: "范围的完整性", en: "completeness of the range" },
  "range-times": { zh: "范围覆盖所查时间", en: "range covers the time asked for" },
  "change-present": { zh: "事件所指变更在内", en: "change that an event names is there" },
  "change-signatures": { zh: "变更签名", en: "signatures of the change" },
  "change-agrees": { zh: "事件与批准一致", en: "event agrees with what was approved" },
  "uses-complete": { zh: "密钥使用清单完整", en: "list of the key's uses is complete" },
} as const satisfies Readonly<Record<string, Localized>>;
export type EvidenceCheckName = keyof typeof evidenceChecks;

/** `noted`: not proved, and not claimed either. */
export type EvidenceCheckResult = "passed" | "failed" | "indeterminate" | "noted";

export interface EvidenceCheck {
  readonly name: EvidenceCheckName;
  readonly result: EvidenceCheckResult;
  /** A member of the package, perhaps with a place in it: `services/seal/events/0001.jsonl#17`. */
  readonly where: string;
  /** Why, in a sentence. */
  readonly detail: string;
  readonly clause?: string;
}

/** What is proved of one service's log. */
export interface ServiceEvidence extends EvidenceService {
  /** Runs of the events that are here, `[from, to)`. */
  readonly runs: readonly (readonly [number, number])[];
  /** Witnesses of the policy that cosigned the checkpoint. */
  readonly witnesses: readonly { readonly name: string; readonly at: string }[];
}

/** What is proved of one change. */
export interface ChangeEvidence {
  readonly service: string;
  readonly id: string;
  readonly operation: string;
  readonly target: string;
  readonly verdict: "authorized" | "waiting" | "rejected" | "refused";
  /** Of a policy that the log says was put into force: its digest, and that of the one before. */
  readonly brought?: { readonly follows: string; readonly digest: string };
  /** Names of the persons who counted. */
  readonly approvers: readonly string[];
}

export interface EvidenceReport {
  readonly verdict: Extract<Verdict, "VALID" | "INVALID" | "INDETERMINATE">;
  readonly summary: Localized;
  readonly deployment?: string;
  readonly madeAt?: string;
  /** Whoever signed the manifest, once that is proved. */
  readonly madeBy?: {
    readonly officer: string;
    readonly name: string;
    readonly unit: string;
    readonly role: string;
  };
  readonly query?: EvidenceQuery;
  readonly services: readonly ServiceEvidence[];
  readonly changes: readonly ChangeEvidence[];
  readonly checks: readonly EvidenceCheck[];
  /** Members that nothing but the exporter's signature vouches for: what the service said of itself then. */
  readonly unproven: readonly string[];
}

/** Collects the checks of one package. */
export interface EvidenceChecks {
  readonly all: readonly EvidenceCheck[];
  /** Adds one and gives back whether it passed. */
  add(
    name: EvidenceCheckName,
    where: string,
    result: boolean | EvidenceCheckResult,
    detail: string,
    clause?: string,
  ): boolean;
}

/** An empty list. */
export function createEvidenceChecks(): EvidenceChecks {
  const all: EvidenceCheck[] = [];
  return {
    all,
    add: (name, where, given, detail, clause) => {
      const result = typeof given === "boolean" ? (given ? "passed" : "failed") : given;
      all.push({ name, result, where, detail, ...(clause !== undefined && { clause }) });
      return result === "passed";
    },
  };
}

/** The verdict that the checks come to, with what is proved in one sentence or what stands against it. */
export function concludeEvidence(found: Omit<EvidenceReport, "verdict" | "summary">): EvidenceReport {
  const { checks, services, changes, madeBy } = found;
  const bad = checks.find(({ result }) => result === "failed");
  const doubtful = checks.find(({ result }) => result === "indeterminate");
  const against = bad ?? doubtful;
  if (against !== undefined) {
    const title = evidenceChecks[against.name];
    const words =
      bad === undefined ? { zh: "不能确定", en: "Cannot be told" } : { zh: "证据无效", en: "Not valid" };
    const summary = {
      zh: `${words.zh}：${title.zh}（${against.where}）——${against.detail}`,
      en: `${words.en}: ${title.en} (${against.where}): ${against.detail}`,
    };
    return { verdict: bad === undefined ? "INDETERMINATE" : "INVALID", summary, ...found };
  }
  const events = services.reduce((total, service) => total + service.events, 0);
  const isComplete = services.length > 0 && services.every(({ complete }) => complete !== undefined);
  const [by, count, changed] = [madeBy?.name ?? "", String(events), String(changes.length)];
  const summary = {
    zh: `证据完整：${count} 条事件均在日志中${isComplete ? "且范围内无缺漏" : ""}，${changed} 项变更的签名有效，清单由 ${by} 签名。`,
    en: `The evidence holds: ${count} events are in the log${isComplete ? " and none of the range is missing" : ""}, the signatures of ${changed} changes are valid, and ${by} signed the manifest.`,
  };
  return { verdict: "VALID", summary, ...found };
}
