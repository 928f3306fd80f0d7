import { KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import { pinFile, pinPrompt } from "@yinxin/hsm-adapters/pin";
import type { PinSource } from "@yinxin/hsm-adapters/pin";

import { FileError, interrupted } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";

export type { PinSource } from "@yinxin/hsm-adapters/pin";

/** A passphrase from a file of mode 0400; one line feed at its end is not of it. @throws FileError */
export async function readSecretFile(path: string): Promise<Uint8Array> {
  try {
    return (await pinFile(path).read()) ?? new Uint8Array();
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    throw new FileError(`${path}: ${cause.message}.`, { cause });
  }
}

/** Asks for a PIN or a passphrase that is not shown; undefined where there is no keyboard. */
export function secretSource({ keyboard, interruption }: Terminal, question: string): PinSource | undefined {
  if (keyboard === undefined) return undefined;
  const onBrokenOff = (): void => {
    interruption.abort();
  };
  return pinPrompt({ input: keyboard, output: process.stderr, question, onBrokenOff });
}

/** The same, question by question. It throws CommandFailure `interrupted`; KeyStoreError `pin-required`. */
export function secretPrompt(terminal: Terminal): ((question: string) => Promise<Uint8Array>) | undefined {
  if (terminal.keyboard === undefined) return undefined;
  return async (question) => {
    try {
      return (await secretSource(terminal, question)?.read()) ?? new Uint8Array();
    } catch (cause) {
      throw terminal.interruption.signal.aborted ? interrupted() : cause;
    }
  };
}
