import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import type { Command } from "./command.ts";
import { findCommand, namesMeant } from "./commands.ts";
import { exitCodes } from "./exit-codes.ts";
import { isGroup, renderHelp } from "./help.ts";
import {
  askLine,
  CommandFailure,
  FileError,
  interrupted,
  languageOf,
  printable,
  readGlobalOptions,
  sayFailure,
  UsageError,
  wantsColour,
} from "./terminal/index.ts";
import type { Terminal } from "./terminal/index.ts";
import { version } from "./version.ts";

const { args, noColour, noInput } = readGlobalOptions(process.argv.slice(2));
const language = languageOf(process.env);
const unread = new AbortController();
const interruption = new AbortController();
const isKeyboard = process.stdin.isTTY && !noInput;
const isDrawable = process.stderr.isTTY && process.env["TERM"] !== "dumb";
const terminal: Terminal = {
  language,
  environment: process.env,
  isInteractive: isKeyboard && process.stderr.isTTY,
  hasColour: wantsColour({
    environment: process.env,
    isTerminal: process.stdout.isTTY && process.stderr.isTTY,
    isRefused: noColour,
  }),
  print: (text) => process.stdout.write(text),
  say: (text) => process.stderr.write(`${text}\n`),
  draw: isDrawable ? (text) => process.stderr.write(text) : undefined,
  ask: (question) => askLine(question, { input: process.stdin, output: process.stderr, interruption }),
  pause: async (milliseconds) => {
    await pause(milliseconds);
  },
  unread: unread.signal,
  interruption,
  keyboard: isKeyboard ? process.stdin : undefined,
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
    return wantsHelp ? print(usageOf(command)) : runCommand(command, found.rest);
  }
  const [word] = words;
  const group = isGroup(word) ? word : undefined;
  if (wantsHelp && (group !== undefined || word === undefined || word.startsWith("-")))
    return print(renderHelp(language, group));
  return refuseUsage(problemOf(words, group), renderHelp(language, group));
}

/** What is wrong with a command line that begins with no command, and what it may have meant. */
function problemOf(words: readonly string[], group: string | undefined): string {
  const [word, second] = words;
  if (word === undefined || (group !== undefined && (second === undefined || second.startsWith("-"))))
    return language === "zh" ? "请指明命令。" : "Name a command.";
  const typed = [word, ...(group === undefined || second === undefined ? [] : [second])].join(" ");
  const names = namesMeant(words);
  const unknown =
    language === "zh" ? `没有命令 ${printable(typed)}。` : `Unknown command ${printable(typed)}.`;
  if (names.length === 0) return unknown;
  return language === "zh"
    ? `${unknown}您是否要用：${names.join("、")}？`
    : `${unknown} Did you mean ${names.join(" or ")}?`;
}

function usageOf({ usage }: Command): string {
  return typeof usage === "string" ? usage : usage[language];
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
  const isJson = args.includes("--json");
  try {
    const code = await command.run(args, terminal);
    return interruption.signal.aborted ? exitCodes.interrupted : code;
  } catch (cause) {
    if (interruption.signal.aborted && !isInterrupted(cause))
      return sayFailure(interrupted(), terminal, isJson);
    if (cause instanceof UsageError) return refuseUsage(cause.words[language], usageOf(command));
    if (cause instanceof CommandFailure) return sayFailure(cause, terminal, isJson);
    const failure = failureOfSystem(cause);
    if (failure !== undefined) return sayFailure(failure, terminal, isJson);
    throw cause;
  }
}

function isInterrupted(cause: unknown): boolean {
  return cause instanceof CommandFailure && cause.exitCode === exitCodes.interrupted;
}

/** Of a file, or of the operating system: a folder that is a file, a disk that is full. */
function failureOfSystem(cause: unknown): CommandFailure | undefined {
  const isFile = cause instanceof FileError;
  if (!(cause instanceof Error) || !(isFile || "syscall" in cause)) return undefined;
  const { message } = cause;
  if ((cause as NodeJS.ErrnoException).code === "EEXIST") return targetExists(cause);
  const next = {
    zh: "检查文件是否存在、权限与磁盘空间，然后再试",
    en: "look at the file, its permissions and the space on the disk, and run it again",
  };
  return new CommandFailure(
    isFile ? "file-unreadable" : "system-refused",
    { zh: message, en: message },
    { cause, next },
  );
}

/** Nothing that is there is written over. */
function targetExists(cause: NodeJS.ErrnoException): CommandFailure {
  const path = cause.path ?? "";
  return new CommandFailure(
    "target-exists",
    { zh: `${path} 已存在，未改动。`, en: `${path} is there already and was left as it is.` },
    {
      cause,
      exitCode: exitCodes.conflict,
      next: { zh: "换一个名称，或先移走它", en: "Choose another name, or move it away first" },
    },
  );
}

// Whoever reads us may have seen enough (`| head`). That is no failure of ours, and no reason to leave work half done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EPIPE") throw cause;
    if (stream === process.stdout) unread.abort();
  });
}

process.exitCode = await run(args);
