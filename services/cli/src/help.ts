import { commands } from "./commands.ts";
import { padded } from "./terminal/index.ts";
import type { Language } from "./terminal/index.ts";

const words = {
  zh: {
    usage: "用法",
    command: "命令",
    more: "各命令的选项见",
    codes:
      "退出码：0 完成 · 1 失败 · 2 用法错误 · 3 INVALID · 4 INDETERMINATE/UNSIGNED · 5 不允许 · 6 等待审批 · 7 冲突 · 8 无法连接 · 10 有到期项（仅在 --exit-code 时）",
  },
  en: {
    usage: "usage",
    command: "COMMAND",
    more: "The options of each command:",
    codes:
      "exit codes: 0 done · 1 failed · 2 wrong usage · 3 INVALID · 4 INDETERMINATE/UNSIGNED · 5 not allowed · 6 waiting for approval · 7 conflict · 8 unreachable · 10 due (only with --exit-code)",
  },
} as const;

/** All commands, or those that begin with a word. */
export function renderHelp(language: Language, group?: string): string {
  const { usage, command, more, codes } = words[language];
  const shown = commands.filter(({ name }) => group === undefined || name.startsWith(`${group} `));
  const width = Math.max(...shown.map(({ name }) => name.length));
  const lines = shown.map(({ name, summary }) => `  ${padded(name, width)}  ${summary[language]}`);
  return [
    `${usage}: yinxin ${group === undefined ? "" : `${group} `}${command} …`,
    "",
    ...lines,
    "",
    `${more} yinxin help ${group === undefined ? "" : `${group} `}${command}`,
    codes,
    "",
  ].join("\n");
}

/** Whether a word alone begins the names of some commands. */
export function isGroup(word: string | undefined): boolean {
  return word !== undefined && commands.some(({ name }) => name.startsWith(`${word} `));
}
