import { cmsCheck } from "../cms/index.ts";
import type { CmsCheck } from "../cms/index.ts";
import { judgeSigningCertificate, ocspSigningPurpose } from "../revocation/index.ts";
import type {
  CertificateJudgement,
  ProofsOfExistence,
  SigningCertificateJudgement,
} from "../revocation/index.ts";
import { timeStampingPurpose } from "../timestamp/index.ts";
import type { Certificate } from "../x509/index.ts";
import type { ValidationContext } from "./validation-context.ts";

/** What is known of a signer's certificate at the time that counts. */
export interface JudgedCertificate {
  readonly judgement: CertificateJudgement;
  readonly checks: readonly CmsCheck[];
  /** Revoked, but after the signature is proven to have existed. */
  readonly revokedSince: Date | undefined;
}

/** What time stamps prove of a signature. */
export interface ProvenSignature {
  readonly existedAt: Date | undefined;
  /** Of certificates and evidence. */
  readonly proofs: ProofsOfExistence;
}

/**
 * Judges the signer's certificate in view of what is proven of the signature, or for now if nothing is
 * (ETSI EN 319 102-1 §5.2.6, §5.5.4, §5.6.2.4).
 */
export function judgeSignerCertificate(
  certificate: Certificate,
  { input, certificates, evidence }: ValidationContext,
  { existedAt, proofs }: ProvenSignature,
): JudgedCertificate {
  const { judgement, basis, revokedSince } = judgeSigningCertificate({
    certificate,
    intermediates: certificates,
    anchors: input.anchors,
    ...(existedAt !== undefined && { existedAt }),
    now: input.at,
    proofs,
    evidence,
    policy: input.policy,
  });
  const at = basis === "now" ? input.at : (existedAt ?? input.at);
  const checks = [keyUsageCheck(certificate), checkOf(certificate, judgement, at, basis)];
  return { judgement, checks, revokedSince };
}

/** Keys of an authority's own services, which sign nothing else: timeStamping and OCSPSigning (RFC 3161 §2.3, RFC 6960 §4.2.2.2). */
const servicePurposes: ReadonlySet<string> = new Set([timeStampingPurpose, ocspSigningPurpose]);

/** A key that may sign. Other usages beside that are met in the field and take nothing away. */
function keyUsageCheck({ keyUsage, extendedKeyUsage = [] }: Certificate): CmsCheck {
  const evidence = {
    key_usage: keyUsage === undefined ? "any" : [...keyUsage].join(", "),
    extended_key_usage: extendedKeyUsage.join(", "),
  };
  if (extendedKeyUsage.length > 0 && extendedKeyUsage.every((purpose) => servicePurposes.has(purpose))) {
    const detail = "The certificate is for a service of an authority, not for signing.";
    return cmsCheck("signer-key-usage", "failed", { detail, evidence, clause: "RFC 5280 §4.2.1.12" });
  }
  const maySign =
    keyUsage === undefined || keyUsage.has("digitalSignature") || keyUsage.has("nonRepudiation");
  return maySign
    ? cmsCheck("signer-key-usage", "passed", { detail: "The key may sign.", evidence })
    : cmsCheck("signer-key-usage", "failed", { detail: "The key may not sign.", evidence });
}

function checkOf(
  certificate: Certificate,
  judgement: CertificateJudgement,
  at: Date,
  basis: SigningCertificateJudgement["basis"],
): CmsCheck {
  const { result, code, clause, subject: troubled, detail, subIndication } = judgement;
  const own = judgement.revocation[0];
  const evidence = {
    subject: certificate.subject.text,
    serial: certificate.serialNumber,
    judged_at: at.toISOString(),
    time: basis === "now" ? "now" : "proven",
    ...(basis === "past" && { by: "proofs of existence" }),
    ...(own !== undefined && { revocation: own.status }),
    ...(code !== undefined && { code }),
    ...(troubled !== undefined && { problem_with: troubled }),
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
