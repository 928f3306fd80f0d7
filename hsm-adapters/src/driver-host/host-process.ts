import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { userInfo } from "node:os";

import type { ConnectionEnd } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { CallChannel, WireError } from "../wire/index.ts";
import type { WireValue } from "../wire/index.ts";
import { listenToStandardError } from "./last-words.ts";

export interface HostProcessOptions {
  /** The host's JavaScript: `driverHostProgram()`, or a bundle of `driver-host/main.ts`. */
  readonly program: string;
  /** All variables that the library sees, but for PATH, HOME and LANG, which are fixed unless they are here. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  /** How many calls into the library may wait in parallel: the size of the host's thread pool. 32 if absent. */
  readonly sessions?: number;
  /** Told each line that the library or the host writes to standard error; a driver writes no secret there. */
  readonly log?: (line: string) => void;
}

/** A process that runs a driver, and the calls to it. */
export interface HostProcess {
  readonly processId: number | undefined;
  readonly channel: CallChannel;
  /** Resolves once the process is gone; all calls in flight were rejected before. */
  readonly ended: Promise<ConnectionEnd>;
  onEvent(listener: (event: WireValue) => void): void;
  /** From here on its end is no surprise; the process leaves when the socket closes. */
  endGently(): void;
  kill(): void;
  /** Whether it keeps this process from ending. */
  setReferenced(isReferenced: boolean): void;
}

const defaultSessions = 32;

/** Where system programs are; a driver's library may start some. */
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The descriptor of the socket in the host. */
export const socketDescriptor = 3;

/**
 * A dump of the host's memory would hold the PIN, hence none. The host ends by itself when the socket closes, but a library that
 * does not return would keep it from noticing: where the system has a `setpriv` that can (util-linux, not BusyBox), the kernel ends
 * it together with its parent, more exactly with the thread that started it.
 */
const startScript = `ulimit -c 0; umask 077
if setpriv --pdeathsig KILL true >/dev/null 2>&1; then exec setpriv --pdeathsig KILL -- "$@"; fi
exec "$@"`;

/** Events that come before somebody listens; a device tells of few. */
const earlyEventsKept = 16;

/** What the process still writes when it has ended is waited for this long: a child of its own may hold the pipe open. */
const lastWordsMilliseconds = 50;

/** Starts the process. Whether it runs is found out by the first call. */
export function startHostProcess(options: HostProcessOptions): HostProcess {
  const { program, environment = {}, workingFolder, sessions = defaultSessions, log } = options;
  const child = spawn(
    "/bin/sh",
    ["-c", startScript, "sh", process.execPath, ...argumentsFor(program), program],
    {
      env: {
        PATH: systemPath,
        HOME: homeFolder(),
        LANG: "C.UTF-8",
        ...environment,
        UV_THREADPOOL_SIZE: String(sessions),
      },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      ...(workingFolder !== undefined && { cwd: workingFolder }),
    },
  );
  return new RunningHost(child, log);
}

/** A container may run under a number that no user has. */
function homeFolder(): string {
  try {
    return userInfo().homedir;
  } catch {
    return "/";
  }
}

/** A host from sources, as in development, is started as this process was: with the same loader and conditions. */
function argumentsFor(program: string): readonly string[] {
  return program.endsWith(".ts") ? process.execArgv : [];
}

class RunningHost implements HostProcess {
  readonly channel: CallChannel;
  readonly ended: Promise<ConnectionEnd>;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #earlyEvents: WireValue[] = [];
  #listener: ((event: WireValue) => void) | undefined;
  #isAsked = false;

  constructor(child: ChildProcess, log: ((line: string) => void) | undefined) {
    this.#child = child;
    const socket = child.stdio[socketDescriptor];
    if (!(socket instanceof Socket)) throw new TypeError("the host has no socket");
    this.#socket = socket;
    this.channel = new CallChannel(
      (octets, sent) => socket.write(octets, sent),
      (event) => {
        this.#hear(event);
      },
    );
    socket.on("data", (chunk: Buffer) => {
      this.#receive(chunk);
    });
    // The end of the process tells more than the end of its socket.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (!this.#isAsked) child.kill("SIGKILL");
    });
    this.ended = this.#watch(log);
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  onEvent(listener: (event: WireValue) => void): void {
    this.#listener = listener;
    for (const event of this.#earlyEvents.splice(0)) listener(event);
  }

  endGently(): void {
    this.#isAsked = true;
    this.#socket.end();
  }

  kill(): void {
    this.#isAsked = true;
    this.channel.fail(new KeyStoreError("driver-crashed", "the connection to the driver host was cut"));
    this.#child.kill("SIGKILL");
  }

  setReferenced(isReferenced: boolean): void {
    const change = isReferenced ? "ref" : "unref";
    this.#child[change]();
    this.#socket[change]();
    const standardError = this.#child.stderr;
    if (standardError instanceof Socket) standardError[change]();
  }

  #hear(event: WireValue): void {
    if (this.#listener !== undefined) this.#listener(event);
    else if (this.#earlyEvents.length < earlyEventsKept) this.#earlyEvents.push(event);
  }

  #receive(chunk: Buffer): void {
    try {
      this.channel.receive(chunk);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      // A library that wrote over the host's memory, or a host of another version.
      const message = `the driver host broke the protocol: ${cause.message}`;
      this.channel.fail(new KeyStoreError("driver-crashed", message, { cause }));
      this.#socket.destroy();
      this.#child.kill("SIGKILL");
    }
  }

  async #watch(log: ((line: string) => void) | undefined): Promise<ConnectionEnd> {
    const standardError = listenToStandardError(this.#child.stderr, log);
    const how = await new Promise<Pick<ConnectionEnd, "signal" | "exitCode">>((resolve) => {
      // Nothing was started: no such folder, or no more processes.
      this.#child.once("error", () => {
        resolve({});
      });
      this.#child.once("exit", (exitCode, signal) => {
        resolve(signal === null ? { exitCode: exitCode ?? 0 } : { signal });
      });
    });
    await standardError.ended(lastWordsMilliseconds);
    const end = { wasAsked: this.#isAsked, ...how, lastWords: standardError.lastWords() };
    this.channel.fail(crashOf(end));
    this.#socket.destroy();
    return end;
  }
}

/** How it ended, for whoever waits for an answer; with its last line, which is where loaders and libraries say what they lack. */
function crashOf({ signal, exitCode, lastWords }: ConnectionEnd): KeyStoreError {
  const how =
    signal ?? (exitCode === undefined ? "it could not be started" : `exit code ${String(exitCode)}`);
  const lastLine = lastWords.trimEnd().split("\n").at(-1) ?? "";
  return new KeyStoreError(
    "driver-crashed",
    `the driver host ended (${how})${lastLine === "" ? "" : `; its last words: ${lastLine}`}`,
    {
      facts: { ...(signal !== undefined && { signal }), ...(lastWords !== "" && { loaderSaid: lastWords }) },
    },
  );
}
