import { policyInChange, readOfficerPolicy } from "@yinxin/service-kit/approvals";
import type { ChangeRequest, Officer, OfficerPolicy } from "@yinxin/service-kit/approvals";

import { spanInWords } from "../terminal/index.ts";
import type { Bilingual } from "../terminal/index.ts";
import { roleInWords } from "./change-words.ts";

const both = (zh: string, en: string): Bilingual => ({ zh, en });

/** What another officer policy changes, a line each, in words; empty if it changes nothing. */
export function policyDifference(before: OfficerPolicy, after: OfficerPolicy): readonly Bilingual[] {
  return [
    ...officerDifferences(before.officers, after.officers),
    ...ruleDifferences(before.rules, after.rules),
    ...breakGlassDifferences(before.break_glass, after.break_glass),
    ...(sameJson(before.intermediates, after.intermediates)
      ? []
      : [both("中间证书有变化", "the intermediate certificates change")]),
  ];
}

/** The policy that a request brings, if it is such a request and can be read. */
export function policyAskedFor(request: ChangeRequest): OfficerPolicy | undefined {
  if (request.operation !== "policy.change") return undefined;
  return readOfficerPolicy(policyInChange(request).bytes).value;
}

function officerDifferences(before: readonly Officer[], after: readonly Officer[]): readonly Bilingual[] {
  const leaving = before.filter(({ id }) => after.every((officer) => officer.id !== id));
  const joining = after.filter(({ id }) => before.every((officer) => officer.id !== id));
  const staying = after.flatMap((officer) => {
    const old = before.find(({ id }) => id === officer.id);
    return old === undefined ? [] : changesOf(old, officer);
  });
  return [
    ...leaving.map((officer) =>
      both(`离任：${describe(officer, "zh")}`, `leaves: ${describe(officer, "en")}`),
    ),
    ...joining.map((officer) =>
      both(`新任：${describe(officer, "zh")}`, `joins: ${describe(officer, "en")}`),
    ),
    ...staying,
  ];
}

function describe({ id, name, unit, role }: Officer, language: "zh" | "en"): string {
  const facts = [roleInWords(role, language), unit];
  return language === "zh" ? `${name}（${id}，${facts.join("，")}）` : `${name} (${id}, ${facts.join(", ")})`;
}

const officerFields = [
  ["person", both("人员", "person")],
  ["name", both("姓名", "name")],
  ["unit", both("单位", "unit")],
] as const;

function changesOf(old: Officer, officer: Officer): readonly Bilingual[] {
  const who = officer.id;
  const fields = officerFields.flatMap(([field, words]) =>
    old[field] === officer[field]
      ? []
      : [
          both(
            `${who} 的${words.zh}：${old[field]} → ${officer[field]}`,
            `${words.en} of ${who}: ${old[field]} → ${officer[field]}`,
          ),
        ],
  );
  const roles = [old, officer].map(({ role }) => ({
    zh: roleInWords(role, "zh"),
    en: roleInWords(role, "en"),
  }));
  const [from, to] = roles;
  return [
    ...fields,
    ...(old.role === officer.role || from === undefined || to === undefined
      ? []
      : [both(`${who} 的职责：${from.zh} → ${to.zh}`, `role of ${who}: ${from.en} → ${to.en}`)]),
    ...(old.certificate === officer.certificate
      ? []
      : [
          both(
            `${who} 换用新的密钥和证书；旧的不再有效`,
            `${who} gets a new key and certificate; the old one counts no more`,
          ),
        ]),
  ];
}

function ruleDifferences(
  before: OfficerPolicy["rules"],
  after: OfficerPolicy["rules"],
): readonly Bilingual[] {
  const operations = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return operations.flatMap((operation) => {
    const [old, next] = [before[operation], after[operation]];
    if (sameJson(old, next)) return [];
    return [
      both(
        `${operation}：${ruleInWords(old, "zh")} → ${ruleInWords(next, "zh")}`,
        `${operation}: ${ruleInWords(old, "en")} → ${ruleInWords(next, "en")}`,
      ),
    ];
  });
}

/** All of a rule: what an officer is not shown, nobody approves. */
function ruleInWords(rule: OfficerPolicy["rules"][string] | undefined, language: "zh" | "en"): string {
  if (rule === undefined) return language === "zh" ? "无规则" : "no rule";
  const { persons, distinct_units: isDistinct, window, not_after_seconds: within } = rule;
  const units = isDistinct === true;
  const [asked, done] = [within, window.seconds].map((seconds) => spanInWords(seconds, language));
  return language === "zh"
    ? `${String(persons)} 人${units ? "（须不同单位）" : ""}，申请 ${asked ?? ""}内有效，批准后 ${done ?? ""}内可执行 ${String(window.uses)} 次`
    : `${String(persons)} persons${units ? " of distinct units" : ""}, approved within ${asked ?? ""}, then done ${String(window.uses)} time(s) within ${done ?? ""}`;
}

function breakGlassDifferences(
  before: OfficerPolicy["break_glass"],
  after: OfficerPolicy["break_glass"],
): readonly Bilingual[] {
  if (sameJson(before, after)) return [];
  if (before === undefined) return [both("新增应急密钥", "an emergency key is added")];
  if (after === undefined) return [both("取消应急密钥", "there is no emergency key any more")];
  return before.certificate === after.certificate
    ? [both("应急复核期限有变化", "the time for reviewing an emergency changes")]
    : [both("更换应急密钥", "the emergency key is another one")];
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
