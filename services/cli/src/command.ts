import type { Bilingual, Terminal } from "./terminal/index.ts";

/** One thing that `yinxin` can do. */
export interface Command {
  /** How it is called and with which options, each on a line that begins with two blanks and `--`. */
  readonly usage: string | Bilingual;
  /** @returns the exit code. @throws UsageError, FileError, CommandFailure, which `main.ts` puts into words. */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

/** A command in the table, which is loaded when it is called. */
export interface CommandEntry {
  /** One word or two, as typed. */
  readonly name: string;
  readonly summary: Bilingual;
  readonly load: () => Promise<Command>;
}
