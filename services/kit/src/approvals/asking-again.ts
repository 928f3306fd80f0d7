import type { ChangeRequest } from "./change-request.ts";

type Asked = Pick<ChangeRequest, "operation" | "target" | "parameters" | "reason" | "service">;

const version = ({ parameters }: Asked): readonly string[] =>
  typeof parameters["version"] === "number" ? ["--version", String(parameters["version"])] : [];

const textOption = (option: string, value: unknown): readonly string[] =>
  typeof value === "string" ? [option, value] : [];

/** The words of `yinxin` that ask for an operation, without its reason. */
const words: Readonly<Record<string, (asked: Asked) => readonly string[]>> = {
  "key.rotate": ({ target }) => ["keys", "rotate", target],
  "key.suspend": (asked) => ["keys", "suspend", asked.target, ...version(asked)],
  "key.resume": (asked) => ["keys", "resume", asked.target, ...version(asked)],
  "key.compromise": (asked) => [
    ...["keys", "compromise", asked.target],
    ...textOption("--since", asked.parameters["since"]),
    ...version(asked),
  ],
  "key.destroy": (asked) => {
    const days = asked.parameters["after_days"];
    const after = typeof days === "number" ? ["--after", `${String(days)}d`] : [];
    return ["keys", "destroy", asked.target, ...version(asked), ...after];
  },
  "key.destroy-cancel": (asked) => ["keys", "destroy", asked.target, ...version(asked), "--cancel"],
  "key.standby": ({ target }) => ["keys", "standby", target],
  "key.drill": ({ target }) => ["keys", "drill", target],
  "scope.freeze": ({ target }) => ["freeze", target],
  "scope.thaw": ({ target }) => ["thaw", target],
  "plan.roll-back": ({ target }) => ["plans", "roll-back", target],
  "audit.continue": ({ service }) => ["audit", "continue", service],
  "break-glass.review": ({ target, parameters }) => [
    ...["approvals", "review", target],
    ...textOption("--finding", parameters["finding"]),
  ],
};

/**
 * The command that asks for the same once more, ready for a POSIX shell whatever the texts in the request are; undefined for what no
 * one command asks for, such as another policy, which must follow the one that is in force by then.
 */
export function commandToAskAgain(asked: Asked): string | undefined {
  const make = Object.hasOwn(words, asked.operation) ? words[asked.operation] : undefined;
  return make && ["yinxin", ...make(asked), "--reason", asked.reason].map(quoted).join(" ");
}

function quoted(word: string): string {
  // What a terminal would obey or hide is no part of a command that a person is to copy.
  const shown = word.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return /^[\w.:/@%+=-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
