import { randomBytes } from "node:crypto";

import type { Language, Terminal } from "../src/terminal/index.ts";

export interface TestTerminalOptions {
  readonly language?: Language;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the person types, question by question; without it nobody is there. */
  readonly answers?: readonly string[];
  readonly hasColour?: boolean;
  /** Whether a bar can be drawn; then what is drawn is among what is said. */
  readonly canDraw?: boolean;
  readonly now?: () => Date;
  /** What happens while a command waits. */
  readonly whilePaused?: () => Promise<void>;
}

/** A terminal of which the test sees everything. */
export interface TestTerminal extends Terminal {
  readonly printed: () => string;
  readonly said: () => string;
  readonly questions: readonly string[];
}

/** The person or program at the other end, in a test. */
export function createTestTerminal(options: TestTerminalOptions = {}): TestTerminal {
  const { language = "en", environment = {}, answers, hasColour = false } = options;
  const printed: string[] = [];
  const said: string[] = [];
  const questions: string[] = [];
  const left = [...(answers ?? [])];
  return {
    language,
    environment,
    isInteractive: answers !== undefined,
    hasColour,
    print: (text) => {
      printed.push(text);
    },
    say: (text) => {
      said.push(`${text}\n`);
    },
    draw:
      options.canDraw === true
        ? (text) => {
            said.push(text);
          }
        : undefined,
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(left.shift() ?? "");
    },
    pause: async () => {
      await options.whilePaused?.();
    },
    unread: new AbortController().signal,
    interruption: new AbortController(),
    keyboard: undefined,
    now: options.now ?? (() => new Date("2026-11-21T02:00:00Z")),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    printed: () => printed.join(""),
    said: () => said.join(""),
    questions,
  };
}
