import type { ChangeRequest, ChangeVerification, OpenPolicy } from "@yinxin/service-kit/approvals";

import { digestWords, localTime, printable, renderFacts } from "../terminal/index.ts";
import type { Language } from "../terminal/index.ts";
import type { HeldChange } from "./held-change.ts";
import { policyAskedFor, policyDifference } from "./policy-difference.ts";
import { changeInWords, signatureInWords, verdictInWords } from "./change-words.ts";

const labels = {
  zh: {
    what: "内容",
    id: "编号",
    service: "服务",
    target: "对象",
    parameters: "参数",
    difference: "策略变化",
    reason: "原因",
    proposer: "申请人",
    created: "申请时间",
    until: "有效至",
    head: "所见日志",
    words: "摘要词",
    digest: "摘要",
    approvals: "批准",
    window: "执行窗口",
    uses: "次",
    none: "无",
    failed: "未通过的检查",
  },
  en: {
    what: "what",
    id: "change",
    service: "service",
    target: "target",
    parameters: "parameters",
    difference: "what changes",
    reason: "reason",
    proposer: "asked by",
    created: "asked at",
    until: "valid until",
    head: "log seen",
    words: "digest words",
    digest: "digest",
    approvals: "approvals",
    window: "window",
    uses: "times",
    none: "none",
    failed: "checks that failed",
  },
} as const;

/** A change, and the policy under which it was asked for, where that is proved. */
export type ShownChange = Pick<HeldChange, "verification" | "policy">;

/**
 * A change for a person who decides, or who wants to know: what was signed, read from the signed bytes themselves, who signed it, and
 * what that is worth.
 */
export function renderChange({ verification, policy }: ShownChange, language: Language): string {
  const label = labels[language];
  const { request, digest, counted, needed, verdict, window } = verification;
  const facts: (readonly [string, string])[] = [
    ...(request === undefined ? [] : requestFacts(request, { verification, policy }, language)),
    ...(digest === undefined
      ? []
      : ([
          [label.words, digestWords(digest)],
          [label.digest, digest],
        ] as const)),
    [label.approvals, `${String(counted)}/${String(needed)}  ${verdictInWords(verdict, language)}`],
    ...(window === undefined
      ? []
      : ([
          [
            label.window,
            `${localTime(window.from)} – ${localTime(window.until)} · ${String(window.uses)} ${label.uses}`,
          ],
        ] as const)),
  ];
  const signatures = verification.signatures.map(
    (signature) => `  ${signature.counts ? "✔" : "·"} ${printable(signatureInWords(signature, language))}\n`,
  );
  return renderFacts(facts) + signatures.join("") + renderFailedChecks(verification, language);
}

function requestFacts(
  request: ChangeRequest,
  { verification: { signatures }, policy }: ShownChange,
  language: Language,
): readonly (readonly [string, string])[] {
  const label = labels[language];
  const proposer = signatures.find(({ decision }) => decision === "propose");
  return [
    [label.what, changeInWords(request, language)],
    [label.id, request.id],
    [label.service, request.service],
    [label.target, request.target],
    ...parameterFacts(request, policy, language),
    [label.reason, request.reason],
    [label.proposer, proposer === undefined ? request.proposer : `${proposer.name} (${request.proposer})`],
    [label.created, localTime(request.created_at)],
    [label.until, localTime(request.not_after)],
    ...headFacts(request, language),
  ];
}

/** The audit log that the proposer saw: whoever approves may compare it with what they see. */
function headFacts(
  { audit_head: head }: ChangeRequest,
  language: Language,
): readonly (readonly [string, string])[] {
  return head === undefined ? [] : [[labels[language].head, `${head.origin} · ${String(head.size)}`]];
}

/** Of another policy what it changes, reckoned here and not by the service; else the parameters as they are. */
function parameterFacts(
  request: ChangeRequest,
  policy: OpenPolicy | undefined,
  language: Language,
): readonly (readonly [string, string])[] {
  const label = labels[language];
  const next = policyAskedFor(request);
  if (policy === undefined || next === undefined)
    return [[label.parameters, parametersInWords(request) || label.none]];
  const difference = policyDifference(policy.policy, next);
  if (difference.length === 0) return [[label.difference, label.none]];
  return difference.map((line, index) => [index === 0 ? label.difference : "", line[language]]);
}

/** Whole and as JSON: whoever signs sees all of it, and no text can pass for another parameter. */
function parametersInWords({ parameters }: ChangeRequest): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");
}

function renderFailedChecks({ checks }: ChangeVerification, language: Language): string {
  const failed = checks.filter(({ result }) => result === "failed");
  if (failed.length === 0) return "";
  const lines = failed.map(
    ({ name, where, detail }) => `  ✖ ${name} ${printable(where)}: ${printable(detail)}\n`,
  );
  return `${labels[language].failed}:\n${lines.join("")}`;
}
