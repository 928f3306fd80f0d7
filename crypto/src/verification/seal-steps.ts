import { signatureAlgorithms } from "../algorithms/index.ts";
import type { SealExtension, Seal } from "../seal/index.ts";
import { verifySignature } from "../signer/index.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import { certificateFindings } from "./certificate-steps.ts";
import type { Role, VerificationContext } from "./certificate-steps.ts";
import type { CheckName } from "./check-catalogue.ts";
import { finding, notReached } from "./finding.ts";
import type { Finding } from "./finding.ts";

/**
 * The steps of verifying a version 4 seal (GB/T 38540-2020 §6.3), all of them, in the standard's order.
 *
 * @param judgedAt when the seal was used; for a seal by itself, the time of the verification.
 */
export function sealFindings(seal: Seal, context: VerificationContext, judgedAt: Date): Finding[] {
  const maker = readCertificate(seal.makerCertificate);
  return [
    formatFinding(seal, maker),
    ...makerFindings(seal, maker, context, judgedAt),
    extensionFinding(seal.info.extensions ?? [], "seal"),
    validityFinding(seal, judgedAt),
  ];
}

function formatFinding(seal: Seal, maker: Certificate | X509Error): Finding {
  const { header, code } = seal.info;
  const evidence = { version: String(header.version), code, vendor: header.vendorId };
  if (maker instanceof X509Error) {
    const detail = `The certificate of the seal's maker cannot be read: ${maker.message}.`;
    return finding("seal-format", "failed", { detail, evidence: { ...evidence, problem: maker.code } });
  }
  return finding("seal-format", "passed", { detail: "The seal has the form of version 4.", evidence });
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
  judgedAt: Date,
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
    ...certificateFindings("maker", maker, context, judgedAt),
  ];
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
  if (algorithmOid !== signatureAlgorithms.SM2.oid || certificate.keyAlgorithm !== "SM2") {
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
