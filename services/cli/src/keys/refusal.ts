import { describeKeyStoreError } from "@yinxin/hsm-adapters/key-store";
import type { KeyStoreError, KeyStoreErrorCode } from "@yinxin/hsm-adapters/key-store";

import { exitCodes } from "../exit-codes.ts";
import { printable, renderJson } from "../terminal/index.ts";
import type { Language } from "../terminal/index.ts";

/** Codes that mean more than "failed" to a script. */
const exitCodeOfRefusal: ReadonlyMap<KeyStoreErrorCode, number> = new Map([
  ...each(exitCodes.wrongUsage, ["key-uri-malformed", "configuration-malformed"]),
  ...each(exitCodes.notAllowed, ["not-permitted", "key-state-forbids", "passphrase-wrong", "pin-required"]),
  ...each(exitCodes.notAllowed, ["pin-incorrect", "pin-locked", "pin-expired", "pin-latched"]),
  ...each(exitCodes.notAllowed, ["pin-last-try", "pin-default", "pin-file-permissions"]),
  ...each(exitCodes.conflict, ["key-exists"]),
  ...each(exitCodes.unreachable, ["token-not-found", "device-removed", "device-busy", "device-unreachable"]),
]);

function each(exitCode: number, codes: readonly KeyStoreErrorCode[]): [KeyStoreErrorCode, number][] {
  return codes.map((code) => [code, exitCode]);
}

/** What the process ends with when a key store refused. */
export function exitCodeOfKeyStoreError({ code }: KeyStoreError): number {
  return exitCodeOfRefusal.get(code) ?? exitCodes.failed;
}

/** For a person: what happened, what the library or device said, and what to type next. */
export function renderKeyStoreError(error: KeyStoreError, language: Language): string {
  const { title, nextStep } = describeKeyStoreError(error);
  // What a library or device said is among it.
  const [what, words, next] = [title[language], error.message, nextStep[language]].map(printable);
  return `${what ?? ""}\n  ${error.code}: ${words ?? ""}\n  → ${next ?? ""}`;
}

/** For a program. */
export function renderKeyStoreErrorJson(error: KeyStoreError): string {
  const { title, nextStep, retriable } = describeKeyStoreError(error);
  const { code, message, facts } = error;
  return renderJson({ error: { code, title, message, nextStep, retriable, ...facts } });
}
