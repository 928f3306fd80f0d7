import { digest } from "../digest/index.ts";
import { judgeTimeStampToken, parseTimeStampToken, TimeStampError } from "../timestamp/index.ts";
import type { TimeStampToken, TokenJudgement } from "../timestamp/index.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { noEvidence } from "./verification-context.ts";
import type { JudgingTime, VerificationContext } from "./verification-context.ts";

/** What a time stamp over a signature value comes to. */
export interface StampedTime {
  readonly finding: Finding;
  /** Before this time the value existed; absent if nothing proves it. */
  readonly proven?: Date;
}

/** `timestamp` is over the value of the signature, `seal-timestamp` over that of the seal. */
export type StampName = "timestamp" | "seal-timestamp";

/**
 * Checks that speak of who stamped, and not of what: without them a time stamp proves nothing, but it is not a forged
 * one either. The time then is claimed only.
 */
const authorityChecks: ReadonlySet<string> = new Set(["token-certificate", "signer-identified"]);

/**
 * Judges the time stamp over a signature value (GB/T 38540-2020 §7.3, GM/T 0031-2025 §6.3): the token is over the octets
 * as they stand in the BIT STRING. One over something else, or with a wrong value, is wrong; one whose authority nobody
 * here trusts proves nothing.
 *
 * @param stamped what was stamped, in its parts.
 */
export function stampedTime(
  name: StampName,
  token: Uint8Array | undefined,
  stamped: readonly Uint8Array[],
  context: VerificationContext,
): StampedTime {
  const what = name === "timestamp" ? "signature" : "seal";
  if (token === undefined) return { finding: missingStamp(name) };
  const read = readToken(token, context);
  if (read instanceof TimeStampError) {
    const detail = `The time stamp of the ${what} cannot be read: ${read.message}.`;
    return { finding: finding(name, "failed", { detail, subIndication: "FORMAT_FAILURE" }) };
  }
  const judgement = judgeTimeStampToken({
    token: read,
    imprint: (algorithm) => digest(algorithm, ...stamped),
    anchors: context.trust,
    intermediates: context.intermediates ?? [],
    evidence: context.evidence ?? noEvidence,
    now: context.at,
    revocation: context.revocation ?? "if-present",
  });
  return conclusionOf(name, what, judgement);
}

const missing: Readonly<Record<StampName, string>> = {
  timestamp: "There is no time stamp: the signing time is what the signer's clock said.",
  "seal-timestamp": "There is no time stamp: the seal's creation time is what its maker's clock said.",
};

/** Nobody stamped. */
export function missingStamp(name: StampName): Finding {
  return finding(name, "not-checked", { detail: missing[name] });
}

function readToken(token: Uint8Array, { profile }: VerificationContext): TimeStampToken | TimeStampError {
  try {
    return parseTimeStampToken(token, { profile: profile === "strict" ? "strict" : "lenient" });
  } catch (cause) {
    if (cause instanceof TimeStampError) return cause;
    throw cause;
  }
}

function conclusionOf(name: StampName, what: string, judgement: TokenJudgement): StampedTime {
  const { result, time, tsa, code, detail: reason = "", subIndication: doubt } = judgement;
  const evidence = {
    time: time.toISOString(),
    ...(tsa !== undefined && { authority: tsa.subject.text, authority_serial: tsa.serialNumber }),
    ...(code !== undefined && { problem: code }),
  };
  if (result === "passed") {
    const detail = `A trusted time stamp proves that the ${what} existed at ${time.toISOString()}.`;
    return { finding: finding(name, "passed", { detail, evidence }), proven: time };
  }
  const failures = judgement.checks.filter((check) => check.result === "failed");
  const wrong = failures.find((check) => !authorityChecks.has(check.name));
  if (wrong !== undefined) {
    const detail = `The time stamp of the ${what} is wrong: ${wrong.detail}`;
    const { subIndication } = wrong;
    return {
      finding: finding(name, "failed", { detail, evidence, ...(subIndication && { subIndication }) }),
    };
  }
  const detail = `The time stamp of the ${what} proves nothing here: ${reason}`;
  // The doubt counts where the time stamp is all there is.
  const subIndication = doubt === undefined ? {} : { subIndication: doubt };
  return { finding: finding(name, "not-checked", { detail, evidence, ...subIndication }) };
}

/** The time that certificates and seals are judged for: the proven one, or else what was claimed. */
export function judgingTime(stamp: StampedTime, claimed: Date): JudgingTime {
  return stamp.proven === undefined
    ? { time: claimed, source: "claimed" }
    : { time: stamp.proven, source: "proven" };
}
