import { createInterface } from "node:readline/promises";

import type { Terminal } from "./terminal.ts";
import { interrupted } from "./interrupted.ts";

export interface Asking {
  readonly input: NodeJS.ReadableStream;
  /** Where the question is shown. */
  readonly output: NodeJS.WritableStream;
  readonly interruption: Terminal["interruption"];
}

/**
 * Asks for a line. Ctrl-C and Ctrl-D are no line, not even an empty one: where Enter means yes, they must not.
 *
 * @throws CommandFailure `interrupted`
 */
export async function askLine(question: string, { input, output, interruption }: Asking): Promise<string> {
  const lines = createInterface({ input, output });
  const closed = new AbortController();
  // The terminal went away.
  lines.once("close", () => {
    closed.abort();
  });
  try {
    return await lines.question(`${question} `, { signal: closed.signal });
  } catch (cause) {
    if (!(cause instanceof Error && cause.name === "AbortError")) throw cause;
    output.write("\n");
    interruption.abort();
    throw interrupted();
  } finally {
    lines.close();
  }
}
