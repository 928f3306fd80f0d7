import { judgeAlgorithm, parsePublicKey } from "../algorithms/index.ts";
import type { SignatureScheme } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { verifyScheme } from "../signer/index.ts";
import { checkCost, extensionOids, isSameName } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { ocspExtensionOids } from "./ocsp-extensions.ts";
import type { BasicOcspResponse, OcspResponderId } from "./ocsp-response.ts";

/** EKU id-kp-OCSPSigning (RFC 6960 §4.2.2.2). */
export const ocspSigningPurpose = "1.3.6.1.5.5.7.3.9";

/** Who signed a response, or why nobody with the right to. */
export type ResponderFinding = AuthorizedResponder | ResponderProblem;

export interface AuthorizedResponder {
  readonly found: true;
  /** The delegate's certificate; absent if the issuer's own key signed. */
  readonly delegate?: Certificate;
  readonly signatureChecks: number;
}

export interface ResponderProblem {
  readonly found: false;
  readonly code: "ocsp-responder" | "ocsp-signature" | "ocsp-algorithm";
  readonly why: string;
  readonly signatureChecks: number;
}

export interface ResponderSearch {
  readonly basic: BasicOcspResponse;
  /** The authority whose certificate is asked about. */
  readonly issuer: Certificate;
  /** The time that the delegate's certificate must still cover; it must have begun when the response was produced. */
  readonly until: Date;
  readonly algorithms: "default" | "conformance";
}

/** What a delegate's certificate may have as critical, since it is judged here. */
const understood: ReadonlySet<string> = new Set([...Object.values(extensionOids), ocspExtensionOids.noCheck]);

/**
 * Finds the authorized responder that signed: the issuer itself, or a delegate whose certificate the issuer's key
 * signed directly and for this purpose (RFC 6960 §4.2.2.2). A responder that the caller trusts for other reasons
 * (the "local configuration" of the same clause) does not exist here.
 */
export function findResponder(search: ResponderSearch): ResponderFinding {
  const { basic, issuer } = search;
  const budget = { signatureChecks: 0 };
  let problem: Omit<ResponderProblem, "signatureChecks"> = {
    found: false,
    code: "ocsp-responder",
    why: "The response names a responder that is neither the issuer nor certified in the response.",
  };
  const candidates = [issuer, ...basic.certificates.filter(({ raw }) => !equalBytes(raw, issuer.raw))];
  for (const candidate of candidates.filter((each) => isNamed(basic.responderId, each))) {
    const refusal = refuse(search, candidate, budget);
    if (refusal === undefined) {
      const delegate = candidate === issuer ? {} : { delegate: candidate };
      return { found: true, ...delegate, ...budget };
    }
    problem = { found: false, ...refusal };
  }
  return { ...problem, ...budget };
}

function isNamed(id: OcspResponderId, { subject, publicKey }: Certificate): boolean {
  if ("byName" in id) return isSameName(id.byName, subject);
  return equalBytes(id.byKey, digest("SHA-1", parsePublicKey(publicKey).key));
}

type Refusal = Pick<ResponderProblem, "code" | "why">;

function refuse(
  search: ResponderSearch,
  candidate: Certificate,
  budget: { signatureChecks: number },
): Refusal | undefined {
  const { basic, issuer, until, algorithms } = search;
  if (candidate !== issuer) {
    const why = whyNoDelegate(search, candidate);
    if (why !== undefined) return { code: "ocsp-responder", why };
    const refusal = refuseSignature(candidate.signatureScheme, issuer.publicKey, until, algorithms);
    if (refusal !== undefined) return refusal;
    budget.signatureChecks += costOf(candidate.signatureScheme);
    if (!isSigned(candidate.signatureScheme, issuer.publicKey, candidate.tbs, candidate.signature))
      return { code: "ocsp-responder", why: "The delegate's certificate is not signed by the issuer's key." };
  }
  const refusal = refuseSignature(basic.signatureScheme, candidate.publicKey, until, algorithms);
  if (refusal !== undefined) return refusal;
  budget.signatureChecks += costOf(basic.signatureScheme);
  return isSigned(basic.signatureScheme, candidate.publicKey, basic.tbs, basic.signature)
    ? undefined
    : { code: "ocsp-signature", why: "The response is not signed by the key of its responder." };
}

function whyNoDelegate({ basic, issuer, until }: ResponderSearch, delegate: Certificate): string | undefined {
  const unread = new Set(delegate.malformedExtensions.map(({ oid }) => oid));
  const critical = delegate.extensions.find(
    ({ oid, isCritical }) => isCritical && (unread.has(oid) || !understood.has(oid)),
  );
  if (!isSameName(delegate.issuer, issuer.subject))
    return "The delegate's certificate was issued by another authority.";
  if (delegate.extendedKeyUsage?.includes(ocspSigningPurpose) !== true)
    return "The delegate's certificate is not for signing OCSP responses.";
  if (delegate.keyUsage?.has("digitalSignature") === false && !delegate.keyUsage.has("nonRepudiation"))
    return "The delegate's key is not for signatures.";
  if (delegate.notBefore > basic.producedAt || delegate.notAfter < until)
    return "The delegate's certificate was not valid at the time.";
  if (critical !== undefined)
    return `The delegate's certificate has the unknown critical extension ${critical.oid}.`;
  return undefined;
}

function refuseSignature(
  scheme: SignatureScheme | undefined,
  publicKey: Uint8Array,
  at: Date,
  policy: "default" | "conformance",
): Refusal | undefined {
  if (scheme === undefined) return { code: "ocsp-algorithm", why: "A signature algorithm is unknown." };
  const judgement = judgeAlgorithm({ scheme, publicKey: parsePublicKey(publicKey), at, policy });
  return judgement.accepted ? undefined : { code: "ocsp-algorithm", why: judgement.detail };
}

function costOf(scheme: SignatureScheme | undefined): number {
  return scheme === undefined ? 0 : checkCost(scheme);
}

function isSigned(
  scheme: SignatureScheme | undefined,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return scheme !== undefined && verifyScheme({ scheme, publicKey, message, signature });
}
