import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for the files of one test, gone when the test is. */
export function withFolder<Result>(body: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-test-"));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface ToolResult {
  readonly status: number | null;
  /** Both streams, as they came. */
  readonly output: string;
}

export function runTool(tool: string, args: readonly string[]): ToolResult {
  const result = spawnSync(tool, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return { status: result.status, output: result.stdout + result.stderr };
}

/** Runs a tool on `input`, given as its file argument where `args` says `IN`, and returns the file at `OUT`. */
export function convert(tool: string, args: readonly string[], input: Uint8Array): Uint8Array {
  return withFolder((folder) => {
    const paths = new Map([
      ["IN", join(folder, "in.pdf")],
      ["OUT", join(folder, "out")],
    ]);
    writeFileSync(join(folder, "in.pdf"), input);
    const result = runTool(
      tool,
      args.map((argument) => paths.get(argument) ?? argument),
    );
    if (result.status !== 0 && result.status !== 3) throw new Error(`${tool}: ${result.output}`);
    return new Uint8Array(readFileSync(join(folder, "out")));
  });
}
