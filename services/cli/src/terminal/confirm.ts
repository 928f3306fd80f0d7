import { CommandFailure } from "./command-failure.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

export interface Confirmation {
  /** What has to be typed: the name of the thing, not "y". */
  readonly name: string;
  /** Typed already, on the command line. */
  readonly given: string | undefined;
  /** What to add where nobody can be asked, like `--confirm NAME`. */
  readonly option: string;
}

/** @throws CommandFailure `not-confirmed` unless the name was given or is typed; nothing was done. */
export async function confirmByName(terminal: Terminal, confirmation: Confirmation): Promise<void> {
  const { name, given, option } = confirmation;
  const question = {
    zh: `请输入 ${printable(name)} 以确认：`,
    en: `Type ${printable(name)} to confirm:`,
  }[terminal.language];
  const typed = given ?? (terminal.isInteractive ? (await terminal.ask(question)).trim() : undefined);
  if (typed === name) return;
  throw new CommandFailure(
    "not-confirmed",
    typed === undefined
      ? { zh: "没有做任何改动：无人可以确认。", en: "Nothing was done: nobody can be asked." }
      : { zh: "没有做任何改动：输入的名称不符。", en: "Nothing was done: that is not the name." },
    {
      exitCode: exitCodes.notAllowed,
      next: {
        zh: `若确要继续，加上 ${option} 再运行一次。`,
        en: `To go on, run it again with ${option}.`,
      },
    },
  );
}
