import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "./command-failure.ts";
import type { Bilingual } from "./language.ts";

/** The failure of a person who breaks off a question: Ctrl-C, Ctrl-D. What was asked about is not done. */
export function interrupted(next?: Bilingual): CommandFailure {
  return new CommandFailure(
    "interrupted",
    { zh: "已中断；所询问的事没有做。", en: "Broken off; what was asked about was not done." },
    { exitCode: exitCodes.interrupted, ...(next === undefined ? {} : { next }) },
  );
}
