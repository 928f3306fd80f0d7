/** One command of a guide and what the guide says it prints. */
export interface ConsoleStep {
  /** Where the command stands in the file, from 1. */
  readonly line: number;
  /** The heading above it. */
  readonly section: string;
  /** One line, or more with a here-document. */
  readonly command: string;
  readonly expected: readonly string[];
  /** Why no test can run it: the words after `console` in the fence. */
  readonly byHand?: string;
}

/**
 * The commands of a guide's console blocks, in order. In a block `$ …` begins a command, `> …` right after it goes on with it,
 * and the lines after that are its output. A fence may say why nobody but a person can run it: `console by hand: a real card`.
 */
export function consoleSteps(markdown: string): readonly ConsoleStep[] {
  const steps: { -readonly [Key in keyof ConsoleStep]: ConsoleStep[Key] }[] = [];
  let section = "";
  let fence: { readonly byHand?: string } | "other" | undefined;
  let expected: string[] | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const [, info] = /^```(.*)$/.exec(line) ?? [];
    if (info !== undefined) {
      fence = fence === undefined ? fenceOf(info) : undefined;
      expected = undefined;
    } else if (fence === undefined) section = /^## (.+)$/.exec(line)?.[1] ?? section;
    else if (fence === "other") continue;
    else if (line.startsWith("$ ")) {
      expected = [];
      steps.push({ line: index + 1, section, command: line.slice(2), expected, ...fence });
    } else if (expected === undefined) throw new Error(`line ${String(index + 1)} belongs to no command`);
    else if (line.startsWith("> ") && expected.length === 0) {
      const step = steps.at(-1);
      if (step !== undefined) step.command += `\n${line.slice(2)}`;
    } else expected.push(line);
  }
  return steps;
}

function fenceOf(info: string): { readonly byHand?: string } | "other" {
  if (info === "console") return {};
  const [, byHand] = /^console by hand: (.+)$/.exec(info) ?? [];
  return byHand === undefined ? "other" : { byHand };
}
