import { cmsCheck } from "../cms/index.ts";
import type { CmsCheck } from "../cms/index.ts";
import { judgeCertificate } from "../revocation/index.ts";
import type { CertificateJudgement } from "../revocation/index.ts";
import type { Certificate } from "../x509/index.ts";
import type { ValidationContext } from "./validation-context.ts";

/** What is known of a signer's certificate at the time that counts. */
export interface JudgedCertificate {
  readonly judgement: CertificateJudgement;
  readonly check: CmsCheck;
  /** Revoked, but after the signature is proven to have existed. */
  readonly revokedSince: Date | undefined;
}

/**
 * Judges the signer's certificate for the time at which the signature is proven to have existed, or for now if nothing is
 * proven (ETSI EN 319 102-1 §5.2.6, §5.6.2).
 */
export function judgeSignerCertificate(
  certificate: Certificate,
  { input, certificates, evidence }: ValidationContext,
  provenAt: Date | undefined,
): JudgedCertificate {
  const at = provenAt ?? input.at;
  const judgement = judgeCertificate({
    certificate,
    intermediates: certificates,
    anchors: input.anchors,
    at,
    now: input.at,
    evidence,
    policy: input.policy,
  });
  const revokedSince = judgement.revocation.find(({ status }) => status === "good")?.revokedAt;
  return { judgement, check: checkOf(certificate, judgement, at, provenAt !== undefined), revokedSince };
}

function checkOf(
  certificate: Certificate,
  judgement: CertificateJudgement,
  at: Date,
  isProven: boolean,
): CmsCheck {
  const { result, code, clause, detail, subIndication } = judgement;
  const own = judgement.revocation[0];
  const evidence = {
    subject: certificate.subject.text,
    serial: certificate.serialNumber,
    judged_at: at.toISOString(),
    time: isProven ? "proven" : "now",
    ...(own !== undefined && { revocation: own.status }),
    ...(code !== undefined && { code }),
  };
  if (result === "passed") {
    return cmsCheck("signer-certificate", "passed", {
      detail: "The signer's certificate leads to a trusted one.",
      evidence,
    });
  }
  return cmsCheck("signer-certificate", result, {
    detail: detail ?? "The signer's certificate is not trusted.",
    evidence,
    clause,
    subIndication,
  });
}
