import { judgeAlgorithm, schemeOf } from "../algorithms/index.ts";
import type { AlgorithmPolicy } from "../algorithms/index.ts";
import { judgeCertificate } from "../revocation/index.ts";
import type { CertificateJudgement, Evidence } from "../revocation/index.ts";
import { judgeTimeStampToken, parseTimeStampToken, TimeStampError } from "../timestamp/index.ts";
import type { TokenJudgement } from "../timestamp/index.ts";
import { checkJws, TokenError } from "../tokens/index.ts";
import type { ParsedJws } from "../tokens/index.ts";
import type { Certificate } from "../x509/index.ts";
import { readJadesHeader, understoodParameters } from "./header-rules.ts";
import type { JadesHeader } from "./header-rules.ts";
import { JadesError } from "./jades-error.ts";
import { parseJades } from "./jades-signature.ts";
import type { JadesSignature } from "./jades-signature.ts";
import { stampedDigestOf } from "./sign-jades.ts";

export interface JadesQuestion {
  /** The signature in any serialization that is read here. */
  readonly text: string;
  readonly anchors: readonly Certificate[];
  /** Candidates beside those in the header. */
  readonly certificates?: readonly Certificate[];
  readonly evidence: Evidence;
  readonly now: Date;
  readonly revocation?: "none" | "if-present" | "required";
  readonly algorithms?: AlgorithmPolicy;
}

/** What a check of the report was about, in the order they run. */
export type JadesCheckName =
  | "format"
  | "header"
  | "signing-certificate"
  | "signature"
  | "algorithm"
  | "signature-time-stamp"
  | "certificate"
  | "claimed-time";

export interface JadesCheck {
  readonly name: JadesCheckName;
  readonly result: "passed" | "failed" | "unknown";
  readonly detail: string;
}

/** What is known of a signature. */
export interface JadesReport {
  /** `failed`: something is wrong. `unknown`: nothing is known to be wrong, but too little is known. */
  readonly result: "passed" | "failed" | "unknown";
  readonly checks: readonly JadesCheck[];
  /** The level whose rules it keeps (ETSI TS 119 182-1 §6.1); B-T only with a time stamp that passed. */
  readonly level?: "B-B" | "B-T";
  readonly payload?: Uint8Array;
  readonly contentType?: string;
  readonly claimedAt?: Date;
  /** When it existed at the latest, by the earliest time stamp that passed. */
  readonly provenAt?: Date;
  readonly certificate?: Certificate;
  readonly judgement?: CertificateJudgement;
}

/** Clocks of signer and verifier, or authority, may differ by this much. */
const clockSkewMilliseconds = 5 * 60 * 1000;

/**
 * Verifies a JAdES signature of level B-B or B-T (ETSI TS 119 182-1 §6.3; ETSI EN 319 102-1 §5.3, §5.5): form, header
 * rules, which certificate, signature value, algorithm, time stamps, the certificate at the proven time or now, and the
 * claimed time. Never throws for bad input; keys in the header are candidates and trusted in nothing.
 */
export function verifyJades(question: JadesQuestion): JadesReport {
  const parsed = parsedOrProblem(question.text);
  if (typeof parsed === "string") return concluded([check("format", "failed", parsed)]);
  const header = readJadesHeader(parsed.jws.header);
  const form = check("format", "passed", "It is a JWS in a serialization of JAdES.");
  if ("broken" in header) return concluded([form, check("header", "failed", header.broken)]);
  return verifyParts(question, parsed, header, [
    form,
    check("header", "passed", "It keeps the rules of the baseline."),
  ]);
}

function verifyParts(
  question: JadesQuestion,
  signature: JadesSignature,
  header: JadesHeader,
  before: readonly JadesCheck[],
): JadesReport {
  const { jws } = signature;
  const { cty } = jws.header as { readonly cty?: unknown };
  const known = {
    payload: jws.payload,
    claimedAt: header.claimedAt,
    ...(typeof cty === "string" && { contentType: cty }),
  };
  const candidates = [...header.certificates, ...(question.certificates ?? [])];
  const certificate = candidates.find(header.isSigner);
  if (certificate === undefined) {
    const detail = "The certificate that the header binds is not there.";
    return { ...concluded([...before, check("signing-certificate", "unknown", detail)]), ...known };
  }
  const stamps = signature.timeStamps.map((token) => judgeStamp(question, jws, token));
  const times = stamps.flatMap((stamp) => (stamp?.result === "passed" ? [stamp.time] : []));
  const provenAt = times.sort((left, right) => left.getTime() - right.getTime())[0];
  const judgement = judgeSigner(question, certificate, candidates, provenAt ?? question.now);
  const report = concluded([
    ...before,
    check("signing-certificate", "passed", "The header binds this certificate."),
    signatureCheck(jws, header, certificate),
    algorithmCheck(question, header, certificate, provenAt),
    ...stamps.map(stampCheck),
    certificateCheck(judgement),
    claimedTimeCheck(header.claimedAt, provenAt ?? question.now),
  ]);
  return {
    ...report,
    ...known,
    certificate,
    judgement,
    level: provenAt === undefined ? "B-B" : "B-T",
    ...(provenAt !== undefined && { provenAt }),
  };
}

