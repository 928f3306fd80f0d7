import { equalBytes } from "../bytes/index.ts";
import { checkPath, extensionOids } from "../x509/index.ts";
import type { Certificate, PathProblem, PathResult } from "../x509/index.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What the caller trusts, and when it asks. */
export interface VerificationContext {
  /** Trust anchors; nothing else is trusted. */
  readonly trust: readonly Certificate[];
  /** Certificates that may stand between a signer and an anchor. Known, not trusted. */
  readonly intermediates?: readonly Certificate[];
  /** The time of the verification. */
  readonly at: Date;
}

/** `maker` made the seal, `signer` put it on the document. */
export type Role = "maker" | "signer";

/**
 * Chain, validity, key usage and revocation of one certificate, judged at the given time.
 *
 * @param judgedAt the claimed signing time, as long as no trusted one is known.
 */
export function certificateFindings(
  role: Role,
  certificate: Certificate,
  context: VerificationContext,
  judgedAt: Date,
): Finding[] {
  const path = checkPath({
    certificate,
    intermediates: context.intermediates ?? [],
    anchors: context.trust,
    at: judgedAt,
  });
  return [
    chainFinding(role, certificate, path, context),
    validityFinding(role, certificate, path, judgedAt, context.at),
    keyUsageFinding(role, certificate),
    finding(`${role}-certificate-revocation`, "not-checked", {
      detail: `Whether the certificate of the ${role} was revoked has not been checked: this version asks no one.`,
      evidence: { serial: certificate.serialNumber },
    }),
  ];
}

const validityProblems: ReadonlySet<PathProblem["code"]> = new Set(["expired", "not-yet-valid"]);

function chainFinding(
  role: Role,
  certificate: Certificate,
  path: PathResult,
  context: VerificationContext,
): Finding {
  const name = `${role}-certificate-chain` as const;
  const evidence = { subject: certificate.subject.text, issuer: certificate.issuer.text };
  if (!path.found) {
    const impostor = trustedNamesake(certificate, context.trust);
    if (impostor !== undefined) {
      const detail = `The certificate of the ${role} claims to be issued by ${impostor.subject.text}, which is trusted, but its key did not sign it.`;
      return finding(name, "failed", { detail, evidence });
    }
    const detail = `No chain leads from the certificate of the ${role} to a trusted certificate. Its issuer is ${certificate.issuer.text}.`;
    return finding(name, "unknown", { detail, evidence });
  }
  const chain = { ...evidence, chain: path.chain.map(({ subject }) => subject.text).join(" < ") };
  const problem = path.problems.find(({ code }) => !validityProblems.has(code));
  if (problem !== undefined) {
    const detail = `The chain of the ${role} is broken at ${problem.subject}: ${problem.detail}`;
    return finding(name, "failed", { detail, evidence: { ...chain, problem: problem.code } });
  }
  return finding(name, "passed", {
    detail: `The certificate of the ${role} leads to a trusted one.`,
    evidence: chain,
  });
}

/**
 * The trusted certificate whose name the issuer bears without having its key. That the authority once had another key
 * under the same name is possible, but then that key is not trusted here.
 */
function trustedNamesake(certificate: Certificate, trust: readonly Certificate[]): Certificate | undefined {
  // An algorithm that nobody here can verify is a gap of ours, not a forgery.
  if (certificate.signatureAlgorithm === undefined) return undefined;
  return trust.find(({ subject, keyAlgorithm }) => {
    return keyAlgorithm !== undefined && equalBytes(subject.raw, certificate.issuer.raw);
  });
}

function validityFinding(
  role: Role,
  certificate: Certificate,
  path: PathResult,
  judgedAt: Date,
  now: Date,
): Finding {
  const name = `${role}-certificate-validity` as const;
  const { notBefore, notAfter } = certificate;
  const evidence = {
    not_before: notBefore.toISOString(),
    not_after: notAfter.toISOString(),
    judged_at: judgedAt.toISOString(),
  };
  if (judgedAt < notBefore || judgedAt > notAfter) {
    const isEarly = judgedAt < notBefore;
    const detail = `The certificate of the ${role} ${isEarly ? "was not valid yet" : "had expired"} at the time judged.`;
    return finding(name, "failed", {
      detail,
      evidence,
      subIndication: isEarly ? "NOT_YET_VALID" : "EXPIRED",
    });
  }
  const above = path.problems.find(({ code }) => validityProblems.has(code));
  if (path.found && above !== undefined) {
    const detail = `A certificate above the ${role} was out of its validity: ${above.subject}. ${above.detail}`;
    const subIndication = above.code === "expired" ? "EXPIRED" : "NOT_YET_VALID";
    return finding(name, "failed", { detail, evidence, subIndication });
  }
  const since = now > notAfter ? ", though it has expired since" : "";
  return finding(name, "passed", {
    detail: `The certificate of the ${role} was valid at the time judged${since}.`,
    evidence,
  });
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
