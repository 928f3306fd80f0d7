import { spawnSync } from "node:child_process";

import { testPrograms } from "../../../hsm-adapters/testing/programs.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the command line is started: from one bundle for the whole test run. */
export function yinxinCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly program: string; readonly args: string[]; readonly environment: NodeJS.ProcessEnv } {
  const { commandLine, driverHostProgram, probeProgram, verifierProgram } = testPrograms();
  return {
    program: process.execPath,
    args: [commandLine, ...args],
    environment: {
      PATH: process.env["PATH"],
      LANG: "en_US.UTF-8",
      YINXIN_DRIVER_HOST: driverHostProgram,
      YINXIN_PROBE: probeProgram,
      YINXIN_VERIFIER: verifierProgram,
      ...environment,
    },
  };
}

/** Runs the command line as a process with nobody at the keyboard. */
export function runYinxin(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Ended {
  const command = yinxinCommand(args, environment);
  // A pipe that is at its end: no test waits for a person.
  const run = spawnSync(command.program, command.args, {
    encoding: "utf8",
    input: "",
    env: command.environment,
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}
