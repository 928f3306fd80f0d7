import type { JsonValue } from "../audit/index.ts";
import { compromiseClock } from "./compromise-clock.ts";
import type { CompromiseClock } from "./compromise-clock.ts";
import { sinceOf } from "./compromise-actions.ts";
import { passedOver } from "./passed-over.ts";
import type { PassedOver } from "./passed-over.ts";
import { putDocuments } from "./plan-documents.ts";
import type { PlanStep } from "./plan.ts";
import { notReady } from "./step-action.ts";
import type { Action, ActionContext } from "./step-action.ts";

/**
 * `report`: the notices to those who verify, in both languages, and the report for the cryptography administration (密码管理部门), all
 * drawn from what the steps have recorded.
 */
export const writeReport: Action = async (deps, context) => {
  const facts = factsOf(context);
  const documents = [
    { name: "notice.zh.md", text: noticeZh(facts) },
    { name: "notice.en.md", text: noticeEn(facts) },
    { name: "report.zh.md", text: reportZh(facts, context) },
  ].map((document) => ({ ...document, mediaType: "text/markdown; charset=utf-8" }));
  await putDocuments(deps.db, context.plan.id, documents);
  return { result: { documents: documents.map(({ name }) => name) } };
};

interface ReportFacts {
  readonly id: string;
  readonly isDrill: boolean;
  readonly ring: ActionContext["ring"]["title"];
  readonly purpose: string;
  readonly lost: string;
  readonly lostKeyId: string;
  readonly successor: string;
  readonly since: string;
  readonly signatures: string;
  readonly owners: readonly (readonly [string, string])[];
  readonly completeness: string;
  readonly clock: CompromiseClock;
}

function factsOf(context: ActionContext): ReportFacts {
  const { plan, ring, old, nextIfMade } = context;
  const clock = compromiseClock(plan);
  const list = plan.steps.find((step) => step.do === "list-signatures")?.result;
  if (clock === undefined || old === undefined || !isRecord(list)) {
    throw notReady({ zh: "处置步骤尚不完整。", en: "The steps before the report are not complete." });
  }
  const owners = isRecord(list["owners"]) ? list["owners"] : {};
  return {
    id: plan.id,
    isDrill: plan.isDrill,
    ring: ring.title,
    purpose: plan.purpose,
    lost: String(old.version),
    lostKeyId: old.keyId,
    successor: nextIfMade === undefined ? "—" : String(nextIfMade.version),
    since: sinceOf(context).toISOString(),
    signatures: JSON.stringify(list["signatures"] ?? 0),
    owners: Object.entries(owners).map(([owner, count]) => [owner, JSON.stringify(count ?? 0)]),
    completeness: completenessOf(list),
    clock,
  };
}

function completenessOf(list: Readonly<Record<string, JsonValue | undefined>>): string {
  if (list["is_complete"] === true) return "清单完整（与计数器一致）";
  const since = list["not_recorded_before"];
  return typeof since === "string" ? `清单不完整（${since} 之前没有记录）` : "清单不完整（与计数器不一致）";
}

function isRecord(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue | undefined>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noticeZh(facts: ReportFacts): string {
  return `# 密钥泄露通知${facts.isDrill ? "（演练）" : ""}

“${facts.ring.zh}”（${facts.purpose}）的第 ${facts.lost} 版密钥已确认泄露，自 ${facts.since} 起的签名不再可信，有可信时间戳证明在此之前的除外。

- 密钥标识：${facts.lostKeyId}
- 停止签名：${facts.clock.suspendedAt.toISOString()}
- 后继密钥：第 ${facts.successor} 版${restored(facts.clock, "，启用于 ")}

请更新缓存的公钥、证书吊销列表，并重新核验上述时间之后收到的文件。处置编号：${facts.id}
`;
}

function noticeEn(facts: ReportFacts): string {
  return `# Notice of a compromised key${facts.isDrill ? " (drill)" : ""}

Version ${facts.lost} of the key "${facts.ring.en}" (${facts.purpose}) has been confirmed as compromised. Signatures made from ${facts.since} on are not to be trusted, unless a trusted time stamp proves an earlier time.

- Key id: ${facts.lostKeyId}
- Signing stopped: ${facts.clock.suspendedAt.toISOString()}
- Successor: version ${facts.successor}${restored(facts.clock, ", in use from ")}

Renew cached public keys and revocation lists, and check again what you received after that time. Reference: ${facts.id}
`;
}

function restored({ restoredAt }: CompromiseClock, text: string): string {
  return restoredAt === undefined ? "" : `${text}${restoredAt.toISOString()}`;
}

function reportZh(facts: ReportFacts, { plan, authority, old }: ActionContext): string {
  const { clock } = facts;
  const owners = facts.owners.map(([owner, count]) => `| ${cellOf(owner)} | ${count} |`);
  const steps = plan.steps.flatMap(stepLine);
  return `# 密钥泄露处置报告${facts.isDrill ? "（演练）" : ""}

报送：密码管理部门

| 项目 | 内容 |
| --- | --- |
| 处置编号 | ${facts.id} |
| 密钥用途 | ${facts.ring.zh}（${facts.purpose}）第 ${facts.lost} 版 |
| 算法 | ${old?.algorithm ?? "—"} |
| 密钥标识 | ${facts.lostKeyId} |
| 原因 | ${cellOf(authority.reason)} |
| 批准变更 | ${authority.changeId ?? "—"}（${(authority.persons ?? []).map(cellOf).join("、")}） |
| 失效时间 | ${facts.since} |
| 边界之后的签名 | ${facts.signatures} 次，${facts.completeness} |
| 发现到安全 | ${String(clock.secondsToSafe ?? "—")} 秒 |
| 发现到恢复 | ${String(clock.secondsToRestored ?? "—")} 秒 |

## 涉及的文件所有者

| 所有者 | 签名次数 |
| --- | --- |
${owners.join("\n")}

## 处置过程

| 时间 | 步骤 |
| --- | --- |
${steps.join("\n")}
`;
}

const whyPassedOver: Readonly<Record<PassedOver, string>> = {
  not_offered: "不适用：本服务没有这一步",
  not_for_drills: "不适用：演练中不做",
};

/** A step that is done, with its time; one that did nothing has none. */
function stepLine(step: PlanStep): readonly string[] {
  const { title, doneAt } = step;
  if (doneAt === undefined) return [];
  const why = passedOver(step);
  return why === undefined
    ? [`| ${doneAt.toISOString()} | ${title.zh} |`]
    : [`| — | ${title.zh}（${whyPassedOver[why]}） |`];
}

/** What a person wrote must not become another cell or row of the table. */
function cellOf(text: string): string {
  return text.replaceAll(/[|\r\n]/gu, " ");
}
