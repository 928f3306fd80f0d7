import { globalOptions, leadingOptions, wordsAfter } from "./completion-table.ts";
import type { CompletedCommand } from "./completion-table.ts";

/** Where purposes are remembered, as a shell finds it. */
export const purposesFile = '"${XDG_CACHE_HOME:-$HOME/.cache}/yinxin/purposes"';

/** What bash and zsh share: functions that print what may follow a command, and find the command in a line. */
export function posixFunctions(commands: readonly CompletedCommand[]): string {
  const words = [...wordsAfter(commands)].map(
    ([before, after]) => `    ${quoted(before)}) echo ${quoted(after.join(" "))} ;;`,
  );
  const options = commands.map(({ name, options: own }) => {
    const names = [...own.map((option) => option.name), ...globalOptions];
    return `    ${quoted(name)}) echo ${quoted([...new Set(names)].join(" "))} ;;`;
  });
  const purposes = commands.filter(({ takesPurpose }) => takesPurpose).map(({ name }) => quoted(name));
  return `_yinxin_words() {
  case "$1" in
${words.join("\n")}
  esac
}
_yinxin_options() {
  case "$1" in
${options.join("\n")}
    *) echo ${quoted([...leadingOptions, ...globalOptions, "--version"].join(" "))} ;;
  esac
}
_yinxin_purposes() {
  case "$1" in
    ${purposes.join("|")}) cat ${purposesFile} 2>/dev/null ;;
  esac
}
# The command that a line has so far: one word or two.
_yinxin_command() {
  local first="" skip=""
  for word in "$@"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$word" in
      ${leadingOptions.join("|")}) skip=1 ;;
      -*|help) ;;
      *)
        if [ -n "$first" ]; then echo "$first $word"; return; fi
        if [ -z "$(_yinxin_words "$word")" ]; then echo "$word"; return; fi
        first="$word" ;;
    esac
  done
  echo "$first"
}
# What may stand now, after these words: first the word that is being typed.
_yinxin_candidates() {
  local current="$1"
  shift
  local command
  command="$(_yinxin_command "$@")"
  case "$current" in
    -*) _yinxin_options "$command" ;;
    *) _yinxin_words "$command"; _yinxin_purposes "$command" ;;
  esac
}
`;
}

/** Names of commands and options hold nothing that a shell would change; a test says so. */
export function quoted(text: string): string {
  return `"${text}"`;
}
