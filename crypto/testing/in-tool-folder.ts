import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { withFolder } from "./run-tool.ts";

export interface ToolFolder {
  /** Runs a program in the folder and gives its exit status and what it printed, errors included. */
  readonly run: (
    tool: string,
    ...args: readonly string[]
  ) => { readonly status: number; readonly output: string };
  /** As `run`, and throws what it printed if it failed. */
  readonly must: (tool: string, ...args: readonly string[]) => string;
  readonly read: (name: string) => Uint8Array;
  readonly write: (name: string, content: Uint8Array | string) => void;
}

/** Runs `body` with outside programs in a temporary folder that holds the given files; the folder is gone afterwards. */
export function inToolFolder<Result>(
  files: Readonly<Record<string, Uint8Array | string>>,
  body: (folder: ToolFolder) => Result,
): Result {
  return withFolder((path) => {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    const run: ToolFolder["run"] = (tool, ...args) => {
      const { status, stdout, stderr } = spawnSync(tool, args, { cwd: path, encoding: "utf8" });
      return { status: status ?? -1, output: stdout + stderr };
    };
    return body({
      run,
      must: (tool, ...args) => {
        const { status, output } = run(tool, ...args);
        if (status !== 0) throw new Error(`${tool} ${args.join(" ")}: ${output}`);
        return output;
      },
      read: (name) => new Uint8Array(readFileSync(join(path, name))),
      write: (name, content) => {
        writeFileSync(join(path, name), content);
      },
    });
  });
}
