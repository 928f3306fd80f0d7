import { localSecond, localTime, printable, renderFacts, renderTable } from "../terminal/index.ts";
import type { Bilingual, Cell, Language, Style, Terminal } from "../terminal/index.ts";
import type { ToldPlan } from "./plan-wire.ts";

const both = (zh: string, en: string): Bilingual => ({ zh, en });

const planStates: Readonly<Record<string, readonly [Bilingual, Style | undefined]>> = {
  running: [both("进行中", "running"), undefined],
  stuck: [both("受阻", "stuck"), "red"],
  done: [both("完成", "done"), "green"],
  "rolling-back": [both("回退中", "rolling back"), "amber"],
  "rolled-back": [both("已回退", "rolled back"), "amber"],
  superseded: [both("已被取代", "superseded"), "amber"],
};

const stepStates: Readonly<Record<string, Bilingual>> = {
  waiting: both("等待", "waiting"),
  running: both("进行中", "running"),
  done: both("✔ 完成", "✔ done"),
  undone: both("已撤回", "taken back"),
};

const notApplicable = {
  not_offered: both("— 不适用（本服务没有）", "— not offered"),
  not_for_drills: both("— 不适用（演练中不做）", "— not for drills"),
} as const;

/** A step's state in words; one that did nothing, since the service offers nothing for it or it is a drill, is not "done". */
function stepCell({ do: action, state, result }: ToldPlan["steps"][number], language: Language): Cell {
  if (state !== "done") return stepStates[state]?.[language] ?? state;
  const why = action === "call" || action === "certify" ? whyNothing(result) : undefined;
  return why === undefined
    ? { text: stepStates["done"]?.[language] ?? state, style: "green" }
    : notApplicable[why][language];
}

function whyNothing(result: unknown): keyof typeof notApplicable | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  if ("not_offered" in result) return "not_offered";
  return "not_for_drills" in result ? "not_for_drills" : undefined;
}

/** A plan's state, with its colour. */
export function planStateCell(state: string, language: Language): Cell {
  const [words, style] = planStates[state] ?? [both(state, state), undefined];
  return { text: words[language], style };
}

const labels = {
  zh: {
    plan: "计划",
    what: "内容",
    target: "对象",
    versions: "版本",
    state: "状态",
    begun: "开始",
    ended: "结束",
    next: "下一步不早于",
    drill: "演练",
    change: "变更",
    documents: "文件",
    steps: ["步骤", "内容", "开始", "完成", "状态"],
    stuck: "受阻",
    result: "结果",
  },
  en: {
    plan: "plan",
    what: "what",
    target: "target",
    versions: "versions",
    state: "state",
    begun: "begun",
    ended: "ended",
    next: "next step not before",
    drill: "drill",
    change: "change",
    documents: "documents",
    steps: ["STEP", "WHAT", "BEGUN", "DONE", "STATE"],
    stuck: "stuck",
    result: "result",
  },
} as const;

/** A plan with its steps, for a person. */
export function renderPlan(plan: ToldPlan, terminal: Pick<Terminal, "language" | "hasColour">): string {
  const { language, hasColour } = terminal;
  const label = labels[language];
  const stateCell = planStateCell(plan.state, language);
  const facts: (readonly [string, string])[] = [
    [label.plan, plan.id],
    [label.what, plan.title[language] + (plan.is_drill === true ? ` (${label.drill})` : "")],
    [label.target, plan.purpose],
    ...optional(label.versions, versionsOf(plan)),
    [label.state, typeof stateCell === "string" ? stateCell : stateCell.text],
    [label.begun, localTime(plan.created_at)],
    ...optional(label.ended, timeOrNothing(plan.finished_at)),
    ...optional(label.next, timeOrNothing(plan.next_at)),
    ...optional(label.change, plan.change),
    ...optional(label.result, resultInWords(plan.result)),
    ...optional(label.documents, plan.documents?.map(({ name }) => name).join(" ")),
  ];
  const rows = plan.steps.map((step, index): Cell[] => [
    String(index + 1),
    step.title[language],
    timeOrNothing(step.started_at) ?? "",
    timeOrNothing(step.done_at) ?? "",
    stepCell(step, language),
  ]);
  const { problem } = plan;
  const trouble =
    problem === undefined
      ? ""
      : `✖ ${label.stuck}: ${printable(problem.step)} ${printable(problem.code)}: ${printable(problem.detail[language])} (${String(problem.attempts)}×)\n`;
  return `${renderFacts(facts)}${renderTable(label.steps, rows, { hasColour })}${trouble}`;
}

function timeOrNothing(time: string | undefined): string | undefined {
  return time === undefined ? undefined : localSecond(time);
}

function optional(name: string, value: string | undefined): (readonly [string, string])[] {
  return value === undefined || value === "" ? [] : [[name, value]];
}

function versionsOf({ old_version: old, next_version: next }: ToldPlan): string | undefined {
  if (old === undefined && next === undefined) return undefined;
  return [old, next].map((version) => (version === undefined ? "—" : `v${String(version)}`)).join(" → ");
}

/** Figures and texts of a result, one after another; what is deeper is for `--json`. */
export function resultInWords(result: unknown): string | undefined {
  if (typeof result !== "object" || result === null || Array.isArray(result)) return undefined;
  const plain = Object.entries(result).filter(([, value]) => typeof value !== "object");
  return plain.map(([name, value]) => `${name} ${String(value)}`).join(" · ");
}
