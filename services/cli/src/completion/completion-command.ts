import type { Command, CommandEntry } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeUsage, meant, onlyWord, parseOptions, UsageError } from "../terminal/index.ts";
import { completionTable } from "./completion-table.ts";
import { renderCompletion, shells } from "./render-completion.ts";

/** @param commands everything that can be completed; the table itself, which this command is in. */
export function completionCommand(commands: readonly CommandEntry[]): Command {
  return {
    usage: describeUsage({
      lines: [`completion ${shells.join("|")}`],
      examples: [
        "completion bash > ~/.local/share/bash-completion/completions/yinxin",
        "completion fish | source",
      ],
      about: {
        zh: "输出命令行补全脚本：补全命令、选项与密钥用途。用途取自最近一次 yinxin keys list，补全时不访问任何服务。",
        en: "Prints what a shell needs to complete commands, options and purposes of keys. The purposes are those of the last\nyinxin keys list: completing asks no service.",
      },
      options: {},
    }),
    run: async (args, terminal) => {
      const { positionals } = parseOptions(args, {});
      const word = onlyWord(positionals, `a shell: ${shells.join(", ")}`);
      const shell = shells.find((each) => each === word);
      if (shell === undefined) {
        const [near] = meant(word, shells);
        throw new UsageError(
          `There is no completion for ${word}.${near === undefined ? ` Choose ${shells.join(", ")}.` : ` Did you mean ${near}?`}`,
        );
      }
      terminal.print(renderCompletion(shell, await completionTable(commands, terminal.language)));
      return exitCodes.done;
    },
  };
}
