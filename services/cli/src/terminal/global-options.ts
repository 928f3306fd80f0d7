/** What counts for every command, wherever it stands. */
export interface GlobalOptions {
  /** The command line without them; what may stand before a command's name stands behind it. */
  readonly args: readonly string[];
  readonly noColour: boolean;
  readonly noInput: boolean;
}

/** Options with a value that may stand before the command: `yinxin --as 李强 approvals list`. */
const leading = new Set(["--as", "--deployment", "--officer-key", "--officer-label"]);

/** Takes out `--no-color` and `--no-input`, and moves options before the command to its end. */
export function readGlobalOptions(args: readonly string[]): GlobalOptions {
  const end = args.indexOf("--");
  const before = end === -1 ? args : args.slice(0, end);
  const behind = end === -1 ? [] : args.slice(end);
  const own = before.filter((word) => word !== "--no-color" && word !== "--no-input");
  let at = 0;
  while (at < own.length) {
    const word = own[at] ?? "";
    if (leading.has(word)) at += 2;
    else if (leading.has(word.split("=")[0] ?? "")) at += 1;
    else break;
  }
  return {
    args: [...own.slice(at), ...own.slice(0, at), ...behind],
    noColour: before.includes("--no-color"),
    noInput: before.includes("--no-input"),
  };
}
