import type { Check, SignatureReport, VerificationReport } from "../src/verification/index.ts";

/** @throws Error unless the report has exactly one signature */
export function onlySignature(report: VerificationReport): SignatureReport {
  const [signature, ...more] = report.signatures;
  if (signature === undefined || more.length > 0) throw new Error("expected one signature");
  return signature;
}

/** The names of the one signature's checks with this result. */
export function checksThat(report: VerificationReport, result: Check["result"]): string[] {
  return onlySignature(report)
    .checks.filter((check) => check.result === result)
    .map(({ name }) => name);
}
