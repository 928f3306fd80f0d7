import { createHash } from "node:crypto";

import type { Bilingual } from "../terminal/index.ts";
import type { CeremonyCheck } from "./ceremony-check.ts";
import { filled } from "./ceremony-script.ts";
import type { CeremonyScript, CeremonyStep } from "./ceremony-script.ts";
import { isAnswer, isExpectedOf, stdoutKept } from "./step-results.ts";
import type { TranscriptEntry } from "./transcript.ts";

type Begin = Extract<TranscriptEntry, { kind: "begin" }>;
type Entries = readonly TranscriptEntry[];

/**
 * Holds a transcript against its script: every step in its order; and in each, unless a deviation was noted, its command with the result that
 * it expects, what had to be typed and written down, and everybody's initials. What the transcript says of a result is not believed where it can be seen.
 */
export function checkSteps(begin: Begin, entries: Entries): CeremonyCheck[] {
  const deviations = entries.flatMap((entry) => (entry.kind === "deviation" ? [entry] : []));
  const departed = new Set(deviations.map(({ step }) => step));
  return [
    orderCheck(begin.script, entries),
    resultCheck(begin, entries, departed),
    ...deviations.map(({ step, text }): CeremonyCheck => ({
      name: "deviations",
      result: "noted",
      detail: { zh: `步骤 ${step}：${text}`, en: `step ${step}: ${text}` },
    })),
  ];
}

function orderCheck({ steps }: CeremonyScript, entries: Entries): CeremonyCheck {
  const done = entries.flatMap((entry) => (entry.kind === "step-done" ? [entry.step] : []));
  const missing = steps.find(({ id }, at) => done[at] !== id)?.id;
  const isWhole = missing === undefined && done.length === steps.length && entries.at(-1)?.kind === "end";
  const count = String(done.length);
  const detail = isWhole
    ? { zh: `共 ${count} 步，顺序无误`, en: `${count} steps, in their order` }
    : {
        zh: `步骤 ${missing ?? "end"} 没有在应有的位置完成`,
        en: `step ${missing ?? "end"} was not done in its place`,
      };
  return { name: "steps", result: isWhole ? "passed" : "failed", detail };
}

function resultCheck(begin: Begin, entries: Entries, departed: ReadonlySet<string>): CeremonyCheck {
  for (const step of begin.script.steps) {
    if (departed.has(step.id)) continue;
    const own = entries.filter((entry) => "step" in entry && entry.step === step.id);
    const problem = problemOf(step, own, begin.variables);
    if (problem === undefined) continue;
    const detail = { zh: `步骤 ${step.id}：${problem.zh}`, en: `step ${step.id} ${problem.en}` };
    return { name: "expected", result: "failed", detail };
  }
  const detail = { zh: "每项结果都符合脚本", en: "every result is the one that the script expects" };
  return { name: "expected", result: "passed", detail };
}

function problemOf(
  step: CeremonyStep,
  own: Entries,
  variables: Readonly<Record<string, string>>,
): Bilingual | undefined {
  if (step.command !== undefined && !ranAsExpected(step, step.command, own, variables))
    return { zh: "结果与脚本不符，且没有说明", en: "had another result, and nobody noted why" };
  if (step.confirm !== undefined && !wasConfirmed(step.confirm, own))
    return { zh: "没有键入确认", en: "was not confirmed" };
  const left = (step.record ?? []).find(
    (field) =>
      !own.some(
        (entry) => entry.kind === "recorded" && entry.name === field.name && isAnswer(field, entry.value),
      ),
  );
  if (left !== undefined) return { zh: `没有登记 ${left.name}`, en: `lacks ${left.name}` };
  const given = own.flatMap((entry) => (entry.kind === "initials" ? [entry.participant] : []));
  return step.initials.every((participant) => given.includes(participant))
    ? undefined
    : { zh: "缺少姓名缩写", en: "lacks initials" };
}

function ranAsExpected(
  step: CeremonyStep,
  command: readonly string[],
  own: Entries,
  variables: Readonly<Record<string, string>>,
): boolean {
  const last = own.flatMap((entry) => (entry.kind === "command" ? [entry] : [])).at(-1);
  if (last?.is_expected !== true) return false;
  const { arguments: args, exit_code: exitCode, stdout, stdout_sha256: sha256 } = last;
  const wanted = command.map((each) => filled(each, variables));
  if (args.length !== wanted.length || args.some((each, at) => each !== wanted[at])) return false;
  // Of a long output only the beginning is there, and its digest is the witnesses' word.
  const isWhole = createHash("sha256").update(stdout).digest("hex") === sha256;
  if (!isWhole && stdout.length < stdoutKept) return false;
  return !isWhole || isExpectedOf(step, { exitCode, stdout, sha256 });
}

function wasConfirmed(phrase: Bilingual, own: Entries): boolean {
  return own.some(
    (entry) => entry.kind === "confirmed" && (entry.typed === phrase.zh || entry.typed === phrase.en),
  );
}
