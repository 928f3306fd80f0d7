import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { concatBytes, equalBytes } from "../bytes/index.ts";
import {
  appendToSignedData,
  attributeOids,
  CmsError,
  embeddedCertificates,
  encodeAttribute,
  parseSignedData,
  revocationFormats,
  signedContent,
  verifySigner,
} from "../cms/index.ts";
import type { SignedContent, SignedData, SignerInfo } from "../cms/index.ts";
import { contextImplicit, oid } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { parseTimeStampToken, TimeStampError } from "../timestamp/index.ts";
import type { TimeStampToken } from "../timestamp/index.ts";
import type { Certificate } from "../x509/index.ts";
import { archiveImprintInput, encodeAtsHashIndex } from "./ats-hash-index.ts";
import { levelOf } from "./level.ts";

/**
 * Gets a time stamp token (DER) over a digest, from an authority near or far. Rejections pass through; what it resolves to
 * is checked.
 */
export type TimeStamper = (imprint: {
  readonly algorithm: DigestName;
  readonly digest: Uint8Array;
}) => Promise<Uint8Array>;

export interface SignatureToExtend {
  readonly signedData: SignedData;
  /** One of `signedData.signers`. */
  readonly signer: SignerInfo;
  /** Of the time stamp. */
  readonly algorithm: DigestName;
  /** Where the authority's certificate may be, if the token does not hold it. */
  readonly certificates?: readonly Certificate[];
}

/**
 * Adds a signature-time-stamp over the value of one signature (ETSI EN 319 122-1 §5.3): level B-T. The token is read, and
 * its imprint and signature verified, before it goes in.
 *
 * @throws CmsError `cms-request-invalid` if the signer is not one of this signature or the token is not good.
 */
export async function extendToT(
  deps: { readonly stamp: TimeStamper },
  { signedData, signer, algorithm, certificates = [] }: SignatureToExtend,
): Promise<Uint8Array> {
  const imprint = digest(algorithm, signer.signature);
  const token = checkedToken(
    await deps.stamp({ algorithm, digest: imprint }),
    algorithm,
    imprint,
    certificates,
  );
  return withAttribute(signedData, signer, encodeAttribute(attributeOids.signatureTimeStamp, token.raw));
}

export interface LongTermValues {
  /** Of every certificate that is needed to judge the signature and its time stamps, DER. */
  readonly certificates: readonly Uint8Array[];
  /** CertificateLists, DER. */
  readonly crls: readonly Uint8Array[];
  /** OCSPResponses, DER. */
  readonly ocspResponses: readonly Uint8Array[];
}

/**
 * Puts the values for a later validation into the SignedData (ETSI EN 319 122-1 §6.3): level B-LT. Certificates go to
 * `certificates`, lists and responses (RFC 5940 §2) to `crls`; certificate-values and revocation-values are not used.
 *
 * @throws CmsError `cms-request-invalid` if a signer has no signature-time-stamp yet.
 */
export function extendToLT(signedData: SignedData, values: LongTermValues): Uint8Array {
  for (const signer of signedData.signers) {
    const level = levelOf(signedData, signer, "pades");
    if (level === undefined || level === "B-B")
      throw invalid("level B-LT needs a signature-time-stamp first");
  }
  const responses = values.ocspResponses.map((der) =>
    contextImplicit(1, concatBytes(oid(revocationFormats.ocspResponse), der), true),
  );
  const der = appendToSignedData(signedData, {
    certificates: values.certificates,
    revocations: [...values.crls, ...responses],
  });
  return reread(der);
}

/**
 * Adds an archive-time-stamp-v3 over the signature and all that is in the SignedData for it (ETSI EN 319 122-1 §5.5.3):
 * level B-LTA. To be done again before the authority's certificate or the digest weakens.
 *
 * @throws CmsError `cms-request-invalid` as {@link extendToT}, or if the signature is not at level B-LT yet.
 */
export async function extendToLTA(
  deps: { readonly stamp: TimeStamper },
  input: SignatureToExtend & {
    /** Of a detached signature; undefined: the content inside. */
    readonly content?: SignedContent;
  },
): Promise<Uint8Array> {
  const { signedData, signer, algorithm, certificates = [] } = input;
  const level = levelOf(signedData, signer, "pades");
  if (level !== "B-LT" && level !== "B-LTA") throw invalid("level B-LTA needs level B-LT first");
  const content = input.content ?? (signedData.content && signedContent(signedData.content));
  if (content === undefined) throw invalid("an archive time stamp needs what was signed");
  const index = encodeAtsHashIndex(signedData, signer, algorithm);
  const imprint = digest(algorithm, archiveImprintInput({ signedData, signer, content, algorithm, index }));
  const token = checkedToken(
    await deps.stamp({ algorithm, digest: imprint }),
    algorithm,
    imprint,
    certificates,
  );
  const withIndex = appendToSignedData(token.signedData, {
    unsignedAttributes: {
      signer: token.signer,
      attributes: [encodeAttribute(attributeOids.atsHashIndexV3, index)],
    },
  });
  return withAttribute(signedData, signer, encodeAttribute(attributeOids.archiveTimeStampV3, withIndex));
}

function withAttribute(signedData: SignedData, signer: SignerInfo, attribute: Uint8Array): Uint8Array {
  return reread(appendToSignedData(signedData, { unsignedAttributes: { signer, attributes: [attribute] } }));
}

/** What is written is read back before it leaves. What was signed elsewhere may have stood in BER. */
function reread(der: Uint8Array): Uint8Array {
  return parseSignedData(der, { profile: "lenient" }).raw;
}

function checkedToken(
  der: Uint8Array,
  algorithm: DigestName,
  imprint: Uint8Array,
  certificates: readonly Certificate[],
): TimeStampToken {
  const token = readToken(der);
  const { algorithmOid, digest: stamped } = token.info.imprint;
  if (algorithmOid !== digestAlgorithms[algorithm].oid || !equalBytes(stamped, imprint)) {
    throw invalid("the time stamp is over something else");
  }
  const { checks } = verifySigner({
    signer: token.signer,
    content: signedContent(token.signedData.content ?? new Uint8Array()),
    contentType: token.signedData.contentType,
    certificates: [...embeddedCertificates(token.signedData).certificates, ...certificates],
    at: token.info.time,
    algorithms: "default",
  });
  const bad = checks.find(({ result }) => result !== "passed");
  if (bad !== undefined) throw invalid(`the time stamp is not good: ${bad.detail}`);
  return token;
}

function readToken(der: Uint8Array): TimeStampToken {
  try {
    return parseTimeStampToken(der, { profile: "lenient" });
  } catch (cause) {
    if (!(cause instanceof TimeStampError)) throw cause;
    throw new CmsError("cms-request-invalid", "what the authority gave is no time stamp", { cause });
  }
}

function invalid(message: string): CmsError {
  return new CmsError("cms-request-invalid", message);
}
