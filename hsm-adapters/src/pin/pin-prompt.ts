import type { ReadStream } from "node:tty";

import { KeyStoreError } from "../key-store/index.ts";
import type { PinSource } from "./pin-source.ts";
import { secretCopy } from "./secret-copy.ts";

export interface PinPromptOptions {
  /** The keyboard: standard input, if it is a terminal. */
  readonly input: ReadStream;
  /** Where the question is shown: standard error, since standard output is data. */
  readonly output: { write(text: string): unknown };
  /** Says which device wants its PIN. */
  readonly question: string;
  /** Told of Ctrl-C, Ctrl-D and a terminal that went away: the person wants to stop, and did not only type nothing. */
  readonly onBrokenOff?: () => void;
}

/** Longer than the PIN of any device; what is typed beyond is refused as a whole. */
const maximumPinOctets = 256;

const keys = { interrupt: 0x03, endOfInput: 0x04, backspace: 0x08, clear: 0x15, delete: 0x7f } as const;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Signals that end a program, and would leave a terminal without echo behind. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Questions wait for each other: there is one keyboard. */
const busy = new WeakMap<ReadStream, Promise<unknown>>();

/**
 * Asks a person at a terminal. Nothing of what is typed is shown, not even how long it is, and nothing is kept.
 * Backspace and Ctrl-U work; Ctrl-C and Ctrl-D refuse.
 */
export function pinPrompt(options: PinPromptOptions): PinSource {
  const { input } = options;
  return {
    read: () => {
      const answer = (busy.get(input) ?? Promise.resolve()).then(() => ask(options));
      busy.set(
        input,
        answer.catch(() => undefined),
      );
      return answer;
    },
  };
}

async function ask({ input, output, question, onBrokenOff }: PinPromptOptions): Promise<Uint8Array> {
  if (!input.isTTY) throw new KeyStoreError("pin-required", "there is no terminal to ask for the PIN");
  const restore = (): void => {
    input.setRawMode(false);
    input.pause();
  };
  const stopGuarding = onEndingSignal(restore);
  const typed = new TypedPin();
  input.setRawMode(true);
  output.write(`${question} `);
  try {
    return await lineOf(input, typed);
  } catch (cause) {
    if (typed.isBrokenOff) onBrokenOff?.();
    throw cause;
  } finally {
    typed.forget();
    restore();
    stopGuarding();
    output.write("\n");
  }
}

function lineOf(input: ReadStream, typed: TypedPin): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      input.off("data", onData).off("end", onEnd);
    };
    const onEnd = (): void => {
      stop();
      typed.isBrokenOff = true;
      reject(refused());
    };
    const onData = (chunk: Buffer): void => {
      try {
        const pin = typed.take(chunk);
        if (pin === undefined) return;
        stop();
        resolve(pin);
      } catch (cause) {
        stop();
        reject(cause instanceof Error ? cause : refused());
      } finally {
        chunk.fill(0);
      }
    };
    input.on("data", onData).on("end", onEnd).resume();
  });
}

/** What was typed so far, in memory that is overwritten. */
class TypedPin {
  readonly #octets = secretCopy(new Uint8Array(maximumPinOctets + 1));
  #length = 0;
  isBrokenOff = false;

  forget(): void {
    this.#octets.fill(0);
  }

  /**
   * The PIN, once its line is complete.
   *
   * @throws KeyStoreError `pin-required` if the person refuses, types nothing, or types more than any PIN has.
   */
  take(chunk: Uint8Array): Uint8Array | undefined {
    for (const octet of chunk) {
      if (octet === lineFeed || octet === carriageReturn) return this.#complete();
      if (octet === keys.interrupt || octet === keys.endOfInput) {
        this.isBrokenOff = true;
        throw refused();
      }
      if (octet === keys.clear) this.#length = 0;
      else if (octet === keys.backspace || octet === keys.delete) this.#removeLast();
      else this.#append(octet);
    }
    return undefined;
  }

  #complete(): Uint8Array {
    if (this.#length === 0) throw new KeyStoreError("pin-required", "no PIN was typed");
    if (this.#length > maximumPinOctets) throw new KeyStoreError("pin-required", "no PIN is that long");
    return secretCopy(this.#octets.subarray(0, this.#length));
  }

  /** A character that takes several octets in UTF-8 goes as a whole: its later octets begin with the bits 10. */
  #removeLast(): void {
    while (this.#length > 0) {
      this.#length -= 1;
      if (((this.#octets[this.#length] ?? 0) & 0xc0) !== 0x80) return;
    }
  }

  #append(octet: number): void {
    this.#octets[this.#length] = octet;
    this.#length = Math.min(this.#length + 1, this.#octets.length);
  }
}

function refused(): KeyStoreError {
  return new KeyStoreError("pin-required", "the PIN was not given");
}

/** Does something first, and then what the signal does anyway. */
function onEndingSignal(first: () => void): () => void {
  const listeners = endingSignals.map((signal) => {
    const listener = (): void => {
      first();
      // With our listener gone the signal has its usual effect, unless the program has listeners of its own.
      process.removeListener(signal, listener);
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.removeListener(signal, listener);
  };
}
