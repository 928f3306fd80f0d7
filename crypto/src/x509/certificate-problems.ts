import { judgeAlgorithm } from "../algorithms/index.ts";
import type { Certificate } from "./certificate.ts";
import { extensionOids, furtherExtensionOids } from "./extensions.ts";
import { pathFailure } from "./path-failure.ts";
import type { PathFailure } from "./path-failure.ts";
import type { PathPolicy } from "./path-policy.ts";

/** RFC 5280 §6.1.3 (a)(2); both ends belong to the period (§4.1.2.5), the last second to its end. */
export function validityProblem(certificate: Certificate, at: Date): PathFailure | undefined {
  const { notBefore, notAfter } = certificate;
  const clause = "RFC 5280 §6.1.3 (a)(2)";
  const whose = `The certificate of ${certificate.subject.text}`;
  if (at < notBefore) {
    return pathFailure(
      "not-yet-valid",
      clause,
      certificate,
      `${whose} is valid from ${notBefore.toISOString()}.`,
    );
  }
  if (Math.floor(at.getTime() / 1000) * 1000 > notAfter.getTime()) {
    return pathFailure("expired", clause, certificate, `${whose} was valid until ${notAfter.toISOString()}.`);
  }
  return undefined;
}

/** Whether the certificate's signature was made with what is accepted, by a key that is (RFC 5280 §6.1.3 (a)(1)). */
export function signatureAlgorithmProblem(
  certificate: Certificate,
  issuer: Certificate,
  at: Date,
  policy: PathPolicy,
): PathFailure | undefined {
  const { signatureScheme: scheme } = certificate;
  if (scheme === undefined) return undefined;
  return algorithmProblem(
    certificate,
    judgeAlgorithm({ scheme, publicKey: issuer.publicKeyInfo, at, policy: policy.algorithms }),
  );
}

/** Whether the key that the certificate is about is accepted. */
export function keyProblem(certificate: Certificate, at: Date, policy: PathPolicy): PathFailure | undefined {
  const { publicKeyInfo: publicKey } = certificate;
  return algorithmProblem(certificate, judgeAlgorithm({ publicKey, at, policy: policy.algorithms }));
}

function algorithmProblem(
  certificate: Certificate,
  judgement: ReturnType<typeof judgeAlgorithm>,
): PathFailure | undefined {
  if (judgement.accepted) return undefined;
  return pathFailure(judgement.code, "RFC 5280 §6.1.3 (a)(1)", certificate, `${judgement.detail}.`);
}

const processed: ReadonlySet<string> = new Set<string>([
  ...Object.values(extensionOids),
  ...Object.values(furtherExtensionOids),
]);

/** RFC 5280 §6.1.4 (o) and §6.1.5 (f): every critical extension must be processed, and be what it says it is. */
export function extensionProblem(certificate: Certificate, isLast: boolean): PathFailure | undefined {
  const clause = isLast ? "RFC 5280 §6.1.5 (f)" : "RFC 5280 §6.1.4 (o)";
  const [malformed] = certificate.malformedExtensions;
  if (malformed !== undefined) {
    const detail = `The extension ${malformed.oid} is malformed: ${malformed.detail}.`;
    return pathFailure("certificate-malformed", "RFC 5280 §4.2", certificate, detail);
  }
  const unknown = certificate.extensions.find(({ oid, isCritical }) => isCritical && !processed.has(oid));
  if (unknown === undefined) return undefined;
  const detail = `The critical extension ${unknown.oid} is unknown.`;
  return pathFailure("unknown-critical-extension", clause, certificate, detail);
}

/**
 * RFC 5280 §6.1.4 (k) and (n): only an authority's certificate may be above another one.
 *
 * @param isAnchor certificates before version 3 cannot say that they are an authority's; the caller said it.
 */
export function authorityProblem(certificate: Certificate, isAnchor: boolean): PathFailure | undefined {
  const isOldAnchor = isAnchor && certificate.version < 3;
  if (certificate.basicConstraints?.isCa !== true && !isOldAnchor) {
    const detail = "It issued a certificate but is not a certificate authority's.";
    return pathFailure("not-a-ca", "RFC 5280 §6.1.4 (k)", certificate, detail);
  }
  if (certificate.keyUsage?.has("keyCertSign") === false) {
    const detail = "Its key may not sign certificates (no keyCertSign).";
    return pathFailure("key-usage", "RFC 5280 §6.1.4 (n)", certificate, detail);
  }
  return undefined;
}

const anyExtendedKeyUsage = "2.5.29.37.0";

/** Whether the key may be used for what the caller wants (RFC 5280 §4.2.1.3 and §4.2.1.12). */
export function purposeProblem(certificate: Certificate, policy: PathPolicy): PathFailure | undefined {
  const { keyUsage } = certificate;
  const missing = policy.requiredKeyUsage?.find((usage) => keyUsage?.has(usage) === false);
  if (missing !== undefined) {
    return pathFailure("key-usage", "RFC 5280 §4.2.1.3", certificate, `Its key is not for ${missing}.`);
  }
  return extendedUsageProblem(certificate, policy);
}

/** RFC 5280 §4.2.1.12, also for authorities where the caller nests extended key usages. */
export function extendedUsageProblem(
  certificate: Certificate,
  { requiredExtendedKeyUsage: wanted }: PathPolicy,
): PathFailure | undefined {
  const { extendedKeyUsage: allowed } = certificate;
  if (wanted === undefined || allowed === undefined || allowed.includes(anyExtendedKeyUsage))
    return undefined;
  if (wanted.some((purpose) => allowed.includes(purpose))) return undefined;
  const detail = `Its key is for ${allowed.join(", ")} only.`;
  return pathFailure("extended-key-usage", "RFC 5280 §4.2.1.12", certificate, detail);
}
