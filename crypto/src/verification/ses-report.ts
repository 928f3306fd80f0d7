import type { DerProfile } from "../der/index.ts";
import { parseSealSignature, SealError } from "../seal/index.ts";
import type { Seal, SealSignature } from "../seal/index.ts";
import { X509Error } from "../x509/index.ts";
import type { VerificationContext } from "./verification-context.ts";
import type { CheckName } from "./check-catalogue.ts";
import { finding, notReached } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { SignatureReport } from "./report.ts";
import { readCertificate, sealQuirks } from "./seal-steps.ts";
import { claimedTime, sealSignatureFindings } from "./seal-signature-steps.ts";
import type { SealedData } from "./seal-signature-steps.ts";

/** What a container's seal signature turned out to be. */
export interface SealSignatureOutcome {
  /** Absent if the bytes are no seal signature we read. */
  readonly signature?: SealSignature;
  readonly findings: readonly Finding[];
  /** What a time stamp proves. */
  readonly proven?: Date;
}

const stepsAfterFormat = [
  "signature-value",
  "signer-in-seal",
  "data-hash",
] as const satisfies readonly CheckName[];

/** Reads a seal signature and runs every step on it; bytes that are none are a finding too. */
export function verifySealSignatureValue(
  der: Uint8Array,
  sealed: SealedData | undefined,
  context: VerificationContext,
): SealSignatureOutcome {
  const signature = readSealSignature(der, context);
  if (!(signature instanceof SealError)) {
    return { signature, ...sealSignatureFindings(signature, sealed, context) };
  }
  return {
    findings: [
      unreadableFinding("signature-format", signature),
      ...notReached(stepsAfterFormat, "the seal signature cannot be read."),
    ],
  };
}

function readSealSignature(der: Uint8Array, context: VerificationContext): SealSignature | SealError {
  try {
    return parseSealSignature(der, { profile: derProfileOf(context) });
  } catch (cause) {
    if (cause instanceof SealError) return cause;
    throw cause;
  }
}

/** Only `strict` refuses departures from DER. */
export function derProfileOf({ profile }: VerificationContext): DerProfile {
  return profile === "strict" ? "strict" : "lenient";
}

/** Another edition is a gap of this verifier; anything else that cannot be read is wrong. */
export function unreadableFinding(name: "signature-format" | "seal-format", error: SealError): Finding {
  const evidence = { problem: error.code };
  if (error.code === "seal-version-unsupported") {
    return finding("signature-supported", "unknown", {
      detail: `Not supported by this version: ${error.message}.`,
      evidence,
    });
  }
  const what = name === "seal-format" ? "seal" : "seal signature";
  return finding(name, "failed", {
    detail: `This is not a ${what}: ${error.message}.`,
    evidence,
  });
}

/** The members of a report that a seal signature fills in. */
export function describeSealSignature({
  signature,
  proven,
}: Omit<SealSignatureOutcome, "findings">): Pick<SignatureReport, "signer" | "seal" | "time"> {
  if (signature === undefined) return { time: {} };
  const { toBeSigned, signerCertificate } = signature;
  return {
    ...describeSigner(signerCertificate),
    seal: describeSeal(toBeSigned.seal),
    time: {
      claimed: claimedTime(toBeSigned).toISOString(),
      ...(proven !== undefined && { trusted: proven.toISOString() }),
    },
  };
}

export function describeSigner(certificate: Uint8Array): Pick<SignatureReport, "signer"> {
  const read = readCertificate(certificate);
  if (read instanceof X509Error) return {};
  const { algorithm = "unknown" } = read.publicKeyInfo;
  return { signer: { subject: read.subject.text, serial: read.serialNumber, algorithm } };
}

/** Departures of the seal signature and of the seal in it, those of the whole included. */
export function quirksOf(signature: SealSignature | undefined): readonly { code: string; where: string }[] {
  if (signature === undefined) return [];
  return [...signature.quirks, ...sealQuirks(signature.toBeSigned.seal)];
}

export function describeSeal({ info }: Seal): NonNullable<SignatureReport["seal"]> {
  const { code, property, header } = info;
  return { code, name: property.name, type: property.type, version: header.version };
}
