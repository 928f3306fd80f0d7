import type { ReadStream } from "node:tty";

import type { Language } from "./language.ts";

/** The person or program at the other end: standard output is data, standard error is talk. */
export interface Terminal {
  readonly language: Language;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Somebody is there who can be asked; never with `--no-input`. */
  readonly isInteractive: boolean;
  /** Both streams are a terminal that shows colours, and nobody said NO_COLOR, `--no-color` or TERM=dumb. */
  readonly hasColour: boolean;
  /** Data, as it is. */
  readonly print: (text: string) => void;
  /** Talk; a line. */
  readonly say: (text: string) => void;
  /** Talk that is drawn over and over, like a bar; undefined where that would only fill a log. */
  readonly draw: ((text: string) => void) | undefined;
  /**
   * Asks a question and gives the line that was typed. Only if {@link Terminal.isInteractive}.
   *
   * @throws CommandFailure `interrupted`
   */
  readonly ask: (question: string) => Promise<string>;
  /** Between two looks at something that goes on elsewhere. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Aborted once nobody reads standard output any more (`| head`). */
  readonly unread: AbortSignal;
  /** Aborted by whoever asks once the person breaks off a question; the command ends as interrupted, whatever it makes of that. */
  readonly interruption: AbortController;
  /** Where a PIN is typed; undefined if standard input is no terminal, or with `--no-input`. */
  readonly keyboard: ReadStream | undefined;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}
