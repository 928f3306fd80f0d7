import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";

/** The command line was not understood; the message is for the person who typed it. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageError";
  }
}

export const defaultPortBase = 7600;
/** The highest that leaves room for the metrics ports. */
const highestPortBase = 65_000;

/** @throws UsageError for an unknown option. */
export function parseOptions<Config extends NonNullable<ParseArgsConfig["options"]>>(
  options: Config,
): ReturnType<typeof parseArgs<{ options: Config }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    // parseArgs throws TypeError only, with a sentence that names the option.
    if (cause instanceof TypeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** @throws UsageError if it is not a port that leaves room for the others. */
export function parsePortBase(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const portBase = Number(text);
  if (Number.isInteger(portBase) && portBase >= 1024 && portBase <= highestPortBase) return portBase;
  throw new UsageError(`--port-base: a number from 1024 to ${String(highestPortBase)}`);
}

/** Where a demo's services have their keys. */
export type KeyPlace = "files" | "devices";

/** @throws UsageError for another word. */
export function parseKeyPlace(text: string | undefined): KeyPlace {
  if (text === undefined || text === "files") return "files";
  if (text === "devices") return text;
  throw new UsageError("--keys: files or devices");
}

/** Relative to the repository, so that the same command means the same folder from everywhere. */
export function dataFolder(text: string | undefined): string {
  return resolve(join(import.meta.dirname, "../.."), text ?? ".demo");
}
