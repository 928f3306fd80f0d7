import { localDay, localSecond, localTime, printable, renderFacts, renderTable } from "../terminal/index.ts";
import type { Cell, Language, Terminal } from "../terminal/index.ts";
import { driftInWords } from "./read-key-rows.ts";
import type { FoundRing } from "./read-key-rows.ts";
import { stateInWords } from "./render-keys.ts";
import type { ToldRing, ToldVersion } from "./ring-wire.ts";

const labels = {
  zh: {
    purpose: "用途",
    service: "服务",
    algorithm: "算法",
    period: "密钥使用期",
    days: "天",
    propagation: "发布后至少等待",
    overlap: "停签后仍可验",
    forever: "长期",
    seconds: "秒",
    versions: ["版本", "状态", "启用", "停签", "签名数", "位置", "证书到期", "备份恢复演练"],
    history: ["序号", "时间", "事件", "操作人", "内容"],
    plans: ["计划", "内容", "状态", "下一步", "不早于"],
  },
  en: {
    purpose: "purpose",
    service: "service",
    algorithm: "algorithm",
    period: "crypto period",
    days: "days",
    propagation: "published before it signs",
    overlap: "served after it retires",
    forever: "for ever",
    seconds: "s",
    versions: [
      "VERSION",
      "STATE",
      "ACTIVE SINCE",
      "RETIRED",
      "SIGNATURES",
      "PLACE",
      "CERTIFICATE ENDS",
      "RESTORE TESTED",
    ],
    history: ["INDEX", "TIME", "EVENT", "ACTOR", "DETAIL"],
    plans: ["PLAN", "WHAT", "STATE", "NEXT", "NOT BEFORE"],
  },
} as const;

/** A ring for a person: what it is for, its versions, what happened to it, what is going on. */
export function renderRing(
  { service, told }: FoundRing,
  { language, hasColour }: Pick<Terminal, "language" | "hasColour">,
): string {
  const label = labels[language];
  const { ring, versions, history, plans, drift } = told;
  const sections = [
    renderFacts(ringFacts(ring, service.name, language)),
    renderTable(
      label.versions,
      versions.map((version) => versionCells(version, language)),
      { hasColour },
    ),
    drift.map((each) => `✖ ${printable(driftInWords(each)[language])}\n`).join(""),
    plans.length === 0
      ? ""
      : renderTable(
          label.plans,
          plans.map((plan) => [
            plan.id,
            plan.definition,
            plan.state,
            plan.next_step ?? "",
            time(plan.next_at) ?? "",
          ]),
        ),
    history.length === 0
      ? ""
      : renderTable(
          label.history,
          history.map((event) => [
            String(event.index),
            localSecond(event.occurred_at),
            event.action,
            event.actor,
            detailInWords(event.detail, language),
          ]),
        ),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function ringFacts(
  ring: ToldRing["ring"],
  service: string,
  language: Language,
): readonly (readonly [string, string])[] {
  const label = labels[language];
  const overlap =
    ring.overlap_seconds === undefined ? label.forever : `${String(ring.overlap_seconds)} ${label.seconds}`;
  return [
    [label.purpose, `${ring.purpose}  ${ring.title[language]}`],
    [label.service, service],
    [label.algorithm, ring.algorithm],
    [label.period, `${String(ring.crypto_period_days)} ${label.days}`],
    [label.propagation, `${String(ring.propagation_seconds)} ${label.seconds}`],
    [label.overlap, overlap],
  ];
}

function time(at: string | undefined): string | undefined {
  return at === undefined ? undefined : localTime(at);
}

function versionCells(version: ToldVersion, language: Language): Cell[] {
  const day = (time: string | undefined): string => (time === undefined ? "—" : localDay(time));
  return [
    `v${String(version.version)}`,
    {
      text: versionStateInWords(version, language),
      style: version.state === "active" ? "green" : undefined,
    },
    time(version.activated_at) ?? "—",
    time(version.retiring_at) ?? "",
    version.usage_limit === undefined
      ? String(version.signatures)
      : `${String(version.signatures)}/${String(version.usage_limit)}`,
    version.origin.device ?? version.key_uris.join(" "),
    day(version.certificate?.not_after),
    day(version.backup?.restore_tested_at),
  ];
}

function versionStateInWords(
  { state, is_standby: isStandby, is_frozen: isFrozen }: ToldVersion,
  language: Language,
): string {
  const words = { zh: ["备用", "❄ 冻结"], en: ["stand-by", "❄ frozen"] }[language];
  const marks = words.filter((_, at) => [isStandby, isFrozen][at]);
  return [stateInWords(state, language), ...marks].join("  ");
}

function approvedBy(persons: unknown, language: Language): string {
  if (!Array.isArray(persons) || persons.length === 0) return "";
  return `${language === "zh" ? "批准：" : "approved by "}${persons.join(language === "zh" ? "、" : ", ")}`;
}

/** Of a move: from, to, why and who approved; else what there is. */
function detailInWords(detail: unknown, language: Language): string {
  if (typeof detail !== "object" || detail === null) return "";
  const facts = detail as Readonly<Record<string, unknown>>;
  const text = (name: string): string => (typeof facts[name] === "string" ? facts[name] : "");
  const version = typeof facts["version"] === "number" ? `v${String(facts["version"])} ` : "";
  if (text("to") === "") return `${version}${text("key_id") || text("found")}`;
  const move = `${stateInWords(text("from"), language)} → ${stateInWords(text("to"), language)}`;
  const change = text("change_id") || text("change");
  const because = [text("reason"), change, approvedBy(facts["persons"], language)];
  return `${version}${move}  ${because.filter((part) => part !== "").join("  ")}`;
}
