import { equalBytes, hexOf } from "../bytes/index.ts";
import { digest, digestText } from "../digest/index.ts";
import { isSignerInSeal } from "../seal/index.ts";
import type { SealSignature, SealSignatureContent } from "../seal/index.ts";
import { parseTimeStampToken, TimeStampError } from "../timestamp/index.ts";
import { attributeOf, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { certificateFindings } from "./certificate-steps.ts";
import type { CheckName } from "./check-catalogue.ts";
import { finding, notReached } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { clockSkewMilliseconds } from "./clock-skew.ts";
import { strictFindings } from "./strict-form.ts";
import { extensionFinding, readCertificate, sealFindings, sealQuirks, valueFinding } from "./seal-steps.ts";
import { judgingTime, stampedTime } from "./time-stamp-steps.ts";
import type { JudgingTime, VerificationContext } from "./verification-context.ts";

/** What was sealed: the parts whose SM3, one after the other, is the data hash, and what to call them. */
export interface SealedData {
  readonly parts: readonly Uint8Array[];
  /** For the sentence: "Signature.xml", "the signed revision (bytes 0–1234)". */
  readonly description: string;
}

/** What the steps found, and the time that is proven, if one is. */
export interface SealSignatureFindings {
  readonly findings: readonly Finding[];
  readonly proven?: Date;
}

/**
 * The steps of verifying a seal signature (GB/T 38540-2020 §7.3), all of them, in the standard's order. Certificates
 * and seal are judged for the time that a time stamp proves, or else for the claimed one.
 *
 * @param sealed undefined if the sealed data is not at hand.
 */
export function sealSignatureFindings(
  signature: SealSignature,
  sealed: SealedData | undefined,
  context: VerificationContext,
): SealSignatureFindings {
  const { toBeSigned } = signature;
  const signer = readCertificate(signature.signerCertificate);
  const stamp = stampedTime("timestamp", signature.timeStamp, [signature.signatureAsWritten], context);
  const when = judgingTime(stamp, claimedTime(toBeSigned));
  const findings = [
    formatFinding(signature, signer),
    valueFindingOf(signature, signer),
    signerInSealFinding(signature),
    extensionFinding(toBeSigned.extensions ?? [], "signature"),
    ...sealFindings(toBeSigned.seal, context, when),
    authorityFinding(signature, signer),
    ...signerFindings(signature, signer, context, when),
    stamp.finding,
    dataHashFinding(signature, sealed),
    ...strictFindings([...signature.quirks, ...sealQuirks(toBeSigned.seal)], context),
  ];
  return { findings, ...(stamp.proven !== undefined && { proven: stamp.proven }) };
}

/** In version 1 the time may be a token's; what it was stamped over is not said, so it is a claim like any other. */
export function claimedTime({ time, timeToken }: SealSignatureContent): Date {
  if (timeToken === undefined) return time;
  try {
    return parseTimeStampToken(timeToken, { profile: "lenient" }).info.time;
  } catch (cause) {
    if (cause instanceof TimeStampError) return time;
    throw cause;
  }
}

function formatFinding({ toBeSigned }: SealSignature, signer: Certificate | X509Error): Finding {
  const sealVersion = toBeSigned.seal.info.header.version;
  const evidence = { version: String(toBeSigned.version), seal_version: String(sealVersion) };
  if (toBeSigned.version !== sealVersion) {
    const detail = `The seal signature says version ${evidence.version}, the seal in it version ${evidence.seal_version}.`;
    return finding("signature-format", "failed", { detail, evidence });
  }
  if (signer instanceof X509Error) {
    const detail = `The certificate of the signer cannot be read: ${signer.message}.`;
    return finding("signature-format", "failed", { detail, evidence: { ...evidence, problem: signer.code } });
  }
  const detail = `The seal signature has the form of version ${evidence.version}.`;
  return finding("signature-format", "passed", { detail, evidence });
}

function valueFindingOf(signature: SealSignature, signer: Certificate | X509Error): Finding {
  if (signer instanceof X509Error) {
    return finding("signature-value", "not-checked", {
      detail: "Not reached: the signer's certificate cannot be read.",
    });
  }
  return valueFinding("signature-value", {
    role: "signer",
    certificate: signer,
    message: signature.toBeSigned.raw,
    signature: signature.signature,
    algorithmOid: signature.signatureAlgorithmOid,
  });
}

function signerInSealFinding({ toBeSigned, signerCertificate }: SealSignature): Finding {
  const { signers } = toBeSigned.seal.info.property;
  const count = signers.listType === 1 ? signers.certificates.length : signers.digests.length;
  const evidence = { list_type: String(signers.listType), listed: String(count) };
  return isSignerInSeal(toBeSigned.seal, signerCertificate)
    ? finding("signer-in-seal", "passed", { detail: "The seal was made for this signer.", evidence })
    : finding("signer-in-seal", "failed", { detail: "The seal was not made for this signer.", evidence });
}

/**
 * Whether the seal may be anybody's own invention. The standard asks no more of a maker's certificate than of any other
 * that may sign, so everyone with such a certificate could make a seal in another's name. Two things can be told: a maker
 * and a signer who are one, and a signer's certificate whose CN is not the seal's code, as the national profile wants it.
 */
function authorityFinding({ toBeSigned }: SealSignature, signer: Certificate | X509Error): Finding {
  const { seal } = toBeSigned;
  const maker = readCertificate(seal.makerCertificate);
  if (signer instanceof X509Error || maker instanceof X509Error) {
    return finding("seal-authority", "not-checked", { detail: "Not reached: a certificate cannot be read." });
  }
  const named = attributeOf(signer.subject, "CN") ?? "";
  const evidence = { code: seal.info.code, signer_name: named, maker: maker.subject.text };
  const isSelfMade =
    equalBytes(maker.publicKey, signer.publicKey) || isSignerInSeal(seal, seal.makerCertificate);
  if (isSelfMade) {
    const detail = "The seal was made by its own holder; nothing says that they may make seals.";
    return finding("seal-authority", "unknown", { detail, evidence });
  }
  return named === seal.info.code
    ? finding("seal-authority", "passed", {
        detail: "The signer's certificate bears the seal's code, and another one made the seal.",
        evidence,
      })
    : finding("seal-authority", "not-checked", {
        detail:
          "The signer's certificate does not bear the seal's code: only the maker says whose seal it is.",
        evidence,
      });
}

const signerChecks = [
  "signer-certificate-chain",
  "signer-certificate-validity",
  "signer-certificate-key-usage",
  "signer-certificate-revocation",
  "signing-time",
] as const satisfies readonly CheckName[];

function signerFindings(
  signature: SealSignature,
  signer: Certificate | X509Error,
  context: VerificationContext,
  when: JudgingTime,
): Finding[] {
  if (signer instanceof X509Error)
    return notReached(signerChecks, "the signer's certificate cannot be read.");
  return [
    ...certificateFindings("signer", signer, context, when),
    signingTimeFinding(signature, signer, when, context.at),
  ];
}

function signingTimeFinding(
  { toBeSigned }: SealSignature,
  signer: Certificate,
  when: JudgingTime,
  now: Date,
): Finding {
  const { validFrom, validUntil } = toBeSigned.seal.info.property;
  const time = claimedTime(toBeSigned);
  const evidence = {
    claimed: time.toISOString(),
    verified_at: now.toISOString(),
    ...(when.source === "proven" && { proven: when.time.toISOString() }),
  };
  const begins = new Date(Math.max(validFrom.getTime(), signer.notBefore.getTime()));
  const ends = new Date(Math.min(validUntil.getTime(), signer.notAfter.getTime()));
  if (time < begins || time > ends) {
    const detail =
      "The claimed signing time is outside the validity of the seal or of the signer's certificate.";
    return finding("signing-time", "failed", { detail, evidence });
  }
  if (when.source === "proven" && time.getTime() > when.time.getTime() + clockSkewMilliseconds) {
    const detail = "The claimed signing time is after the time stamp over the signature.";
    return finding("signing-time", "failed", { detail, evidence, subIndication: "TIMESTAMP_ORDER_FAILURE" });
  }
  if (time.getTime() > now.getTime() + clockSkewMilliseconds) {
    // Some makers write local time and call it UTC, so this may be eight hours of honest error.
    const detail = "The claimed signing time has not come yet.";
    return finding("signing-time", "unknown", { detail, evidence });
  }
  const detail =
    "The claimed signing time is within the validity of the seal and of the signer's certificate.";
  return finding("signing-time", "passed", { detail, evidence });
}

function dataHashFinding({ toBeSigned }: SealSignature, sealed: SealedData | undefined): Finding {
  const signed = `sm3:${hexOf(toBeSigned.dataHash)}`;
  if (sealed === undefined) {
    const detail = "What was sealed is not at hand, so it could not be compared.";
    return finding("data-hash", "unknown", { detail, evidence: { signed } });
  }
  const actual = digest("SM3", ...sealed.parts);
  const evidence = { sealed: sealed.description, signed, actual: digestText("SM3", actual) };
  return equalBytes(toBeSigned.dataHash, actual)
    ? finding("data-hash", "passed", {
        detail: `${capital(sealed.description)} has not changed since sealing.`,
        evidence,
      })
    : finding("data-hash", "failed", {
        detail: `${capital(sealed.description)} was changed after sealing.`,
        evidence,
      });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
