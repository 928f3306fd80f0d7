import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";

import type { Command } from "./command.ts";
import { findCommand } from "./commands.ts";
import { exitCodes } from "./exit-codes.ts";
import { isGroup, renderHelp } from "./help.ts";
import { FileError, languageOf, printable, UsageError } from "./terminal/index.ts";
import type { Terminal } from "./terminal/index.ts";
import { version } from "./version.ts";

const language = languageOf(process.env);
const unread = new AbortController();
const terminal: Terminal = {
  language,
  environment: process.env,
  isInteractive: process.stdin.isTTY && process.stderr.isTTY,
  print: (text) => process.stdout.write(text),
  say: (text) => process.stderr.write(`${text}\n`),
  ask: async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(`${question} `);
    } catch (cause) {
      // Ctrl-C and Ctrl-D.
      if (cause instanceof Error && cause.name === "AbortError") return "";
      throw cause;
    } finally {
      lines.close();
    }
  },
  unread: unread.signal,
  keyboard: process.stdin.isTTY ? process.stdin : undefined,
  now: () => new Date(),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
};

async function run(args: readonly string[]): Promise<number> {
  const [first, ...others] = args;
  if (first === "--version") return print(`yinxin ${version}\n`);
  const isHelp = first === "help" || first === "--help" || first === "-h";
  const words = isHelp ? others : args;
  const wantsHelp = isHelp || words.includes("--help") || words.includes("-h");
  const found = findCommand(words);
  if (found !== undefined) {
    const command = await found.entry.load();
    return wantsHelp ? print(command.usage) : runCommand(command, found.rest);
  }
  const [word] = words;
  const group = isGroup(word) ? word : undefined;
  if (wantsHelp && (group !== undefined || word === undefined || word.startsWith("-")))
    return print(renderHelp(language, group));
  const problem =
    group === undefined && word !== undefined ? `Unknown command ${printable(word)}.` : "Name a command.";
  return refuseUsage(problem, renderHelp(language, group));
}

function print(text: string): number {
  terminal.print(text);
  return exitCodes.done;
}

function refuseUsage(message: string, usage: string): number {
  terminal.say(`yinxin: ${message}\n\n${usage.trimEnd()}`);
  return exitCodes.wrongUsage;
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args, terminal);
  } catch (cause) {
    if (cause instanceof UsageError) return refuseUsage(cause.message, command.usage);
    if (cause instanceof FileError) {
      terminal.say(`yinxin: ${cause.message}`);
      return exitCodes.failed;
    }
    // Of the operating system: a folder that is a file, a disk that is full.
    if (cause instanceof Error && "syscall" in cause) {
      terminal.say(`yinxin: ${printable(cause.message)}`);
      return exitCodes.failed;
    }
    throw cause;
  }
}

// Whoever reads us may have seen enough (`| head`). That is no failure of ours, and no reason to leave work half done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EPIPE") throw cause;
    if (stream === process.stdout) unread.abort();
  });
}

process.exitCode = await run(process.argv.slice(2));
