import {
  CmsError,
  contentTypes,
  embeddedCertificates,
  nationalContentTypes,
  parseSignedData,
  signedContent,
  verifySigner,
} from "@yinxin/crypto/cms";
import type { CmsCheck, SignedData, SignerInfo } from "@yinxin/crypto/cms";
import { validatePath } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

/** The time under the signature and the time in the statement are made one after the other, with a PIN typed between. */
export const statementTimeToleranceMilliseconds = 10 * 60_000;

export interface StatementToVerify {
  readonly bytes: Uint8Array;
  /** Detached CMS, DER. */
  readonly signature: Uint8Array;
  /** The one certificate that may have made it. */
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  /** The time that the statement says. */
  readonly at: Date;
}

/** What a signature is worth; `clause` of the standard where one decided. */
export interface StatementVerification {
  readonly isValid: boolean;
  readonly detail: string;
  readonly clause?: string;
}

/**
 * Verifies one officer's signature: a detached SignedData of one signer, made with the certificate that the policy has for
 * the officer, under the officers' roots at the time of the statement (RFC 5280 §6.1). Never throws for bad input.
 */
export function verifyStatement(statement: StatementToVerify): StatementVerification {
  const signedData = readSignedData(statement.signature);
  if (typeof signedData === "string") return { isValid: false, detail: signedData, clause: "RFC 5652 §5" };
  const [signer] = signedData.signers;
  if (signer === undefined) return { isValid: false, detail: "Nobody signed.", clause: "RFC 5652 §5.3" };
  return (
    signatureProblem(statement, signedData, signer) ??
    pathProblem(statement, signedData) ?? { isValid: true, detail: "The signature is the officer's." }
  );
}

function readSignedData(signature: Uint8Array): SignedData | string {
  try {
    const signedData = parseSignedData(signature);
    if (signedData.content !== undefined) return "The signature carries a content of its own.";
    if (signedData.signers.length !== 1) return "The signature is not that of one signer.";
    return signedData;
  } catch (cause) {
    if (cause instanceof CmsError) return `Not a signature: ${cause.message}.`;
    throw cause;
  }
}

function signatureProblem(
  { bytes, certificate, at }: StatementToVerify,
  { contentType }: SignedData,
  signer: SignerInfo,
): StatementVerification | undefined {
  if (contentType !== contentTypes.data && contentType !== nationalContentTypes.data) {
    return { isValid: false, detail: "What was signed is not data.", clause: "RFC 5652 §4" };
  }
  const { checks, claimedTime } = verifySigner({
    signer,
    content: signedContent(bytes),
    contentType,
    certificates: [certificate],
    at,
    algorithms: "default",
  });
  // Not-checked is a failure too: without the reference the signature is no CAdES, and a second certificate would do.
  const failed = checks.find(({ result }: CmsCheck) => result !== "passed");
  if (failed !== undefined) return { isValid: false, detail: failed.detail, clause: failed.clause };
  const distance = Math.abs((claimedTime?.getTime() ?? Number.NEGATIVE_INFINITY) - at.getTime());
  if (distance <= statementTimeToleranceMilliseconds) return undefined;
  const detail = "The signing time is missing, or far from the time of the statement.";
  return { isValid: false, detail, clause: "RFC 5652 §11.3" };
}

function pathProblem(
  { certificate, intermediates, anchors, at }: StatementToVerify,
  signedData: SignedData,
): StatementVerification | undefined {
  const { isValid, failures } = validatePath({
    certificate,
    intermediates: [...intermediates, ...embeddedCertificates(signedData).certificates],
    anchors,
    at,
    policy: { algorithms: "default", requiredKeyUsage: ["digitalSignature"] },
  });
  if (isValid) return undefined;
  const [failure] = failures;
  return {
    isValid: false,
    detail: `The officer's certificate was not valid then: ${failure?.detail ?? "there is no path to a root"}.`,
    clause: failure?.clause ?? "RFC 5280 §6.1",
  };
}
