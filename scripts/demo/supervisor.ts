import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { ServicePlace } from "./layout.ts";

const repository = join(import.meta.dirname, "../..");
const readyLimitMilliseconds = 60_000;
/** A service drains within 10 s by itself; one that does not is ended. */
const stopLimitMilliseconds = 12_000;

export interface RunningService {
  readonly name: string;
  /** Resolves when the process has ended, with a sentence about how. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a service's program as its own process and waits for its ready line.
 *
 * The child has its own process group, so that Ctrl-C reaches it once and through us, and a pipe as standard input: when
 * this process dies in any way the pipe closes and the child stops.
 *
 * @throws Error with the end of the child's log if it ends before it is ready.
 */
export async function startService(
  program: string,
  place: ServicePlace,
  environment: Readonly<Record<string, string>>,
): Promise<RunningService> {
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [program], {
    cwd: repository,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...inheritedEnvironment(), ...environment, YINXIN_SUPERVISED: "1" },
  });
  const ended = endOf(child);
  const lastLines = keepLog(child, join(place.folder, "log.jsonl"));
  const isReady = await Promise.race([
    readyLine(child),
    ended.then(() => false),
    after(readyLimitMilliseconds),
  ]);
  if (!isReady) {
    await stop(child, ended);
    throw new Error(`${place.name} did not start: ${await ended}\n${lastLines().join("\n")}`);
  }
  return { name: place.name, ended, stop: () => stop(child, ended) };
}

/** A service sees what the operating system needs and its own configuration, nothing else of this shell. */
function inheritedEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "SystemRoot"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve(`could not be run (${error.message})`);
    });
    child.once("exit", (code, signal) => {
      resolve(signal === null ? `ended with ${String(code)}` : `ended by ${signal}`);
    });
  });
}

function keepLog(child: ChildProcess, path: string): () => readonly string[] {
  const file = createWriteStream(path, { flags: "a", mode: 0o600 });
  const lines: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      file.write(`${line}\n`);
      lines.push(line);
      if (lines.length > 15) lines.shift();
    });
  }
  child.once("close", () => file.end());
  return () => lines;
}

function readyLine(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith('{"ready":true')) resolve(true);
    });
  });
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  const hasEnded = await Promise.race([ended.then(() => true), after(stopLimitMilliseconds)]);
  if (!hasEnded) child.kill("SIGKILL");
  await ended;
}

function after(milliseconds: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve(false);
    }, milliseconds).unref();
  });
}
