import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";

import type { Bilingual } from "./language.ts";
import { printable } from "./printable.ts";
import { UsageError } from "./usage-error.ts";

/** What `parseArgs` makes of a command line with these options. */
export type ParsedOptions<Options extends NonNullable<ParseArgsConfig["options"]>> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options }>
>;

/**
 * The options and the other words of a command line.
 *
 * @throws UsageError for an option that is not among `options`, or that has no value where it needs one.
 */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
): ParsedOptions<Options> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    // parseArgs throws TypeError only, with a sentence that names the option.
    if (cause instanceof TypeError) throw new UsageError(optionWords(cause.message), { cause });
    throw cause;
  }
}

/** Which option is wrong, also for those who read Chinese. */
function optionWords(message: string): Bilingual {
  const [option] = /--?[A-Za-z][\w-]*/.exec(message) ?? [];
  return { zh: option === undefined ? "选项有误。" : `选项 ${option} 有误，或缺少值。`, en: message };
}

/** The one word that a command takes. @throws UsageError, saying what it should be. */
export function onlyWord(words: readonly string[], what: string): string {
  const [word, ...more] = words;
  if (word === undefined) throw new UsageError({ zh: "还缺一个参数，见用法。", en: `Name ${what}.` });
  if (more.length > 0)
    throw new UsageError({ zh: "只能给一个参数，见用法。", en: `Only one ${what} at a time.` });
  return word;
}

/** @throws UsageError if there are words although the command takes none. */
export function noWords(words: readonly string[]): void {
  const [word] = words;
  if (word !== undefined) {
    const text = printable(word);
    throw new UsageError({ zh: `多了一个参数“${text}”。`, en: `"${text}" is one word too many.` });
  }
}
