import type { Verdict } from "@yinxin/crypto/verification";

/** What the process ends with; the same in every command (docs/architecture.md, "The command line is a contract"). */
export const exitCodes = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  invalid: 3,
  indeterminate: 4,
  notAllowed: 5,
  /** Somebody else has to approve first. */
  waiting: 6,
  conflict: 7,
  unreachable: 8,
  /** Something is due; only with `--exit-code`. */
  due: 10,
  /** Ctrl-C at a question: as a shell says of SIGINT. */
  interrupted: 130,
} as const;

const exitCodeOfVerdict: Record<Verdict, number> = {
  VALID: exitCodes.done,
  VALID_WITH_WARNINGS: exitCodes.done,
  VALID_THEN_REVOKED: exitCodes.done,
  INVALID: exitCodes.invalid,
  INDETERMINATE: exitCodes.indeterminate,
  UNSIGNED: exitCodes.indeterminate,
};

/** Of several files the worst wins: INVALID before INDETERMINATE and UNSIGNED before valid. */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  const codes = new Set(verdicts.map((verdict) => exitCodeOfVerdict[verdict]));
  const worstFirst = [exitCodes.invalid, exitCodes.indeterminate];
  return worstFirst.find((code) => codes.has(code)) ?? exitCodes.done;
}
