import { KeyStoreError } from "@yinxin/hsm-adapters/key-store";

import type { Command } from "../command.ts";
import { interrupted } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { exitCodeOfKeyStoreError, renderKeyStoreError, renderKeyStoreErrorJson } from "./refusal.ts";

/**
 * A command on key stores: what a store refuses is said in the person's language, with the next command to type, and on standard
 * output too if JSON was asked for.
 */
export function keysCommand(usage: Command["usage"], run: Command["run"]): Command {
  return {
    usage,
    run: async (args, terminal) => {
      try {
        return await run(args, terminal);
      } catch (cause) {
        if (!(cause instanceof KeyStoreError)) throw cause;
        // What a store makes of a PIN that was not given is not what happened.
        if (terminal.interruption.signal.aborted) throw interrupted();
        return sayRefusal(cause, terminal, args.includes("--json"));
      }
    },
  };
}

function sayRefusal(error: KeyStoreError, terminal: Terminal, isJson: boolean): number {
  if (isJson) terminal.print(renderKeyStoreErrorJson(error));
  terminal.say(`yinxin: ${renderKeyStoreError(error, terminal.language)}`);
  return exitCodeOfKeyStoreError(error);
}
