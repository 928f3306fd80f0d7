import { createHash } from "node:crypto";

import { exitCodes } from "../exit-codes.ts";
import { interrupted, printable } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { filled } from "./ceremony-script.ts";
import type { CeremonyField, CeremonyScript, CeremonyStep } from "./ceremony-script.ts";
import { commandOf } from "./preview-ceremony.ts";
import { isAnswer, isExpectedOf, stdoutKept } from "./step-results.ts";
import type { Transcript } from "./transcript.ts";

export interface CeremonyDeps {
  readonly terminal: Pick<Terminal, "language" | "say">;
  readonly transcript: Transcript;
  /** Runs `yinxin` with these arguments. Its questions go to the people, its standard output comes back. */
  readonly runYinxin: (
    args: readonly string[],
  ) => Promise<{ readonly exitCode: number; readonly stdout: string }>;
  /** Asks the people; in a rehearsal without people it answers what is suggested. */
  readonly ask: (question: string, suggested: string) => Promise<string>;
}

/** Typed at any question, it opens a note of what went otherwise than written. */
const deviationMark = "!";

const phrases = {
  zh: {
    reads: (name: string, text: string) => `${name}宣读：${text}`,
    run: "按回车执行（输入 ! 记录偏差）：",
    type: (phrase: string) => `请输入“${phrase}”（输入 ! 记录偏差）：`,
    unexpected: "结果与脚本不符。按回车重做；输入 ! 记录偏差后继续：",
    deviation: "偏差说明：",
    wrong: "不符，请重新输入。",
    initials: (name: string) => `${name}的姓名缩写：`,
    field: (title: string) => `${title}：`,
    again: (number: number, count: number) => `接着上次：从第 ${String(number)}/${String(count)} 步继续。`,
  },
  en: {
    reads: (name: string, text: string) => `${name} reads: ${text}`,
    run: "Enter runs it (! notes a deviation):",
    type: (phrase: string) => `Type "${phrase}" (! notes a deviation):`,
    unexpected:
      "That is not what the script expects. Enter repeats the step; ! notes a deviation and goes on:",
    deviation: "What went otherwise:",
    wrong: "That does not fit; once more.",
    initials: (name: string) => `${name}, initials:`,
    field: (title: string) => `${title}:`,
    again: (number: number, count: number) =>
      `It was cut short; it goes on at step ${String(number)}/${String(count)}.`,
  },
} as const;

interface Running extends CeremonyDeps {
  readonly script: CeremonyScript;
  readonly values: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string>>;
}

/**
 * Walks a ceremony's steps from the first that is not done, and writes down everything that is said, typed and answered. It may be cut
 * short anywhere, and goes on there.
 *
 * @throws CommandFailure `interrupted` at Ctrl-C, in a command's question too.
 */
export async function runCeremony(deps: CeremonyDeps): Promise<void> {
  const { transcript } = deps;
  const [begin] = transcript.entries;
  if (begin?.kind !== "begin") throw new Error("the transcript has no beginning");
  const running: Running = {
    ...deps,
    script: begin.script,
    values: begin.variables,
    names: begin.participants,
  };
  const done = new Set(
    transcript.entries.flatMap((entry) => (entry.kind === "step-done" ? [entry.step] : [])),
  );
  const { steps } = begin.script;
  if (transcript.entries.length > 1) {
    await transcript.append({ kind: "resumed" });
    const next = steps.findIndex(({ id }) => !done.has(id));
    const number = next < 0 ? steps.length : next + 1;
    deps.terminal.say(phrases[deps.terminal.language].again(number, steps.length));
  }
  for (const [at, step] of steps.entries()) {
    if (done.has(step.id)) continue;
    await runStep(running, step, at + 1);
  }
  await transcript.append({ kind: "end" });
}

