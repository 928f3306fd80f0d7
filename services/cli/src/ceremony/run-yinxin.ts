import { spawn } from "node:child_process";

import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal/index.ts";

/** Longer than any list of keys. */
const stdoutBytesMax = 4 * 1024 * 1024;

/** This program again, with the people's keyboard: a PIN that is asked for never passes through the ceremony. */
export function runYinxin(
  args: readonly string[],
  { environment }: Terminal,
): Promise<{ exitCode: number; stdout: string }> {
  const [program = ""] = process.argv.slice(1);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
      stdio: ["inherit", "pipe", "inherit"],
      env: { ...environment },
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout.length < stdoutBytesMax) stdout += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const ended = signal === "SIGINT" ? exitCodes.interrupted : exitCodes.failed;
      resolve({ exitCode: code ?? ended, stdout });
    });
  });
}