function parsedOrProblem(text: string): JadesSignature | string {
  try {
    return parseJades(text);
  } catch (cause) {
    if (cause instanceof JadesError) return cause.message;
    throw cause;
  }
}

function signatureCheck(jws: ParsedJws, { algorithm }: JadesHeader, { publicKey }: Certificate): JadesCheck {
  const type = jws.header["typ"];
  try {
    checkJws(jws, {
      publicKey,
      algorithm,
      type: typeof type === "string" ? type : undefined,
      understood: understoodParameters,
    });
    return check("signature", "passed", "The signature is right.");
  } catch (cause) {
    if (cause instanceof TokenError) return check("signature", "failed", cause.message);
    throw cause;
  }
}

function algorithmCheck(
  { now, algorithms = "default" }: JadesQuestion,
  { algorithm }: JadesHeader,
  { publicKeyInfo }: Certificate,
  provenAt: Date | undefined,
): JadesCheck {
  const judged = judgeAlgorithm({
    scheme: schemeOf(algorithm),
    publicKey: publicKeyInfo,
    at: provenAt ?? now,
    policy: algorithms,
  });
  return judged.accepted
    ? check("algorithm", "passed", "The algorithm was good enough at that time.")
    : check("algorithm", "unknown", judged.detail);
}

/** Undefined if the token cannot be read. */
function judgeStamp(
  { anchors, certificates = [], evidence, now, revocation, algorithms }: JadesQuestion,
  jws: ParsedJws,
  der: Uint8Array,
): TokenJudgement | undefined {
  try {
    return judgeTimeStampToken({
      token: parseTimeStampToken(der),
      imprint: (algorithm) => stampedDigestOf(jws, algorithm),
      anchors,
      intermediates: certificates,
      evidence,
      now,
      ...(revocation !== undefined && { revocation }),
      ...(algorithms !== undefined && { algorithms }),
    });
  } catch (cause) {
    if (cause instanceof TimeStampError) return undefined;
    throw cause;
  }
}

function stampCheck(stamp: TokenJudgement | undefined): JadesCheck {
  if (stamp === undefined) return check("signature-time-stamp", "failed", "The time stamp cannot be read.");
  const detail = stamp.detail ?? `It existed at ${stamp.time.toISOString()}.`;
  return check("signature-time-stamp", stamp.result, detail);
}

function judgeSigner(
  { anchors, evidence, now, revocation = "if-present", algorithms = "default" }: JadesQuestion,
  certificate: Certificate,
  intermediates: readonly Certificate[],
  at: Date,
): CertificateJudgement {
  return judgeCertificate({
    certificate,
    intermediates,
    anchors,
    at,
    now,
    evidence,
    policy: { revocation, algorithms },
  });
}

function certificateCheck({ result, detail }: CertificateJudgement): JadesCheck {
  return check("certificate", result, detail ?? "The certificate is good.");
}

/** A claim from the future is a claim by a broken clock or a forger (ETSI EN 319 102-1 §5.5.4). */
function claimedTimeCheck(claimedAt: Date, known: Date): JadesCheck {
  return claimedAt.getTime() > known.getTime() + clockSkewMilliseconds
    ? check("claimed-time", "failed", "The claimed time is after the signature existed.")
    : check("claimed-time", "passed", "The claimed time is possible.");
}

function check(name: JadesCheckName, result: JadesCheck["result"], detail: string): JadesCheck {
  return { name, result, detail };
}

function concluded(checks: readonly JadesCheck[]): Pick<JadesReport, "result" | "checks"> {
  const results = new Set(checks.map(({ result }) => result));
  return { result: results.has("failed") ? "failed" : results.has("unknown") ? "unknown" : "passed", checks };
}
