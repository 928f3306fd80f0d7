import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** No command of a guide takes that long, on any machine: something that is waited for will not come. */
const commandMilliseconds = 300_000;

export interface ShellResult {
  /** Both streams, in the order of writing. */
  readonly output: string;
  readonly status: number;
}

/** One shell in which commands follow each other, as on a person's terminal: variables, jobs and `$?` last from one to the next. */
export interface ShellSession {
  run(command: string): Promise<ShellResult>;
  /** Ends the shell and whatever it started and did not end. */
  stop(): Promise<void>;
}

/**
 * @param scratch a folder for the commands and their output.
 * @param environment all that the commands see.
 */
export function startShell({
  folder,
  scratch,
  environment,
}: {
  readonly folder: string;
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
}): ShellSession {
  // A process group of its own, so that jobs in the background end with it.
  const shell = spawn("bash", ["--noprofile", "--norc"], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) =>
    shell.once("close", () => {
      resolve();
    }),
  );
  const statuses = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  let status = 0;
  let count = 0;
  return {
    run: async (command) => {
      count += 1;
      const file = join(scratch, `command-${String(count)}`);
      writeFileSync(file, `(exit ${String(status)})\n${command}\n`);
      shell.stdin.write(`. '${file}' </dev/null >'${file}.output' 2>&1; echo $?\n`);
      const limit = setTimeout(() => shell.kill("SIGKILL"), commandMilliseconds);
      const said: IteratorResult<string, unknown> = await statuses.next();
      clearTimeout(limit);
      if (said.done === true) throw new Error(`the shell ended, or was ended after minutes, in: ${command}`);
      status = Number(said.value);
      return { output: readFileSync(`${file}.output`, "utf8"), status };
    },
    stop: async () => {
      try {
        if (shell.pid !== undefined) process.kill(-shell.pid, "SIGTERM");
      } catch {
        // It has ended already.
      }
      shell.stdin.end();
      shell.kill("SIGKILL");
      await ended;
    },
  };
}
