import { KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import { pinFile, pinPrompt } from "@yinxin/hsm-adapters/pin";

import { FileError } from "../terminal/index.ts";
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

/** Asks for a passphrase that is not shown; undefined where there is no keyboard. */
export function secretPrompt({
  keyboard,
}: Terminal): ((question: string) => Promise<Uint8Array>) | undefined {
  if (keyboard === undefined) return undefined;
  return async (question) =>
    (await pinPrompt({ input: keyboard, output: process.stderr, question }).read()) ?? new Uint8Array();
}
