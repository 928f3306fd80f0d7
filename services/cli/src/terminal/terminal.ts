import type { ReadStream } from "node:tty";

import type { Language } from "./language.ts";

/** The person or program at the other end: standard output is data, standard error is talk. */
export interface Terminal {
  readonly language: Language;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Somebody is there who can be asked. */
  readonly isInteractive: boolean;
  /** Data, as it is. */
  readonly print: (text: string) => void;
  /** Talk; a line. */
  readonly say: (text: string) => void;
  /** Asks a question and gives the line that was typed; nothing if it was broken off. Only if {@link Terminal.isInteractive}. */
  readonly ask: (question: string) => Promise<string>;
  /** Aborted once nobody reads standard output any more (`| head`). */
  readonly unread: AbortSignal;
  /** Where a PIN is typed; undefined if standard input is no terminal. */
  readonly keyboard: ReadStream | undefined;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}
