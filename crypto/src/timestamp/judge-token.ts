import { judgeAlgorithm } from "../algorithms/index.ts";
import type { AlgorithmPolicy, DigestName } from "../algorithms/index.ts";
import { equalBytes, hexOf } from "../bytes/index.ts";
import { cmsCheck, embeddedCertificates, signedContent, verifySigner } from "../cms/index.ts";
import type { CmsCheck, CmsSubIndication, SignerVerification } from "../cms/index.ts";
import { judgeSigningCertificate } from "../revocation/index.ts";
import type { CertificateJudgement, Evidence, ProofsOfExistence } from "../revocation/index.ts";
import type { Certificate } from "../x509/index.ts";
import { accuracyMilliseconds } from "./token-info.ts";
import type { TimeStampToken } from "./token.ts";
import { tsaPurposeProblem } from "./tsa-purpose.ts";

export interface TokenToJudge {
  readonly token: TimeStampToken;
  /** The digest, by this algorithm, of what is said to be time-stamped. */
  readonly imprint: (algorithm: DigestName) => Uint8Array;
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly evidence: Evidence;
  /** The time of the verification. */
  readonly now: Date;
  /** When the token is known to have existed, e.g. by a later time stamp over it. Absent: there is no proof but today. */
  readonly at?: Date;
  /** Since when certificates and evidence are proven to exist, for an authority that cannot be judged by today. */
  readonly proofs?: ProofsOfExistence;
  readonly revocation?: "none" | "if-present" | "required";
  readonly algorithms?: AlgorithmPolicy;
}

/** What a time stamp proves. */
export interface TokenJudgement {
  /** `failed`: something is wrong. `unknown`: nothing is known to be wrong, but too little is known. */
  readonly result: "passed" | "failed" | "unknown";
  /** When what is stamped existed at the latest. Only to be relied on with `passed`. */
  readonly time: Date;
  readonly accuracyMilliseconds: number | undefined;
  /** Of the first check that did not pass. */
  readonly code?: CmsCheck["name"];
  readonly detail?: string;
  readonly subIndication?: CmsSubIndication;
  /** The authority's certificate, if it was found. */
  readonly tsa: Certificate | undefined;
  readonly checks: readonly CmsCheck[];
  readonly certificate: CertificateJudgement | undefined;
}

/** Clocks of authority and verifier may differ by this much before a time counts as not yet come. */
const clockSkewMilliseconds = 5 * 60 * 1000;

/**
 * Judges a time stamp token (RFC 3161 §2.4.2 and Appendix B, RFC 5816): that it is over the given data, that its
 * signature and the reference to its certificate are right, and that the certificate is a time stamper's and leads to an
 * anchor. Never throws for bad input.
 */
export function judgeTimeStampToken(input: TokenToJudge): TokenJudgement {
  const { token, intermediates, now, at = now, algorithms = "default" } = input;
  const embedded = embeddedCertificates(token.signedData).certificates;
  const signature = verifySigner({
    signer: token.signer,
    content: signedContent(token.signedData.content ?? new Uint8Array()),
    contentType: token.signedData.contentType,
    certificates: [...embedded, ...intermediates],
    at,
    algorithms,
  });
  const tsa = signature.certificate;
  const certificate = tsa && judgeAuthority(input, tsa, embedded);
  const checks = [
    imprintCheck(input, algorithms),
    ...signature.checks.map(demandReference),
    timeCheck(token, signature, now),
    ...authorityChecks(tsa, certificate, at),
  ];
  const { accuracy, time } = token.info;
  return {
    ...concluded(checks),
    time,
    accuracyMilliseconds: accuracy && accuracyMilliseconds(accuracy),
    tsa,
    checks,
    certificate,
  };
}

function concluded(
  checks: readonly CmsCheck[],
): Pick<TokenJudgement, "result" | "code" | "detail" | "subIndication"> {
  const failed = checks.find(({ result }) => result === "failed");
  const worst = failed ?? checks.find(({ result }) => result === "unknown");
  if (worst === undefined) return { result: "passed" };
  const { name, detail, subIndication } = worst;
  return {
    result: failed === undefined ? "unknown" : "failed",
    code: name,
    detail,
    ...(subIndication !== undefined && { subIndication }),
  };
}

