import { signatureAlgorithms } from "../algorithms/index.ts";
import type { SealExtension, Seal } from "../seal/index.ts";
import { verifySignature } from "../signer/index.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { certificateFindings } from "./certificate-steps.ts";
import { clockSkewMilliseconds } from "./clock-skew.ts";
import type { Role } from "./certificate-steps.ts";
import type { CheckName } from "./check-catalogue.ts";
import { finding, notReached } from "./finding.ts";
import type { Finding, FindingContents } from "./finding.ts";
import { missingStamp, stampedTime } from "./time-stamp-steps.ts";
import type { StampedTime } from "./time-stamp-steps.ts";
import type { JudgingTime, VerificationContext } from "./verification-context.ts";

/**
 * The steps of verifying a seal, all of them, in the standard's order (GB/T 38540-2020 §6.3; GM/T 0031-2025 §6.3 for seals of
 * that edition, unless the profile says otherwise).
 *
 * @param used when the seal was used; for a seal by itself, the time of the verification.
 */
export function sealFindings(seal: Seal, context: VerificationContext, used: JudgingTime): Finding[] {
  const maker = readCertificate(seal.makerCertificate);
  const isLater = seal.info.header.version === 5 && context.profile !== "gbt38540";
  const stamp =
    seal.timeStamp === undefined
      ? undefined
      : stampedTime("seal-timestamp", seal.timeStamp, [seal.signatureAsWritten], context);
  return [
    formatFinding(seal, maker),
    ...makerFindings(seal, maker, context, isLater ? makingTime(seal, stamp, used) : used),
    ...(isLater ? [creationFinding(seal, maker, used, stamp)] : []),
    extensionFinding(seal.info.extensions ?? [], "seal"),
    validityFinding(seal, used.time),
    ...(stamp === undefined ? excuseFindings(maker, isLater, used) : [stamp.finding]),
  ];
}

/** The edition of 2025 excuses a maker's certificate that has expired since, even where only the maker says since when. */
function excuseFindings(maker: Certificate | X509Error, isLater: boolean, { time }: JudgingTime): Finding[] {
  const isExcused = isLater && !(maker instanceof X509Error) && maker.notAfter < time;
  return isExcused ? [missingStamp("seal-timestamp")] : [];
}

/**
 * GM/T 0031-2025 §6.3 judges the maker's certificate for the time the seal was made: one that has expired or was revoked
 * since takes nothing away. What the maker's clock said is a claim; proven is only that the seal is older than its use.
 */
function makingTime(seal: Seal, stamp: StampedTime | undefined, used: JudgingTime): JudgingTime {
  if (stamp?.proven !== undefined) return { time: stamp.proven, source: "proven" };
  const existed = used.source === "proven" ? { existedAt: used.time } : {};
  return { time: seal.info.property.createdAt, source: "claimed", ...existed };
}

function formatFinding(seal: Seal, maker: Certificate | X509Error): Finding {
  const { header, code } = seal.info;
  const version = String(header.version);
  const evidence = { version, code, vendor: header.vendorId };
  if (maker instanceof X509Error) {
    const detail = `The certificate of the seal's maker cannot be read: ${maker.message}.`;
    return finding("seal-format", "failed", { detail, evidence: { ...evidence, problem: maker.code } });
  }
  const detail = `The seal has the form of version ${version}.`;
  return finding("seal-format", "passed", { detail, evidence });
}

const makerChecks = [
  "seal-signature",
  "maker-certificate-chain",
  "maker-certificate-validity",
  "maker-certificate-key-usage",
  "maker-certificate-revocation",
] as const satisfies readonly CheckName[];

function makerFindings(
  seal: Seal,
  maker: Certificate | X509Error,
  context: VerificationContext,
  when: JudgingTime,
): Finding[] {
  if (maker instanceof X509Error) return notReached(makerChecks, "the maker's certificate cannot be read.");
  return [
    valueFinding("seal-signature", {
      role: "maker",
      certificate: maker,
      message: seal.signedBytes,
      signature: seal.signature,
      algorithmOid: seal.signatureAlgorithmOid,
    }),
    ...certificateFindings("maker", maker, context, when),
  ];
}

/**
 * Whether the creation time is possible (GM/T 0031-2025 §6.3, steps 3 and 6): within the maker's certificate, before its
 * validity ends, and not after a time stamp over the seal, which in turn is not after the seal's use: it is part of what
 * was signed then.
 */
function creationFinding(
  seal: Seal,
  maker: Certificate | X509Error,
  used: JudgingTime,
  stamp: StampedTime | undefined,
): Finding {
  const stamped = stamp?.proven;
  const evidence = {
    created_at: seal.info.property.createdAt.toISOString(),
    used_at: used.time.toISOString(),
    ...(stamped !== undefined && { stamped_at: stamped.toISOString() }),
  };
  const problem = creationProblem(seal, maker, used.time, stamped);
  if (problem !== undefined) return finding("seal-creation-time", "failed", { ...problem, evidence });
  const detail = "The seal's creation time is possible.";
  return finding("seal-creation-time", "passed", { detail, evidence });
}

