import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { setTimeout as after } from "node:timers/promises";

/** A program that runs beside a test. */
export interface Background {
  /** The end of what it wrote, for messages of failed tests. */
  output(): string;
  readonly hasEnded: boolean;
  stop(): Promise<void>;
}

const keptCharacters = 4_000;

/**
 * Starts a program that ends when it is told to, and also when this process dies in any way: a shell waits for the end of
 * its standard input, which we hold, and takes the program with it.
 */
export function startBackground(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Background {
  const script = `"$@" </dev/null & child=$!; read -r _; kill "$child" 2>/dev/null; wait "$child"`;
  const shell = spawn("sh", ["-c", script, "sh", tool, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    shell.once("close", () => {
      hasEnded = true;
      resolve();
    });
  });
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptCharacters);
    });
  }
  return {
    output: () => output,
    get hasEnded() {
      return hasEnded;
    },
    stop: async () => {
      shell.stdin.end();
      await ended;
    },
  };
}

/** Asks again every 20 ms. @throws Error with the description once the limit has passed. */
export async function until(
  description: string,
  isSo: () => boolean | Promise<boolean>,
  limitMilliseconds = 10_000,
): Promise<void> {
  for (let waited = 0; waited < limitMilliseconds; waited += 20) {
    if (await isSo()) return;
    await after(20);
  }
  throw new Error(`waited in vain: ${description}`);
}

/** Whether somebody listens on this port of loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/** Two neighbouring ports that nothing else in the tests takes, and that systems do not give out by themselves; free a moment ago. */
export async function findFreePortPair(randomInt: (least: number, above: number) => number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 2 * randomInt(5_000, 7_500);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error("found no two free ports");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
