import { KeyStoreError } from "../key-store/index.ts";
import type { ProbeProblem } from "./probe-report.ts";

/** An error as a report has it. */
export function problemOf(cause: unknown): ProbeProblem {
  if (!(cause instanceof KeyStoreError)) {
    return { code: "failed", message: cause instanceof Error ? cause.message : String(cause) };
  }
  const { vendor, profileField } = cause.facts;
  return {
    code: cause.code,
    message: cause.message,
    ...(vendor === undefined
      ? {}
      : {
          step: vendor.call,
          vendor: `0x${vendor.number.toString(16).padStart(8, "0")} ${vendor.name}`.trim(),
        }),
    ...(profileField === undefined ? {} : { profileField }),
  };
}
