import type { CommandEntry } from "../command.ts";
import type { Language } from "../terminal/index.ts";

/** An option as its command's help explains it. */
export interface CompletedOption {
  /** With its hyphens. */
  readonly name: string;
  readonly takesValue: boolean;
  readonly help: string;
}

/** A command as it is completed. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** Whether its words are purposes of keys. */
  readonly takesPurpose: boolean;
}

/** What is completed everywhere. */
export const globalOptions = ["--help", "--no-color", "--no-input"] as const;

/** Options with a value that may stand before the command. */
export const leadingOptions = ["--as", "--deployment", "--officer-key", "--officer-label"] as const;

/** Everything that can be completed, from the table of commands and the help of each: what is explained is completed. */
export async function completionTable(
  entries: readonly CommandEntry[],
  language: Language,
): Promise<readonly CompletedCommand[]> {
  return await Promise.all(
    entries.map(async ({ name, summary, load }) => {
      const { usage } = await load();
      const text = typeof usage === "string" ? usage : usage[language];
      return {
        name,
        summary: summary[language],
        options: optionsIn(text),
        takesPurpose: /^\S*\s*yinxin \S+ \S+ PURPOSE/m.test(text) || /^\S*\s*yinxin \S+ PURPOSE/m.test(text),
      };
    }),
  );
}

/** `  --reason TEXT   why`, as every help has it. */
const optionLine = /^ {2}(?:-\w, )?(--[a-z][a-z0-9-]*)((?:[ =][A-Z\u4e00-\u9fff][^ ]*)*)(?: +(.*))?$/gm;

function optionsIn(usage: string): readonly CompletedOption[] {
  const found = Array.from(usage.matchAll(optionLine), ([, name = "", value = "", help = ""]) => ({
    name,
    takesValue: value !== "",
    help,
  }));
  return found.filter(({ name }, at) => found.findIndex((each) => each.name === name) === at);
}

/** The words that may follow: those of one word, and for each group its own. */
export function wordsAfter(commands: readonly CompletedCommand[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, string[]>();
  const add = (before: string, word: string): void => {
    const known = words.get(before) ?? [];
    if (!known.includes(word)) words.set(before, [...known, word]);
  };
  for (const { name } of commands) {
    const [first = "", second] = name.split(" ");
    add("", first);
    if (second !== undefined) add(first, second);
  }
  add("", "help");
  return words;
}
