import { exitCodes } from "../exit-codes.ts";
import { renderJson } from "./json.ts";
import type { Bilingual, Language } from "./language.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

export interface FailureFacts {
  readonly exitCode?: number;
  /** Of a service, by which its log knows the call. */
  readonly requestId?: string;
  /** What to type next. */
  readonly next?: Bilingual;
  readonly cause?: unknown;
}

/** A command could not do what it was asked; the message is for the person who asked, `code` for programs. */
export class CommandFailure extends Error {
  readonly code: string;
  readonly words: Bilingual;
  readonly exitCode: number;
  readonly requestId: string | undefined;
  readonly next: Bilingual | undefined;

  constructor(code: string, words: Bilingual, facts: FailureFacts = {}) {
    super(`${code}: ${words.en}`, { cause: facts.cause });
    this.name = "CommandFailure";
    this.code = code;
    this.words = words;
    this.exitCode = facts.exitCode ?? exitCodes.failed;
    this.requestId = facts.requestId;
    this.next = facts.next;
  }
}

/** Code, request and next command, as every failure shows them. */
export function renderFailure(failure: CommandFailure, language: Language): string {
  const { code, words, requestId, next } = failure;
  const request =
    requestId === undefined ? "" : `  ${language === "zh" ? "请求" : "request"} ${printable(requestId)}`;
  return [
    printable(words[language]),
    `  ${printable(code)}${request}`,
    ...(next === undefined ? [] : [`  → ${printable(next[language])}`]),
  ].join("\n");
}

/** Says it, and prints it where JSON was asked for. @returns the exit code. */
export function sayFailure(failure: CommandFailure, terminal: Terminal, isJson: boolean): number {
  if (isJson) {
    const { code, words, requestId, next } = failure;
    terminal.print(
      renderJson({
        error: {
          code,
          message: words[terminal.language],
          ...(requestId === undefined ? {} : { requestId }),
          ...(next === undefined ? {} : { nextStep: next[terminal.language] }),
        },
      }),
    );
  }
  terminal.say(`yinxin: ${renderFailure(failure, terminal.language)}`);
  return failure.exitCode;
}
