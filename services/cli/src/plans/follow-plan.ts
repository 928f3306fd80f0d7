import { z } from "zod";

import { exitCodes } from "../exit-codes.ts";
import type { ServiceConnection } from "../officer/index.ts";
import { CommandFailure, createProgress, localTime, renderJson, spanUntil } from "../terminal/index.ts";
import type { Bilingual, Terminal } from "../terminal/index.ts";
import { planSchema } from "./plan-wire.ts";
import type { ToldPlan } from "./plan-wire.ts";
import { renderPlan, resultInWords } from "./render-plan.ts";

export interface FollowOptions {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  /** To the end; else only as long as steps follow one another. */
  readonly waits: boolean;
  /** Whether it is to be rolled back: then that is how it ends well. */
  readonly isTakenBack?: boolean;
}

/** Between two looks: steps that need no waiting end within a second. */
const lookMilliseconds = 300;
/** What is due later than this is waited for only with `--wait`. */
const soonMilliseconds = 5_000;
/** Without `--wait`: a step that takes longer is looked at again with `yinxin plans show`. */
const looksWithoutWait = 100;

/** One plan of a service. */
export function readPlan(service: ServiceConnection, id: string): Promise<ToldPlan> {
  return service.send({ method: "GET", path: `/v1/plans/${encodeURIComponent(id)}`, reply: planSchema });
}

/**
 * Shows the steps of a plan as they are done, until it ends or waits for a time to come.
 *
 * @returns 0 while all goes well.
 * @throws CommandFailure `plan-stuck`, or `plan-rolled-back` (both exit 1) unless that was the purpose.
 */
export async function followPlan(
  service: ServiceConnection,
  id: string,
  options: FollowOptions,
): Promise<number> {
  const { terminal, isJson } = options;
  const plan = await watch(service, id, options);
  if (isJson) terminal.print(renderJson({ service: service.name, ...plan }));
  else terminal.print(renderPlan(plan, terminal));
  if (options.isTakenBack === true && plan.state === "rolled-back") return tellTakenBack(plan, terminal);
  return tellEnd(plan, terminal);
}

async function watch(service: ServiceConnection, id: string, options: FollowOptions): Promise<ToldPlan> {
  const { terminal } = options;
  let plan = await readPlan(service, id);
  const progress = createProgress(terminal, plan.steps.length);
  for (let looks = 0; ; looks += 1) {
    const next = options.isTakenBack === true ? undefined : nextStep(plan);
    const done = plan.steps.filter(({ state }) => state === "done").length;
    progress.at(done, next?.title[terminal.language] ?? plan.title[terminal.language]);
    if (hasEnded(plan) || !goesOn(plan, options, looks)) break;
    await terminal.pause(lookMilliseconds);
    plan = await readPlan(service, id);
  }
  progress.end();
  return plan;
}

function nextStep({ steps }: ToldPlan): ToldPlan["steps"][number] | undefined {
  return steps.find(({ state }) => state === "waiting" || state === "running");
}

const safeSchema = z.object({ time_to_safe_seconds: z.number(), safe_at: z.string() });

/** What a compromise took until nothing accepts the key any more: from the report, and from when it was executed. */
function timeToSafe({ result, created_at: begun }: ToldPlan): Bilingual | undefined {
  const told = safeSchema.safeParse(result).data;
  if (told === undefined) return undefined;
  const fromReport = secondsInWords(told.time_to_safe_seconds);
  const fromExecution = secondsInWords((Date.parse(told.safe_at) - Date.parse(begun)) / 1000);
  return {
    zh: `恢复安全用时：自报告起 ${fromReport} 秒，自执行起 ${fromExecution} 秒`,
    en: `time to safe: ${fromReport} s from the report, ${fromExecution} s from the execution`,
  };
}

/** A drill may be over within one. */
function secondsInWords(seconds: number): string {
  return String(Math.round(seconds * 10) / 10);
}

function hasEnded({ state }: ToldPlan): boolean {
  return state !== "running" && state !== "rolling-back";
}

function goesOn(plan: ToldPlan, { waits, terminal }: FollowOptions, looks: number): boolean {
  if (waits) return true;
  const due = plan.next_at === undefined ? 0 : Date.parse(plan.next_at) - terminal.now().getTime();
  return due < soonMilliseconds && looks < looksWithoutWait;
}

function tellEnd(plan: ToldPlan, terminal: Terminal): number {
  const isZh = terminal.language === "zh";
  const { id, state } = plan;
  if (state === "done") {
    tellDone(plan, terminal);
    return exitCodes.done;
  }
  const next = { zh: `yinxin plans show ${id}`, en: `yinxin plans show ${id}` };
  if (!hasEnded(plan)) {
    const at =
      plan.next_at === undefined
        ? ""
        : `${localTime(plan.next_at)} (${spanUntil(plan.next_at, terminal.now(), terminal.language)})`;
    terminal.say(
      isZh
        ? `计划继续，下一步不早于 ${at}\n  → ${next.zh}`
        : `the plan goes on; next step not before ${at}\n  → ${next.en}`,
    );
    return exitCodes.done;
  }
  throw new CommandFailure(
    `plan-${state}`,
    { zh: `计划 ${id} 没有完成。`, en: `The plan ${id} did not go through.` },
    { next },
  );
}

function tellTakenBack({ id, purpose }: ToldPlan, { language, say }: Terminal): number {
  say(language === "zh" ? `✔ 已回退：${purpose}，计划 ${id}` : `✔ taken back: ${purpose}, the plan ${id}`);
  return exitCodes.done;
}

/** What a plan came to, how long it took to be safe again, and what it wrote. */
function tellDone(plan: ToldPlan, { language, say }: Pick<Terminal, "language" | "say">): void {
  const isZh = language === "zh";
  const { id, purpose, next_version: version, documents = [] } = plan;
  const figures = resultInWords(plan.result);
  const key = version === undefined ? purpose : `${purpose} v${String(version)}`;
  const words = isZh ? `✔ 计划完成：${key}` : `✔ the plan is done: ${key}`;
  say(figures === undefined ? words : `${words}  ${figures}`);
  const safe = timeToSafe(plan);
  if (safe !== undefined) say(safe[language]);
  if (documents.length === 0) return;
  const names = documents.map(({ name }) => name).join(isZh ? "、" : ", ");
  say(`${isZh ? "文件：" : "documents: "}${names}\n  → yinxin plans documents ${id} --save DIR`);
}
