import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

import type { ProbeMessage, ProbeProblem, ProbeTask } from "./probe-report.ts";

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
export type ProbeEnd =
  | { readonly kind: "answered"; readonly answer: unknown }
  | { readonly kind: "refused" | "crashed" | "hung"; readonly problem: ProbeProblem };

const defaultStepMilliseconds = 10_000;

/** More than any library has to say; a broken one must not fill our memory. */
const maximumOctets = 4 * 1024 * 1024;

/** A dump of a process that loaded a stranger's library is of no use to anybody. */
const startScript = 'ulimit -c 0; exec "$@"';

/** Runs one task in a process of its own. Never rejects: whatever becomes of the library is an answer. */
export function runProbeProcess(task: ProbeTask, deps: ProbeDeps): Promise<ProbeEnd> {
  const { program, environment, stepMilliseconds = defaultStepMilliseconds } = deps;
  // Sources need the loader that this process was started with.
  const loader = program.endsWith(".ts") ? process.execArgv : [];
  const command = [process.execPath, ...loader, program, JSON.stringify(task)];
  const child = spawn("/bin/sh", ["-c", startScript, "sh", ...command], {
    env: environment,
    stdio: ["pipe", "ignore", "ignore", "pipe"],
  });
  return new Promise((resolve) => {
    const messages = new MessageReader();
    const timer = setTimeout(() => {
      messages.isLate = true;
      child.kill("SIGKILL");
    }, stepMilliseconds);
    (child.stdio[messageDescriptor] as Readable).on("data", (chunk: Buffer) => {
      timer.refresh();
      if (!messages.read(chunk)) child.kill("SIGKILL");
    });
    child.on("error", (cause) => {
      clearTimeout(timer);
      resolve({ kind: "refused", problem: { code: "failed", message: cause.message } });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(messages.end(signal ?? `exit code ${String(code)}`));
    });
  });
}

class MessageReader {
  isLate = false;
  #text = "";
  #step = "loading the probe";
  #end: ProbeEnd | undefined;
  #octets = 0;

  /** @returns false if it is too much. */
  read(chunk: Buffer): boolean {
    this.#octets += chunk.length;
    this.#text += chunk.toString("utf8");
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

/** Undefined for a line that a library wrote into our descriptor. */
function messageIn(line: string): ProbeMessage | undefined {
  try {
    return JSON.parse(line) as ProbeMessage;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
