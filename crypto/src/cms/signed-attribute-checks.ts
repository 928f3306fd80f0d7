import type { DigestName } from "../algorithms/index.ts";
import { equalBytes, hexOf } from "../bytes/index.ts";
import { DerError, parseDer, readOid, readTime, tags } from "../der/index.ts";
import { attributesOf, readAttributes, soleValue } from "./attributes.ts";
import { cmsCheck } from "./check.ts";
import type { CmsCheck } from "./check.ts";
import { CmsError } from "./cms-error.ts";
import type { SignedContent } from "./content.ts";
import { attributeOids, contentTypes, nationalContentTypes } from "./oids.ts";
import type { SignerInfo } from "./signed-data.ts";

/** Attribute types of which a signature has at most one, with one value, and only under the signature. */
const soleSignedAttributes: Readonly<Record<string, string>> = {
  "content-type": attributeOids.contentType,
  "message-digest": attributeOids.messageDigest,
  "signing-time": attributeOids.signingTime,
  "signing-certificate": attributeOids.signingCertificate,
  "signing-certificate-v2": attributeOids.signingCertificateV2,
  "algorithm-protection": attributeOids.algorithmProtection,
};

/** How often each attribute may and must appear (RFC 5652 §5.3, §11.1 to §11.4). */
export function attributeChecks(
  signer: SignerInfo,
  contentType: string | undefined,
  content: SignedContent | undefined,
): CmsCheck[] {
  const problem = attributeProblem(signer, contentType) ?? disguiseProblem(signer, content);
  return [
    problem === undefined
      ? cmsCheck("signer-attributes", "passed", { detail: "The attributes are there as the standard asks." })
      : cmsCheck("signer-attributes", "failed", { detail: `${problem}.` }),
  ];
}

function attributeProblem(signer: SignerInfo, contentType: string | undefined): string | undefined {
  const misplaced = Object.entries(soleSignedAttributes).find(
    ([, type]) => attributesOf(signer.unsignedAttributes, type).length > 0,
  );
  if (misplaced !== undefined) return `The attribute ${misplaced[0]} is not under the signature`;
  if (signer.signedAttributes === undefined) {
    return contentType === undefined || isData(contentType)
      ? undefined
      : "There are no signed attributes, which only data may do without";
  }
  const { attributes } = signer.signedAttributes;
  const repeated = Object.entries(soleSignedAttributes).find(
    ([, type]) => soleValue(attributes, type) === "repeated",
  );
  if (repeated !== undefined) return `The attribute ${repeated[0]} is there more than once, or empty`;
  if (attributesOf(attributes, attributeOids.counterSignature).length > 0) {
    return "A counter-signature cannot be under the signature that it signs";
  }
  return attributesOf(attributes, attributeOids.messageDigest).length === 0
    ? "The attribute message-digest is missing"
    : undefined;
}

/**
 * What was signed as attributes can be presented as content: take the signed attributes away, put their encoding where the
 * content was, and the value still verifies. Honest content is no set of signed attributes.
 */
function disguiseProblem(signer: SignerInfo, content: SignedContent | undefined): string | undefined {
  if (signer.signedAttributes !== undefined || content === undefined) return undefined;
  const bytes = content.bytes();
  if (bytes[0] !== tags.set || bytes.length > longestAttributes) return undefined;
  const attributes = reading(() => readAttributes(parseDer(bytes, { profile: "lenient" })));
  return attributes !== undefined && attributesOf(attributes, attributeOids.messageDigest).length > 0
    ? "The content is a set of signed attributes, signed for something else"
    : undefined;
}

/** Signed attributes have some hundred octets; those with time stamps inside some thousands. */
const longestAttributes = 1024 * 1024;

function isData(contentType: string): boolean {
  return contentType === contentTypes.data || contentType === nationalContentTypes.data;
}

/** The content-type attribute repeats eContentType (RFC 5652 §11.1); a counter-signature has none (§11.4). */
export function contentTypeCheck(signer: SignerInfo, contentType: string | undefined): CmsCheck[] {
  if (signer.signedAttributes === undefined) return [];
  const value = soleValue(signer.signedAttributes.attributes, attributeOids.contentType);
  if (contentType === undefined) {
    return value === "absent"
      ? []
      : [cmsCheck("content-type", "failed", { detail: "A counter-signature has no content type." })];
  }
  if (value === "absent" || value === "repeated") {
    return [cmsCheck("content-type", "failed", { detail: `The attribute content-type is ${value}.` })];
  }
  const signed = reading(() => readOid(value));
  const evidence = { signed: signed ?? "unreadable", content: contentType };
  return signed === contentType
    ? [
        cmsCheck("content-type", "passed", {
          detail: "The signed content type is that of the content.",
          evidence,
        }),
      ]
    : [cmsCheck("content-type", "failed", { detail: "The signed content type is another one.", evidence })];
}

/** The digest of the content against the message-digest attribute (RFC 5652 §11.2). */
export function messageDigestCheck(
  signer: SignerInfo,
  content: SignedContent | undefined,
  algorithm: DigestName | undefined,
): CmsCheck[] {
  if (signer.signedAttributes === undefined) return [];
  const value = soleValue(signer.signedAttributes.attributes, attributeOids.messageDigest);
  if (value === "absent" || value === "repeated" || value.tag !== tags.octetString) {
    return [
      cmsCheck("message-digest", "failed", {
        detail: "The attribute message-digest is missing or malformed.",
      }),
    ];
  }
  const signed = hexOf(value.contents);
  if (algorithm === undefined) {
    const detail = "The digest algorithm of the content is not known here.";
    const subIndication = "CRYPTO_CONSTRAINTS_FAILURE";
    return [cmsCheck("message-digest", "unknown", { detail, evidence: { signed }, subIndication })];
  }
  if (content === undefined) {
    return [
      cmsCheck("message-digest", "unknown", {
        detail: "What was signed is not at hand.",
        evidence: { signed },
      }),
    ];
  }
  const actual = content.digest(algorithm);
  const evidence = { algorithm, signed, actual: hexOf(actual) };
  return equalBytes(value.contents, actual)
    ? [
        cmsCheck("message-digest", "passed", {
          detail: "The content has not changed since it was signed.",
          evidence,
        }),
      ]
    : [cmsCheck("message-digest", "failed", { detail: "The content is not what was signed.", evidence })];
}

/** The signing-time attribute, if there is exactly one that can be read. */
export function claimedSigningTime(signer: SignerInfo): Date | undefined {
  const attributes = signer.signedAttributes?.attributes ?? [];
  const value = soleValue(attributes, attributeOids.signingTime);
  if (value === "absent" || value === "repeated") return undefined;
  return reading(() => readTime(value));
}

/** What can be read, or undefined. */
export function reading<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof DerError || cause instanceof CmsError) return undefined;
    throw cause;
  }
}
