import { leadingOptions, wordsAfter } from "./completion-table.ts";
import type { CompletedCommand } from "./completion-table.ts";
import { posixFunctions } from "./posix-functions.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What a shell reads to complete `yinxin`. */
export function renderCompletion(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell](commands);
}

function renderBash(commands: readonly CompletedCommand[]): string {
  return `# bash: source <(yinxin completion bash)
${posixFunctions(commands)}_yinxin() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  local candidates
  candidates="$(_yinxin_candidates "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
# Where nothing of ours fits, files do.
complete -o default -F _yinxin yinxin
`;
}

function renderZsh(commands: readonly CompletedCommand[]): string {
  return `#compdef yinxin
# zsh: source <(yinxin completion zsh), or keep it as _yinxin in a folder of $fpath
${posixFunctions(commands)}_yinxin() {
  local -a candidates
  candidates=(\${=:-$(_yinxin_candidates "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}")})
  if (( \${#candidates} )); then compadd -- "\${candidates[@]}"; else _files; fi
}
if [ "\${funcstack[1]}" = "_yinxin" ]; then _yinxin "$@"; else compdef _yinxin yinxin; fi
`;
}

function renderFish(commands: readonly CompletedCommand[]): string {
  const summaries = new Map(commands.map(({ name, summary }) => [name, summary]));
  const words = [...wordsAfter(commands)].flatMap(([before, after]) =>
    after.map((word) => {
      const summary = summaries.get(before === "" ? word : `${before} ${word}`) ?? "";
      return line(
        `__yinxin_is${before === "" ? "" : ` ${before}`}`,
        `-f -a ${word} -d ${fishQuoted(summary)}`,
      );
    }),
  );
  const purposes = commands
    .filter(({ takesPurpose }) => takesPurpose)
    .map(({ name }) =>
      line(`__yinxin_begins ${name}`, `-f -a '(cat "$__yinxin_cache/yinxin/purposes" 2>/dev/null)'`),
    );
  const options = commands.flatMap(({ name, options: own }) =>
    own.map((option) =>
      line(
        `__yinxin_begins ${name}`,
        `-l ${option.name.slice(2)}${option.takesValue ? " -r" : ""} -d ${fishQuoted(option.help)}`,
      ),
    ),
  );
  return `# fish: yinxin completion fish | source
set -g __yinxin_cache (test -n "$XDG_CACHE_HOME"; and echo $XDG_CACHE_HOME; or echo $HOME/.cache)
function __yinxin_plain
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case ${leadingOptions.join(" ")}
                set skip 1
            case '-*'
            case '*'
                echo $word
        end
    end
end
# The words so far are exactly these.
function __yinxin_is
    set -l plain (__yinxin_plain)
    test "$plain" = "$argv"
end
# The words so far begin with these.
function __yinxin_begins
    set -l plain (__yinxin_plain)
    set -l count (count $argv)
    test (count $plain) -ge $count; and test "$plain[1..$count]" = "$argv"
end
${[...words, ...purposes, ...options].join("\n")}
`;
}

function line(condition: string, what: string): string {
  return `complete -c yinxin -n '${condition}' ${what}`;
}

/** In single quotes fish changes only the quote and the backslash. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
