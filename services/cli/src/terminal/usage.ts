import type { Bilingual, Language } from "./language.ts";
import { padded, widthOf } from "./table.ts";

/** An option as `parseOptions` takes it, and as it is explained. */
export interface DescribedOption {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  readonly short?: string;
  /** What stands for its value: `TEXT`. */
  readonly value?: string;
  readonly help: Bilingual;
}

export type OptionTable = Readonly<Record<string, DescribedOption>>;

export interface UsageParts {
  /** `keys rotate PURPOSE --dry-run` and further ways, one a line. */
  readonly lines: readonly string[];
  /** Commands that work as they stand, two or more. */
  readonly examples: readonly [string, string, ...string[]];
  readonly about: Bilingual;
  readonly options: OptionTable;
  /** What follows the options. */
  readonly notes?: Bilingual;
}

const words = {
  zh: { usage: "用法", examples: "示例" },
  en: { usage: "usage", examples: "examples" },
} as const;

/** The help of a command, in both languages: how it is called, two examples, what it does, its options. */
export function describeUsage(parts: UsageParts): Bilingual {
  return { zh: renderUsage(parts, "zh"), en: renderUsage(parts, "en") };
}

function renderUsage({ lines, examples, about, options, notes }: UsageParts, language: Language): string {
  const { usage, examples: heading } = words[language];
  const [first = "", ...others] = lines;
  const indent = " ".repeat(widthOf(usage) + 2);
  const named = Object.entries(options).map(([name, { value, help }]) => ({
    left: value === undefined ? `--${name}` : `--${name} ${value}`,
    help: help[language],
  }));
  const width = Math.max(0, ...named.map(({ left }) => widthOf(left)));
  return [
    `${usage}: yinxin ${first}`,
    ...others.map((line) => `${indent}yinxin ${line}`),
    "",
    `${heading}:`,
    ...examples.map((example) => `  $ yinxin ${example}`),
    "",
    about[language],
    "",
    ...named.map(({ left, help }) => `  ${padded(left, width)}  ${help}`),
    ...(notes === undefined ? [] : ["", notes[language]]),
    "",
  ].join("\n");
}