function judgeAuthority(
  {
    anchors,
    intermediates,
    evidence,
    now,
    at,
    proofs = { earliestOf: () => undefined },
    revocation = "if-present",
    algorithms = "default",
  }: TokenToJudge,
  certificate: Certificate,
  embedded: readonly Certificate[],
): CertificateJudgement {
  return judgeSigningCertificate({
    certificate,
    intermediates: [...embedded, ...intermediates],
    anchors,
    now,
    ...(at !== undefined && { existedAt: at }),
    proofs,
    evidence,
    policy: { revocation, algorithms },
  }).judgement;
}

/** RFC 3161 §2.4.2 asks for the reference to the certificate (ESSCertID), so its absence is no small matter here. */
function demandReference(check: CmsCheck): CmsCheck {
  if (check.name !== "signing-certificate-reference" || check.result !== "not-checked") return check;
  const detail = "The token does not say under its signature which certificate it was made with.";
  return cmsCheck(check.name, "failed", { detail, clause: "RFC 5816 §2.2.1" });
}

function imprintCheck({ token, imprint, now, at = now }: TokenToJudge, policy: AlgorithmPolicy): CmsCheck {
  const { algorithm, algorithmOid, digest } = token.info.imprint;
  if (algorithm === undefined) {
    const detail = "The digest algorithm of the time stamp is not known here.";
    const evidence = { algorithm: algorithmOid };
    const subIndication = "CRYPTO_CONSTRAINTS_FAILURE";
    return cmsCheck("token-imprint", "unknown", { detail, evidence, subIndication });
  }
  const weak = judgeAlgorithm({ digest: algorithm, at, policy });
  const actual = imprint(algorithm);
  const evidence = { algorithm, stamped: hexOf(digest), actual: hexOf(actual) };
  if (!equalBytes(digest, actual)) {
    return cmsCheck("token-imprint", "failed", {
      detail: "The time stamp is over something else.",
      evidence,
    });
  }
  return weak.accepted
    ? cmsCheck("token-imprint", "passed", { detail: "The time stamp is over this.", evidence })
    : cmsCheck("token-imprint", "failed", {
        detail: `${weak.detail}.`,
        evidence,
        subIndication: "CRYPTO_CONSTRAINTS_FAILURE",
      });
}

function timeCheck(token: TimeStampToken, { certificate }: SignerVerification, now: Date): CmsCheck {
  const { time, timeText } = token.info;
  const evidence = { time: timeText, verified_at: now.toISOString() };
  if (time.getTime() > now.getTime() + clockSkewMilliseconds) {
    return cmsCheck("token-time", "failed", {
      detail: "The time of the time stamp has not come yet.",
      evidence,
    });
  }
  if (certificate !== undefined && (time < certificate.notBefore || time > certificate.notAfter)) {
    const detail = "The time of the time stamp is outside the validity of the authority's certificate.";
    return cmsCheck("token-time", "failed", { detail, evidence });
  }
  return cmsCheck("token-time", "passed", {
    detail: "The time is one that the authority could state.",
    evidence,
  });
}

function authorityChecks(
  tsa: Certificate | undefined,
  certificate: CertificateJudgement | undefined,
  at: Date,
): CmsCheck[] {
  if (tsa === undefined || certificate === undefined) return [];
  return [purposeCheck(tsa), certificateCheck(tsa, certificate, at)];
}

function purposeCheck(tsa: Certificate): CmsCheck {
  const problem = tsaPurposeProblem(tsa);
  const evidence = { subject: tsa.subject.text, extended_key_usage: (tsa.extendedKeyUsage ?? []).join(", ") };
  return problem === undefined
    ? cmsCheck("token-purpose", "passed", {
        detail: "The certificate is for time-stamping and nothing else.",
        evidence,
      })
    : cmsCheck("token-purpose", "failed", { detail: `${capital(problem)}.`, evidence });
}

function certificateCheck(tsa: Certificate, judgement: CertificateJudgement, at: Date): CmsCheck {
  const { result, code, clause, detail, subIndication } = judgement;
  const evidence = {
    subject: tsa.subject.text,
    judged_at: at.toISOString(),
    ...(code !== undefined && { code }),
  };
  if (result === "passed") {
    return cmsCheck("token-certificate", "passed", {
      detail: "The authority's certificate is trusted.",
      evidence,
    });
  }
  return cmsCheck("token-certificate", result, {
    detail: detail ?? "The authority's certificate is not trusted.",
    evidence,
    clause,
    subIndication,
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
