import { printable } from "../terminal/index.ts";
import type { Language } from "../terminal/index.ts";
import { filled } from "./ceremony-script.ts";
import type { CeremonyScript, CeremonyStep } from "./ceremony-script.ts";

/** What a ceremony would do, for programs. Variables without a value stay `{{name}}`: they are asked for at the beginning. */
export function previewOf(script: CeremonyScript, language: Language): Readonly<Record<string, unknown>> {
  const values = valuesOf(script);
  return {
    dryRun: true,
    name: script.name,
    title: script.title[language],
    participants: script.participants.map(({ id, role }) => ({ id, role: role[language] })),
    askedFor: script.variables.filter(({ value }) => value === undefined).map(({ name }) => name),
    steps: script.steps.map((step, at) => ({
      number: at + 1,
      id: step.id,
      title: step.title[language],
      reader: step.reader,
      text: filled(step.text[language], values),
      ...(step.command === undefined ? {} : { command: commandOf(step.command, values) }),
      ...(step.confirm === undefined ? {} : { confirm: step.confirm[language] }),
      record: (step.record ?? []).map(({ name }) => name),
      initials: step.initials,
    })),
  };
}

type Values = Readonly<Record<string, string>>;

function valuesOf({ variables }: CeremonyScript): Values {
  return Object.fromEntries(
    variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A command as it is typed. */
export function commandOf(command: readonly string[], values: Values): string {
  return `yinxin ${command.map((each) => shellWord(filled(each, values))).join(" ")}`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const phrases = {
  zh: {
    participants: "参与者",
    asked: "开始时询问",
    reads: "宣读",
    types: "键入",
    records: "登记",
    initials: "姓名缩写",
  },
  en: {
    participants: "participants",
    asked: "asked for at the beginning",
    reads: " reads",
    types: "somebody types",
    records: "written down",
    initials: "initials",
  },
} as const;

/** The same for people. */
export function renderPreview(script: CeremonyScript, language: Language): string {
  const words = phrases[language];
  const separator = language === "zh" ? "：" : ": ";
  const comma = language === "zh" ? "、" : ", ";
  const asked = script.variables.filter(({ value }) => value === undefined);
  const front = [
    script.title[language],
    `${words.participants}${separator}${script.participants.map(({ role }) => role[language]).join(comma)}`,
    ...(asked.length === 0
      ? []
      : [`${words.asked}${separator}${asked.map(({ title }) => title[language]).join(comma)}`]),
  ];
  const steps = script.steps.map((step, at) =>
    [
      `${String(at + 1)}/${String(script.steps.length)}  ${step.title[language]}`,
      ...linesOf(step, script, language).map((line) => `  ${line}`),
    ]
      .map(printable)
      .join("\n"),
  );
  return `${front.map(printable).join("\n")}\n\n${steps.join("\n\n")}\n`;
}

function linesOf(step: CeremonyStep, script: CeremonyScript, language: Language): string[] {
  const words = phrases[language];
  const separator = language === "zh" ? "：" : ": ";
  const comma = language === "zh" ? "、" : ", ";
  const roleOf = (id: string): string =>
    script.participants.find((each) => each.id === id)?.role[language] ?? id;
  const records = (step.record ?? []).map(({ title }) => title[language]);
  return [
    `${roleOf(step.reader)}${words.reads}${separator}${filled(step.text[language], valuesOf(script))}`,
    ...(step.command === undefined ? [] : [`$ ${commandOf(step.command, valuesOf(script))}`]),
    ...(step.confirm === undefined ? [] : [`${words.types}${separator}${step.confirm[language]}`]),
    ...(records.length === 0 ? [] : [`${words.records}${separator}${records.join(comma)}`]),
    ...(step.initials.length === 0
      ? []
      : [`${words.initials}${separator}${step.initials.map(roleOf).join(comma)}`]),
  ];
}
