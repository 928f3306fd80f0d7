import { equalBytes } from "../bytes/index.ts";
import { judgeCertificate } from "../revocation/index.ts";
import type { CertificateJudgement, JudgementCode } from "../revocation/index.ts";
import { extensionOids } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { revocationFinding } from "./revocation-finding.ts";
import type { Role } from "./revocation-finding.ts";
import { noEvidence } from "./verification-context.ts";
import type { JudgingTime, VerificationContext } from "./verification-context.ts";

export type { Role } from "./revocation-finding.ts";

/** Chain, validity, key usage and revocation of one certificate, judged for the given time (RFC 5280 §6.1). */
export function certificateFindings(
  role: Role,
  certificate: Certificate,
  context: VerificationContext,
  when: JudgingTime,
): Finding[] {
  const judgement = judgeCertificate({
    certificate,
    intermediates: context.intermediates ?? [],
    anchors: context.trust,
    at: when.time,
    now: context.at,
    evidence: context.evidence ?? noEvidence,
    policy: { revocation: context.revocation ?? "if-present", algorithms: "default" },
  });
  return [
    chainFinding(role, certificate, judgement, context),
    validityFinding(role, certificate, judgement, when, context.at),
    keyUsageFinding(role, certificate),
    revocationFinding(role, judgement, when, context),
  ];
}

const validityCodes: ReadonlySet<JudgementCode> = new Set(["expired", "not-yet-valid"]);
/** What says nothing against the chain itself; other checks speak of it. */
const codesBesideChain: ReadonlySet<JudgementCode> = new Set([
  ...validityCodes,
  "revoked",
  "revocation-unknown",
]);
/** Too little is known for a verdict; with anything else the chain is wrong. */
const openCodes: ReadonlySet<JudgementCode> = new Set(["no-chain", "signature-wrong", "budget-exhausted"]);

function chainFinding(
  role: Role,
  certificate: Certificate,
  judgement: CertificateJudgement,
  context: VerificationContext,
): Finding {
  const name = `${role}-certificate-chain` as const;
  const evidence = { subject: certificate.subject.text, issuer: certificate.issuer.text };
  const { code, clause, subject = certificate.subject.text, detail: reason = "" } = judgement;
  const chain = judgement.chain.map(({ subject }) => subject.text).join(" < ");
  if (code === undefined || codesBesideChain.has(code)) {
    const detail = `The certificate of the ${role} leads to a trusted one.`;
    return finding(name, "passed", { detail, evidence: { ...evidence, chain } });
  }
  if (!openCodes.has(code)) {
    const detail = `The chain of the ${role} is broken at ${subject}: ${reason}`;
    const by = clause === undefined ? {} : { clause };
    return finding(name, "failed", { detail, evidence: { ...evidence, chain, problem: code, ...by } });
  }
  const impostor = trustedNamesake(certificate, context.trust);
  if (impostor !== undefined) {
    const detail = `The certificate of the ${role} claims to be issued by ${impostor.subject.text}, which is trusted, but its key did not sign it.`;
    return finding(name, "failed", { detail, evidence });
  }
  const detail = `No chain leads from the certificate of the ${role} to a trusted certificate. Its issuer is ${certificate.issuer.text}.`;
  return finding(name, "unknown", { detail, evidence });
}

/**
 * The trusted certificate whose name the issuer bears without having its key. That the authority once had another key
 * under the same name is possible, but then that key is not trusted here.
 */
function trustedNamesake(certificate: Certificate, trust: readonly Certificate[]): Certificate | undefined {
  // An algorithm that nobody here can verify is a gap of ours, not a forgery.
  if (certificate.signatureScheme === undefined) return undefined;
  return trust.find(({ subject, publicKeyInfo }) => {
    return publicKeyInfo.kind !== "unknown" && equalBytes(subject.raw, certificate.issuer.raw);
  });
}