async function runStep(running: Running, step: CeremonyStep, number: number): Promise<void> {
  const { terminal, transcript, script, names, values } = running;
  const { language } = terminal;
  await transcript.append({ kind: "step-begun", step: step.id });
  const reader = names[step.reader] ?? step.reader;
  terminal.say(`\n${String(number)}/${String(script.steps.length)}  ${printable(step.title[language])}`);
  terminal.say(`  ${printable(phrases[language].reads(reader, filled(step.text[language], values)))}`);
  if (step.command !== undefined) await runCommand(running, step, step.command);
  if (step.confirm !== undefined) await confirm(running, step, step.confirm[language]);
  for (const field of step.record ?? []) await record(running, step, field);
  for (const participant of step.initials) {
    const name = names[participant] ?? participant;
    const initials = await answer(
      running,
      step,
      phrases[language].initials(printable(name)),
      "--",
      (typed) => typed.length > 0 && typed.length <= 10,
    );
    if (initials !== undefined)
      await transcript.append({ kind: "initials", step: step.id, participant, initials });
  }
  await transcript.append({ kind: "step-done", step: step.id });
}

/** Undefined if a deviation was noted instead. */
async function answer(
  running: Running,
  step: CeremonyStep,
  question: string,
  suggested: string,
  isFit: (typed: string) => boolean,
): Promise<string | undefined> {
  for (;;) {
    const typed = (await running.ask(question, suggested)).trim();
    if (typed === deviationMark) {
      await noteDeviation(running, step);
      return undefined;
    }
    if (isFit(typed)) return typed;
    running.terminal.say(phrases[running.terminal.language].wrong);
  }
}

async function noteDeviation({ ask, transcript, terminal }: Running, step: CeremonyStep): Promise<void> {
  const text = await ask(phrases[terminal.language].deviation, "--");
  await transcript.append({ kind: "deviation", step: step.id, text: text.slice(0, 4000) });
}

async function runCommand(running: Running, step: CeremonyStep, command: readonly string[]): Promise<void> {
  const { terminal, transcript, values, runYinxin } = running;
  const words = phrases[terminal.language];
  const args = command.map((each) => filled(each, values));
  terminal.say(`  $ ${printable(commandOf(command, values))}`);
  let question: string = words.run;
  let suggested = "";
  for (;;) {
    if ((await answer(running, step, question, suggested, () => true)) === undefined) return;
    const { exitCode, stdout } = await runYinxin(args);
    const sha256 = createHash("sha256").update(stdout).digest("hex");
    const isExpected = isExpectedOf(step, { exitCode, stdout, sha256 });
    await transcript.append({
      kind: "command",
      step: step.id,
      arguments: args,
      exit_code: exitCode,
      stdout: stdout.slice(0, stdoutKept),
      stdout_sha256: sha256,
      is_expected: isExpected,
    });
    terminal.say(printableLines(stdout));
    terminal.say(`  → ${String(exitCode)}  sha-256:${sha256}`);
    if (isExpected) return;
    // People who break off the question of a command mean the ceremony.
    if (exitCode === exitCodes.interrupted) throw interrupted();
    question = words.unexpected;
    // A rehearsal without people goes on, and says so.
    suggested = deviationMark;
  }
}

async function confirm(running: Running, step: CeremonyStep, phrase: string): Promise<void> {
  const question = phrases[running.terminal.language].type(phrase);
  const typed = await answer(running, step, question, phrase, (text) => text === phrase);
  if (typed !== undefined) await running.transcript.append({ kind: "confirmed", step: step.id, typed });
}

async function record(running: Running, step: CeremonyStep, field: CeremonyField): Promise<void> {
  const { title, example, name } = field;
  const { language } = running.terminal;
  const question = phrases[language].field(title[language]);
  const value = await answer(running, step, question, example, (typed) => isAnswer(field, typed));
  if (value !== undefined)
    await running.transcript.append({ kind: "recorded", step: step.id, name, value: value.slice(0, 4000) });
}

function printableLines(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${printable(line)}`)
    .join("\n");
}
