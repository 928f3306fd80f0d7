import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

import type { ProbeProblem, ProbeTask } from "./probe-report.ts";
import { messageIn } from "./read-answers.ts";
import type { Check } from "./read-answers.ts";

/** Where a probe process writes what it finds; the library may write to standard output. */
export const messageDescriptor = 3;

export interface ProbeDeps {
  /** The JavaScript of `probe/main.ts`: {@link probeProgram}, or a bundle. */
  readonly program: string;
  /** What the library sees beside PATH, HOME and LANG; vendors look for their configuration there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** As `process.arch`. */
  readonly machine: string;
  /** How long one call into the library may take; ten seconds if absent. */
  readonly stepMilliseconds?: number;
}

/** How a probe process ended. */
export type ProbeEnd<Answer = unknown> =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "refused" | "crashed" | "hung"; readonly problem: ProbeProblem };

const defaultStepMilliseconds = 10_000;

/** Of all calls together: a library that pretends to go on and on is ended too. A reader with many slots needs some seconds. */
const maximumSteps = 30;

/** More than any library has to say; a broken one must not fill our memory. */
const maximumOctets = 4 * 1024 * 1024;

/** What was written before the end is waited for this long: a child that the library left behind may hold the pipe open. */
const lastWordsMilliseconds = 100;

/**
 * A dump of a process that loaded a stranger's library is of no use to anybody. It ends together with us also while the library does
 * not come back, where the system has a `setpriv` that can.
 */
const startScript = `ulimit -c 0
if setpriv --pdeathsig KILL true >/dev/null 2>&1; then exec setpriv --pdeathsig KILL -- "$@"; fi
exec "$@"`;

/** Runs one task in a process of its own. Never rejects: whatever becomes of the library is an answer. */
export async function runProbeProcess<Answer>(
  task: ProbeTask,
  deps: ProbeDeps,
  isAnswer: Check<Answer>,
): Promise<ProbeEnd<Answer>> {
  const end = await endOfProcess(startProcess(task, deps), deps.stepMilliseconds ?? defaultStepMilliseconds);
  if (end.kind !== "answered") return end;
  const { answer } = end;
  if (isAnswer(answer)) return { kind: "answered", answer };
  return {
    kind: "refused",
    problem: { code: "failed", message: "the library disturbed the probe's answer" },
  };
}

/** In a session of its own: without a terminal that it could write to, and with its children in one group. */
function startProcess(task: ProbeTask, { program, environment }: ProbeDeps): ChildProcess {
  // Sources need the loader that this process was started with.
  const loader = program.endsWith(".ts") ? process.execArgv : [];
  const command = [process.execPath, ...loader, program, JSON.stringify(task)];
  return spawn("/bin/sh", ["-c", startScript, "sh", ...command], {
    env: environment,
    stdio: ["pipe", "ignore", "ignore", "pipe"],
    detached: true,
  });
}

function endOfProcess(child: ChildProcess, stepMilliseconds: number): Promise<ProbeEnd> {
  const output = child.stdio[messageDescriptor] as Readable;
  const messages = new MessageReader();
  const end = (): void => {
    messages.isLate = true;
    killGroup(child);
  };
  return new Promise((resolve) => {
    const step = setTimeout(end, stepMilliseconds);
    const whole = setTimeout(end, stepMilliseconds * maximumSteps);
    const finish = (how: ProbeEnd): void => {
      clearTimeout(step);
      clearTimeout(whole);
      resolve(how);
    };
    output.on("data", (chunk: Buffer) => {
      step.refresh();
      if (!messages.read(chunk)) killGroup(child);
    });
    child.on("error", (cause) => {
      finish({ kind: "refused", problem: { code: "failed", message: cause.message } });
    });
    child.on("exit", () => {
      killGroup(child);
      setTimeout(() => output.destroy(), lastWordsMilliseconds);
    });
    child.on("close", (code, signal) => {
      finish(messages.end(signal ?? `exit code ${String(code)}`));
    });
  });
}

/** The process and all that its library started, unless that left the group. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (cause) {
    // Nobody is left.
    if (!(cause instanceof Error && "code" in cause && cause.code === "ESRCH")) throw cause;
  }
}

class MessageReader {
  isLate = false;
  /** A character may come in two halves. */
  readonly #decoder = new TextDecoder();
  #text = "";
  #step = "loading the probe";
  #end: ProbeEnd | undefined;
  #octets = 0;

  /** @returns false if it is too much. */
  read(chunk: Buffer): boolean {
    this.#octets += chunk.length;
    this.#text += this.#decoder.decode(chunk, { stream: true });
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    return this.#octets <= maximumOctets;
  }

  end(how: string): ProbeEnd {
    if (this.#end !== undefined) return this.#end;
    const step = this.#step;
    if (this.isLate) {
      const message = `the library did not come back from ${step}`;
      return { kind: "hung", problem: { code: "deadline-exceeded", message, step } };
    }
    const message = `the library crashed (${how}) in ${step}`;
    return { kind: "crashed", problem: { code: "driver-crashed", message, step, signal: how } };
  }

  #take(line: string): void {
    const message = messageIn(line);
    if (message === undefined) return;
    if ("step" in message) this.#step = message.step;
    else if ("problem" in message) this.#end = { kind: "refused", problem: message.problem };
    else this.#end = { kind: "answered", answer: message.answer };
  }
}
