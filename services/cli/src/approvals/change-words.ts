import type { ChangeRequest, ChangeSignature } from "@yinxin/service-kit/approvals";

import { localTime } from "../terminal/index.ts";
import type { Bilingual, Language } from "../terminal/index.ts";

type Words = (target: string) => Bilingual;

const both = (zh: string, en: string): Bilingual => ({ zh, en });

/** What each core operation does, as one says it. */
const operationWords: Readonly<Record<string, Words>> = {
  "key.rotate": (t) => both(`轮换密钥 ${t}`, `rotate the key ${t}`),
  "key.suspend": (t) => both(`挂起密钥 ${t}：立即停止签名`, `suspend the key ${t}: it stops signing at once`),
  "key.resume": (t) => both(`恢复密钥 ${t}：重新开始签名`, `resume the key ${t}: it signs again`),
  "key.compromise": (t) =>
    both(`宣告密钥 ${t} 已泄露，不可撤回`, `declare the key ${t} compromised, which cannot be taken back`),
  "key.destroy": (t) => both(`永久销毁密钥 ${t}`, `destroy the key ${t} for good`),
  "key.destroy-cancel": (t) => both(`取消销毁密钥 ${t}`, `call off the destruction of the key ${t}`),
  "key.drill": (t) => both(`演练 ${t} 的泄露处置`, `practise the compromise of ${t}, on a throw-away ring`),
  "key.standby": (t) => both(`为 ${t} 准备备用密钥`, `prepare a stand-by key for ${t}`),
  "scope.freeze": (t) => both(`冻结 ${t}`, `freeze ${t}`),
  "scope.thaw": (t) => both(`解冻 ${t}`, `thaw ${t}`),
  "policy.change": (t) =>
    both(`更改审批策略（${t}）`, `change who the officers are and what it takes (${t})`),
  "plan.roll-back": (t) => both(`回退计划 ${t}`, `roll back the plan ${t}`),
  "audit.continue": (t) =>
    both(`以新纪元继续审计日志 ${t}`, `let the audit log ${t} go on under a new epoch`),
  "audit.replace-key": (t) =>
    both(`为已泄露的 ${t} 的后继密钥作保`, `vouch for the key that takes the place of the lost one of ${t}`),
  "client.suspend": (t) =>
    both(`停用客户端 ${t} 的全部密钥`, `turn away the client ${t}, whichever key it shows`),
  "client.replace-key": (t) =>
    both(
      `以新密钥取代客户端 ${t} 的全部密钥`,
      `let a new key take the place of every key of the client ${t}`,
    ),
  "break-glass.review": (t) => both(`复核应急授权 ${t}`, `review the use of the emergency key ${t}`),
};

/** What a change would do, in plain words; an operation that only its service knows is named. */
export function changeInWords(
  { operation, target }: Pick<ChangeRequest, "operation" | "target">,
  language: Language,
): string {
  const words = Object.hasOwn(operationWords, operation) ? operationWords[operation] : undefined;
  return (words?.(target) ?? both(`${operation} ${target}`, `${operation} ${target}`))[language];
}

const stateWords: Readonly<Record<string, Bilingual>> = {
  waiting: both("待批准", "waiting"),
  ready: both("可执行", "ready"),
  executed: both("已执行", "executed"),
  rejected: both("已驳回", "rejected"),
  expired: both("已过期", "expired"),
  altered: both("与签名不符", "altered: not what was signed"),
};

const superseded = both("已失效：审批策略已被替换", "void: its policy was replaced");

/** A state of a change for a person; of one whose policy was replaced, that it was. */
export function changeStateInWords(
  { state, endedBy }: { readonly state: string; readonly endedBy?: string | undefined },
  language: Language,
): string {
  if (endedBy === "policy-superseded") return superseded[language];
  return stateWords[state]?.[language] ?? state;
}

const verdictWords: Readonly<Record<string, Bilingual>> = {
  authorized: both("批准人数已足", "approved by enough persons"),
  waiting: both("尚需批准", "more approvals are needed"),
  rejected: both("已被驳回", "rejected"),
  refused: both("不可采信", "not to be believed"),
};

/** What the signatures under a change prove, for a person. */
export function verdictInWords(verdict: string, language: Language): string {
  return verdictWords[verdict]?.[language] ?? verdict;
}

const roleWords: Readonly<Record<string, Bilingual>> = {
  "system-administrator": both("系统管理员", "system administrator"),
  "security-officer": both("安全管理员", "security officer"),
  auditor: both("审计管理员", "auditor"),
  "break-glass": both("应急授权", "emergency key"),
};

/** A role for a person. */
export function roleInWords(role: string, language: Language): string {
  return roleWords[role]?.[language] ?? role;
}

const decisionWords: Readonly<Record<ChangeSignature["decision"], Bilingual>> = {
  propose: both("申请", "asked for it"),
  approve: both("批准", "approved"),
  reject: both("驳回", "rejected"),
};

const reasonWords: Readonly<Record<string, Bilingual>> = {
  "role-not-permitted": both("其角色不能批准", "this role does not approve"),
  "person-counted": both("同一人已计入", "this person counts already"),
  "own-request": both("申请人不能独自批准", "nobody approves their own request alone"),
  "not-for-break-glass": both("应急密钥不能决定此事", "not for the emergency key to decide"),
  "is-rejection": both("是驳回", "it is a rejection"),
  "not-needed": both("人数已足", "enough signed before"),
};

/** One signature as a line: who, in which role, of which unit, what, when, and whether it counts. */
export function signatureInWords(signature: ChangeSignature, language: Language): string {
  const { name, unit, role, decision, at, counts, why } = signature;
  const time = localTime(at);
  const who = `${name}（${roleInWords(role, language)}，${unit}）`;
  const plain = `${name} (${roleInWords(role, language)}, ${unit})`;
  const word = decisionWords[decision][language];
  const reason = why === undefined ? "" : (reasonWords[why]?.[language] ?? why);
  if (language === "zh") return `${who} ${word} ${time}${counts ? " · 计入" : ` · 不计入：${reason}`}`;
  return `${plain} ${word} ${time}${counts ? " · counts" : ` · does not count: ${reason}`}`;
}
