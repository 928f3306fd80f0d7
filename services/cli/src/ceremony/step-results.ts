import type { CeremonyField, CeremonyStep } from "./ceremony-script.ts";

/** So much of an output stands in a transcript; a longer one by its digest, and its beginning. */
export const stdoutKept: number = 64 * 1024;

/** What a command of a step gave. */
export interface StepResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Of standard output, hexadecimal. */
  readonly sha256: string;
}

/** Whether a command gave what its step expects. */
export function isExpectedOf({ expect }: CeremonyStep, { exitCode, stdout, sha256 }: StepResult): boolean {
  return [
    exitCode === (expect?.exit_code ?? 0),
    expect?.stdout_sha256 === undefined || expect.stdout_sha256 === sha256,
    expect?.stdout_equals === undefined || expect.stdout_equals === stdout.trim(),
    !(expect?.stdout_excludes ?? []).some((text) => stdout.includes(text)),
  ].every(Boolean);
}

/** Whether an answer is one that the field takes. */
export function isAnswer({ pattern, least }: CeremonyField, typed: string): boolean {
  if (typed === "") return false;
  if (least !== undefined && !(Number(typed) >= least)) return false;
  return pattern === undefined || new RegExp(`^(?:${pattern})$`, "u").test(typed);
}
