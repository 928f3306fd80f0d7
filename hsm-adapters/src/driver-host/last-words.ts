import type { Readable } from "node:stream";

/** Enough for what a loader or an assertion says; a library that chatters cannot fill the memory. */
const keptCharacters = 4_096;
const lineCharacters = 500;

export interface StandardError {
  /** The end of it, without control characters. */
  lastWords(): string;
  /** Once everything was read, or after this time. */
  ended(limitMilliseconds: number): Promise<void>;
}

/** Reads what a process writes to standard error: hands each line on, cut, and keeps the end. */
export function listenToStandardError(
  stream: Readable | null,
  log: ((line: string) => void) | undefined,
): StandardError {
  let kept = "";
  let line = "";
  const ended = new Promise<void>((resolve) => {
    if (stream === null) {
      resolve();
      return;
    }
    stream.once("close", resolve);
    stream.on("error", () => undefined);
    stream.setEncoding("utf8").on("data", (text: string) => {
      const printable = withoutControls(text);
      kept = (kept + printable).slice(-keptCharacters);
      if (log === undefined) return;
      const lines = (line + printable).split("\n");
      line = (lines.pop() ?? "").slice(0, lineCharacters);
      for (const whole of lines) log(whole.slice(0, lineCharacters));
    });
  });
  return {
    lastWords: () => kept,
    ended: async (limitMilliseconds) => {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMilliseconds);
      });
      await Promise.race([ended, limit]);
      clearTimeout(timer);
    },
  };
}

/** A terminal that shows a log must not obey a library. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, "\u{fffd}");
}