function validityFinding(
  role: Role,
  certificate: Certificate,
  judgement: CertificateJudgement,
  { time }: JudgingTime,
  now: Date,
): Finding {
  const name = `${role}-certificate-validity` as const;
  const { notBefore, notAfter } = certificate;
  const evidence = {
    not_before: notBefore.toISOString(),
    not_after: notAfter.toISOString(),
    judged_at: time.toISOString(),
  };
  if (time < notBefore || time > notAfter) {
    const isEarly = time < notBefore;
    const detail = `The certificate of the ${role} ${isEarly ? "was not valid yet" : "had expired"} at the time judged.`;
    return finding(name, "failed", {
      detail,
      evidence,
      subIndication: isEarly ? "NOT_YET_VALID" : "EXPIRED",
    });
  }
  if (judgement.code !== undefined && validityCodes.has(judgement.code)) {
    const detail = `A certificate above the ${role} was out of its validity: ${whoWasOut(judgement, time)}`;
    const subIndication = judgement.code === "expired" ? "EXPIRED" : "NOT_YET_VALID";
    return finding(name, "failed", { detail, evidence, subIndication });
  }
  const since = now > notAfter ? ", though it has expired since" : "";
  return finding(name, "passed", {
    detail: `The certificate of the ${role} was valid at the time judged${since}.`,
    evidence,
  });
}

function whoWasOut({ chain, detail = "" }: CertificateJudgement, time: Date): string {
  const out = chain.find(({ notBefore, notAfter }) => time < notBefore || time > notAfter);
  return out === undefined ? detail : `${out.subject.text}. ${detail}`;
}

/** Purposes under which a document may be signed (RFC 5280 §4.2.1.12, RFC 9336, and those of two readers). */
const documentPurposes: ReadonlySet<string> = new Set([
  "2.5.29.37.0", // anyExtendedKeyUsage
  "1.3.6.1.5.5.7.3.2", // clientAuth
  "1.3.6.1.5.5.7.3.4", // emailProtection
  "1.3.6.1.5.5.7.3.36", // documentSigning
  "1.3.6.1.4.1.311.10.3.12", // Microsoft document signing
  "1.2.840.113583.1.1.5", // Adobe authentic documents
]);

/** Keys of an authority's own services, which serve nobody else. */
const servicePurposes: ReadonlySet<string> = new Set([
  "1.3.6.1.5.5.7.3.8", // timeStamping
  "1.3.6.1.5.5.7.3.9", // OCSPSigning
]);

/**
 * Whether the extended usages leave room for documents. A critical extension binds by its letter; of others only the
 * services of an authority count, since seals of the field were made under serverAuth and worse.
 */
function mayServeDocuments({ extendedKeyUsage, extensions }: Certificate): boolean {
  if (extendedKeyUsage === undefined || extendedKeyUsage.some((purpose) => documentPurposes.has(purpose)))
    return true;
  const isCritical = extensions.some(
    ({ oid, isCritical: flag }) => oid === extensionOids.extendedKeyUsage && flag,
  );
  return !isCritical && extendedKeyUsage.some((purpose) => !servicePurposes.has(purpose));
}

/** A key that may sign. Other usages beside that are met in the field and take nothing away. */
function keyUsageFinding(role: Role, certificate: Certificate): Finding {
  const name = `${role}-certificate-key-usage` as const;
  const { keyUsage, extendedKeyUsage = [] } = certificate;
  if (!mayServeDocuments(certificate)) {
    const detail = `The certificate of the ${role} is for other purposes than signing documents.`;
    return finding(name, "failed", { detail, evidence: { extended_key_usage: extendedKeyUsage.join(", ") } });
  }
  if (keyUsage === undefined) {
    return finding(name, "passed", { detail: `The certificate of the ${role} does not restrict its key.` });
  }
  const evidence = { key_usage: [...keyUsage].join(", ") };
  if (keyUsage.has("digitalSignature") || keyUsage.has("nonRepudiation")) {
    return finding(name, "passed", { detail: `The key of the ${role} may sign.`, evidence });
  }
  return finding(name, "failed", { detail: `The key of the ${role} may not sign documents.`, evidence });
}
