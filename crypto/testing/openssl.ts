import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface OpensslFolder {
  /** Runs `openssl` in the folder and gives its exit status and what it printed, errors included. */
  readonly run: (...args: readonly string[]) => { readonly status: number; readonly output: string };
  readonly read: (name: string) => Uint8Array;
}

/** Runs `body` with `openssl` in a temporary folder that holds the given files; the folder is gone afterwards. */
export function inOpensslFolder<Result>(
  files: Readonly<Record<string, Uint8Array | string>>,
  body: (folder: OpensslFolder) => Result,
): Result {
  const path = mkdtempSync(join(tmpdir(), "yinxin-openssl-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return body({
      run: (...args) => {
        const { status, stdout, stderr } = spawnSync("openssl", args, { cwd: path, encoding: "utf8" });
        return { status: status ?? -1, output: stdout + stderr };
      },
      read: (name) => new Uint8Array(readFileSync(join(path, name))),
    });
  } finally {
    rmSync(path, { recursive: true });
  }
}
