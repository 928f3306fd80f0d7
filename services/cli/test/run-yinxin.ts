import { spawnSync } from "node:child_process";

import { testPrograms } from "../../../hsm-adapters/testing/programs.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a process, from one bundle for the whole test run, with nobody at the keyboard. */
export function runYinxin(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Ended {
  const { commandLine, driverHostProgram, probeProgram, verifierProgram } = testPrograms();
  const run = spawnSync(process.execPath, [commandLine, ...args], {
    encoding: "utf8",
    // As a pipe that is at its end: no test waits for a person.
    input: "",
    env: {
      PATH: process.env["PATH"],
      LANG: "en_US.UTF-8",
      YINXIN_DRIVER_HOST: driverHostProgram,
      YINXIN_PROBE: probeProgram,
      YINXIN_VERIFIER: verifierProgram,
      ...environment,
    },
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}
