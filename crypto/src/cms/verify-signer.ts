import {
  digestAlgorithmOfOid,
  judgeAlgorithm,
  parsePublicKey,
  schemeOfSignerInfo,
} from "../algorithms/index.ts";
import type { AlgorithmPolicy, DigestName, PublicKeyInfo, SignatureScheme } from "../algorithms/index.ts";
import { equalBytes, hexOf } from "../bytes/index.ts";
import { DerError } from "../der/index.ts";
import { verifyScheme } from "../signer/index.ts";
import { parseSignatureValue, SignatureEncodingError } from "../sm2/index.ts";
import type { Certificate } from "../x509/index.ts";
import { cmsCheck } from "./check.ts";
import type { CmsCheck } from "./check.ts";
import type { SignedContent } from "./content.ts";
import type { SignerInfo } from "./signed-data.ts";
import { isIdentifiedBy } from "./signer-certificate.ts";
import {
  attributeChecks,
  claimedSigningTime,
  contentTypeCheck,
  messageDigestCheck,
} from "./signed-attribute-checks.ts";
import { algorithmProtectionCheck, certificateReferenceCheck } from "./signed-reference-checks.ts";

export interface SignerToVerify {
  readonly signer: SignerInfo;
  /** What was signed; undefined if it is not at hand. */
  readonly content: SignedContent | undefined;
  /** eContentType, which the content-type attribute repeats; undefined for a counter-signature, which has none. */
  readonly contentType: string | undefined;
  /** Where to look for the signer's certificate, best first. They are not trusted. */
  readonly certificates: readonly Certificate[];
  /** For the acceptance of algorithms: a time at which the signature is known to have existed. */
  readonly at: Date;
  readonly algorithms: AlgorithmPolicy;
}

/** Departures that were tolerated while verifying, in the words of the suite's reports. */
export type SignerQuirk = "signature-raw" | "signature-algorithm-oid" | "signed-attributes-der-form";

/** What the signature of one signer is worth by itself. Whether its certificate is trusted is another question. */
export interface SignerVerification {
  /** Undefined if none of the given ones is named by the SignerInfo. */
  readonly certificate: Certificate | undefined;
  /** What the signer's own clock said. */
  readonly claimedTime: Date | undefined;
  readonly scheme: SignatureScheme | undefined;
  readonly digest: DigestName | undefined;
  readonly checks: readonly CmsCheck[];
  readonly quirks: readonly SignerQuirk[];
}

/**
 * Verifies one SignerInfo (RFC 5652 §5.6): attributes, digest, signature value, the reference to the certificate, and
 * whether the algorithms were good enough. Every check runs and is reported. Never throws for bad input.
 */
export function verifySigner(input: SignerToVerify): SignerVerification {
  const { signer, content, contentType, certificates } = input;
  const named = candidatesOf(signer, certificates);
  const scheme = readScheme(signer);
  const digest = digestAlgorithmOfOid(signer.digestAlgorithm.oid);
  // Several may bear one name (a renewed certificate with the same key identifier): the key decides.
  const attempts = named.map((certificate) => ({
    certificate,
    value: verifyValue(signer, content, scheme, certificate),
  }));
  const best = attempts.find(({ value }) => value.verified) ?? attempts[0];
  const certificate = best?.certificate;
  const checks = [
    identifiedCheck(signer, certificate),
    ...attributeChecks(signer, contentType, content),
    ...contentTypeCheck(signer, contentType),
    ...messageDigestCheck(signer, content, digest),
    signatureValueCheck(best?.value, content, signer, scheme),
    ...certificateReferenceCheck(signer, certificate),
    ...algorithmProtectionCheck(signer),
    algorithmsCheck(input, scheme, digest, certificate),
  ];
  return {
    certificate,
    claimedTime: claimedSigningTime(signer),
    scheme,
    digest,
    checks,
    quirks: [
      ...(best?.value.quirks ?? []),
      ...(isOddIdentifier(scheme) ? (["signature-algorithm-oid"] as const) : []),
    ],
  };
}

/** A certificate, its renewals, and an authority's cross-certificates stay below this. */
const mostCandidates = 8;

/** The certificates that the SignerInfo may mean, each once. */
function candidatesOf(
  { identifier }: SignerInfo,
  certificates: readonly Certificate[],
): readonly Certificate[] {
  const named: Certificate[] = [];
  for (const candidate of certificates) {
    if (named.length >= mostCandidates) break;
    const isNew =
      isIdentifiedBy(candidate, identifier) && !named.some(({ raw }) => equalBytes(raw, candidate.raw));
    if (isNew) named.push(candidate);
  }
  return named;
}

/** GB/T 35275-2017 has 1.2.156.10197.1.501; others are met for the same (see `schemeOfSignerInfo`). */
function isOddIdentifier(scheme: SignatureScheme | undefined): boolean {
  return scheme?.kind === "sm2" && scheme.oid !== "1.2.156.10197.1.501";
}