function creationProblem(
  seal: Seal,
  maker: Certificate | X509Error,
  used: Date,
  stamped: Date | undefined,
): Pick<FindingContents, "detail" | "subIndication"> | undefined {
  const { createdAt, validUntil } = seal.info.property;
  if (stamped !== undefined && isAfter(stamped, used)) {
    const detail = "The seal was stamped at a time when it had been used already.";
    return { detail, subIndication: "TIMESTAMP_ORDER_FAILURE" };
  }
  if (createdAt > validUntil || isAfter(createdAt, used) || isAfter(createdAt, stamped ?? used)) {
    const detail =
      "The seal says that it was made at a time when it already existed, or was no longer valid.";
    return { detail };
  }
  // Without a time stamp the certificate is judged for the creation time anyway.
  if (stamped === undefined || !isBefore(createdAt, maker)) return undefined;
  return { detail: "The seal says that it was made before its maker's certificate." };
}

function isBefore(time: Date, certificate: Certificate | X509Error): boolean {
  return !(certificate instanceof X509Error) && time < certificate.notBefore;
}

function isAfter(time: Date, other: Date): boolean {
  return time.getTime() > other.getTime() + clockSkewMilliseconds;
}

function validityFinding(seal: Seal, judgedAt: Date): Finding {
  const { validFrom, validUntil, createdAt } = seal.info.property;
  const evidence = {
    created_at: createdAt.toISOString(),
    valid_from: validFrom.toISOString(),
    valid_until: validUntil.toISOString(),
    judged_at: judgedAt.toISOString(),
  };
  if (judgedAt >= validFrom && judgedAt <= validUntil) {
    return finding("seal-validity", "passed", { detail: "The seal was valid at the time judged.", evidence });
  }
  const isEarly = judgedAt < validFrom;
  const detail = `The seal ${isEarly ? "was not valid yet" : "had expired"} at the time judged.`;
  return finding("seal-validity", "failed", {
    detail,
    evidence,
    subIndication: isEarly ? "NOT_YET_VALID" : "EXPIRED",
  });
}

/**
 * Departures that only the whole seal shows, tolerated by name: makers write local time and call it UTC, and get their
 * certificates after the seals they made.
 */
export function sealQuirks(seal: Seal): { readonly code: string; readonly where: string }[] {
  const { createdAt, validFrom } = seal.info.property;
  const maker = readCertificate(seal.makerCertificate);
  return [
    ...(createdAt > validFrom ? [{ code: "creation-after-validity-start", where: "seal" }] : []),
    ...(!(maker instanceof X509Error) && maker.notBefore > createdAt
      ? [{ code: "maker-certificate-after-creation", where: "seal" }]
      : []),
  ];
}

/** Nothing says what an unknown critical extension restricts, so nobody who does not know it may call the seal good. */
export function extensionFinding(extensions: readonly SealExtension[], where: "seal" | "signature"): Finding {
  const critical = extensions.filter(({ isCritical }) => isCritical).map(({ oid }) => oid);
  if (critical.length === 0) {
    return finding("critical-extensions", "passed", { detail: `The ${where} has no critical extension.` });
  }
  const detail = `The ${where} has critical extensions whose meaning is not known here.`;
  return finding("critical-extensions", "unknown", { detail, evidence: { oids: critical.join(", ") } });
}

/** Whether a signature value is right, over the bytes as they stand. */
export function valueFinding(
  name: "seal-signature" | "signature-value",
  signed: {
    readonly role: Role;
    readonly certificate: Certificate;
    readonly message: Uint8Array;
    readonly signature: Uint8Array;
    readonly algorithmOid: string;
  },
): Finding {
  const { role, certificate, message, signature, algorithmOid } = signed;
  const evidence = { algorithm: algorithmOid, signed_bytes: String(message.length) };
  // The standard has this one algorithm; the identifier stands outside the signed bytes, so it may not choose another.
  if (algorithmOid !== signatureAlgorithms.SM2.oid || certificate.publicKeyInfo.algorithm !== "SM2") {
    const detail = `The signature of the ${role} is not SM2 with SM3, which GB/T 38540 asks for.`;
    return finding(name, "failed", { detail, evidence, subIndication: "CRYPTO_CONSTRAINTS_FAILURE" });
  }
  const isRight = verifySignature({ algorithm: "SM2", publicKey: certificate.publicKey, message, signature });
  return isRight
    ? finding(name, "passed", { detail: `The signature of the ${role} is right.`, evidence })
    : finding(name, "failed", {
        detail: `The signature of the ${role} is wrong: what it signed was changed.`,
        evidence,
      });
}

/** The certificate, or why it is none. */
export function readCertificate(der: Uint8Array): Certificate | X509Error {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (cause instanceof X509Error) return cause;
    throw cause;
  }
}