function readScheme(signer: SignerInfo): SignatureScheme | undefined {
  try {
    return schemeOfSignerInfo({
      digestOid: signer.digestAlgorithm.oid,
      signatureAlgorithm: signer.signatureAlgorithm.element,
    });
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

interface ValueVerification {
  readonly verified: boolean;
  readonly quirks: readonly SignerQuirk[];
}

function verifyValue(
  signer: SignerInfo,
  content: SignedContent | undefined,
  scheme: SignatureScheme | undefined,
  { publicKey }: Certificate,
): ValueVerification {
  const value = scheme === undefined ? undefined : ownForm(signer.signature, scheme);
  if (scheme === undefined || value === undefined) return { verified: false, quirks: [] };
  const { signature, isRaw } = value;
  const rawQuirk = isRaw ? (["signature-raw"] as const) : [];
  if (signer.signedAttributes === undefined) {
    const message = content?.bytes();
    const verified = message !== undefined && verifyScheme({ scheme, publicKey, message, signature });
    return { verified, quirks: rawQuirk };
  }
  const { signedForms } = signer.signedAttributes;
  const form = signedForms.find(({ bytes }) =>
    verifyScheme({ scheme, publicKey, message: bytes, signature }),
  );
  const isOther = form?.form === "der";
  return {
    verified: form !== undefined,
    quirks: [...rawQuirk, ...(isOther ? (["signed-attributes-der-form"] as const) : [])],
  };
}

/** Devices give r ‖ s where SEQUENCE { r, s } belongs; undefined if the value is neither. */
function ownForm(
  signature: Uint8Array,
  scheme: SignatureScheme,
): { signature: Uint8Array; isRaw: boolean } | undefined {
  const mayBeRaw = scheme.kind === "sm2" || (scheme.kind === "ecdsa" && signature.length === 64);
  if (!mayBeRaw) return { signature, isRaw: false };
  try {
    const { der, form } = parseSignatureValue(signature);
    return { signature: der, isRaw: form === "raw" };
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return undefined;
    throw cause;
  }
}

function identifiedCheck(signer: SignerInfo, certificate: Certificate | undefined): CmsCheck {
  const { identifier } = signer;
  const evidence =
    identifier.kind === "issuer-and-serial"
      ? { serial: identifier.serialNumber }
      : { key_identifier: hexOf(identifier.keyIdentifier) };
  return certificate === undefined
    ? cmsCheck("signer-identified", "unknown", {
        detail: "The certificate that the signature names is not at hand.",
        evidence,
      })
    : cmsCheck("signer-identified", "passed", {
        detail: "The certificate that the signature names is at hand.",
        evidence: { ...evidence, subject: certificate.subject.text },
      });
}

function signatureValueCheck(
  value: ValueVerification | undefined,
  content: SignedContent | undefined,
  signer: SignerInfo,
  scheme: SignatureScheme | undefined,
): CmsCheck {
  const evidence = { algorithm: scheme?.label ?? signer.signatureAlgorithm.oid };
  if (scheme === undefined) {
    const detail = "The signature algorithm is not known here.";
    return cmsCheck("signature-value", "unknown", {
      detail,
      evidence,
      subIndication: "CRYPTO_CONSTRAINTS_FAILURE",
    });
  }
  if (value === undefined) {
    const detail = "Without the signer's certificate the signature cannot be verified.";
    return cmsCheck("signature-value", "unknown", {
      detail,
      evidence,
      subIndication: "NO_SIGNING_CERTIFICATE_FOUND",
    });
  }
  if (value.verified) {
    return cmsCheck("signature-value", "passed", {
      detail: "The signature is right for the signer's key.",
      evidence,
    });
  }
  if (signer.signedAttributes === undefined && content === undefined) {
    return cmsCheck("signature-value", "unknown", { detail: "What was signed is not at hand.", evidence });
  }
  return cmsCheck("signature-value", "failed", {
    detail: "The signature is wrong for the signer's key.",
    evidence,
  });
}

function algorithmsCheck(
  input: SignerToVerify,
  scheme: SignatureScheme | undefined,
  digest: DigestName | undefined,
  certificate: Certificate | undefined,
): CmsCheck {
  const { signer } = input;
  const evidence = {
    signature: scheme?.label ?? signer.signatureAlgorithm.oid,
    digest: digest ?? signer.digestAlgorithm.oid,
  };
  if (scheme === undefined || digest === undefined) {
    const detail = "An algorithm of the signature is not known here.";
    return cmsCheck("signature-algorithms", "unknown", { detail, evidence });
  }
  if (scheme.digest !== undefined && scheme.digest !== digest) {
    // RFC 5652 §5.4 has one message digest algorithm; two let one be taken for the other.
    const detail = "The digest algorithm of the signature is not that of the content.";
    const subIndication = "SIG_CONSTRAINTS_FAILURE";
    return cmsCheck("signature-algorithms", "failed", { detail, evidence, subIndication });
  }
  return acceptanceCheck(
    input,
    { scheme, digest, publicKey: certificate && publicKeyOf(certificate) },
    evidence,
  );
}

function acceptanceCheck(
  { at, algorithms }: SignerToVerify,
  used: {
    readonly scheme: SignatureScheme;
    readonly digest: DigestName;
    readonly publicKey: PublicKeyInfo | undefined;
  },
  evidence: Readonly<Record<string, string>>,
): CmsCheck {
  const { publicKey, ...rest } = used;
  const judgement = judgeAlgorithm({
    ...rest,
    ...(publicKey !== undefined && { publicKey }),
    at,
    policy: algorithms,
  });
  return judgement.accepted
    ? cmsCheck("signature-algorithms", "passed", { detail: "The algorithms are accepted.", evidence })
    : cmsCheck("signature-algorithms", "failed", {
        detail: `${judgement.detail}.`,
        evidence: { ...evidence, code: judgement.code, judged_at: at.toISOString() },
      });
}

function publicKeyOf({ publicKey }: Certificate): PublicKeyInfo | undefined {
  try {
    return parsePublicKey(publicKey);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}
