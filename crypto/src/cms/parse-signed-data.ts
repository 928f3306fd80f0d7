import {
  contextExplicit,
  DerError,
  element,
  octetString,
  oid,
  parseDer,
  readChildren,
  readOid,
  readSetOf,
  readSmallInteger,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement, DerProfile } from "../der/index.ts";
import { CmsError } from "./cms-error.ts";
import { cmsDerLimits, cmsLimits } from "./cms-limits.ts";
import { createCmsReading } from "./cms-reading.ts";
import type { CmsReading } from "./cms-reading.ts";
import { contentTypes, nationalContentTypes, revocationFormats } from "./oids.ts";
import { readAlgorithm, readSignerInfo } from "./parse-signer-info.ts";
import type { EmbeddedRevocation, SignedData } from "./signed-data.ts";

const certificatesTag = 0xa0;
const revocationsTag = 0xa1;

export interface ParseSignedDataOptions {
  /**
   * `strict` (default) reads DER only, and RFC 5652 by its letter; `lenient` also reads BER and what the field writes,
   * and lists each departure in `quirks`.
   */
  readonly profile?: DerProfile;
}

/**
 * Reads a SignedData in its ContentInfo (RFC 5652 §3, §5; GB/T 35275-2017), attached or detached. Nothing is verified
 * here. The result keeps the bytes that signatures cover, as views into `bytes`.
 *
 * @throws CmsError `cms-format`, `cms-not-signed-data`, `cms-too-large`
 */
export function parseSignedData(bytes: Uint8Array, options: ParseSignedDataOptions = {}): SignedData {
  if (bytes.length > cmsLimits.bytes) throw new CmsError("cms-too-large", "larger than 256 MiB");
  try {
    return readContentInfo(parseDer(bytes, { limits: cmsDerLimits, profile: options.profile ?? "strict" }));
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new CmsError("cms-format", `not a SignedData: ${cause.message}`, { cause });
  }
}

function readContentInfo(root: DerElement): SignedData {
  const [type, wrapper, ...more] = readChildren(root);
  if (type === undefined || wrapper === undefined || more.length > 0) throw unexpected(root);
  const typeOid = readOid(type);
  const isNational = typeOid === nationalContentTypes.signedData;
  if (!isNational && typeOid !== contentTypes.signedData) {
    throw new CmsError("cms-not-signed-data", `a ContentInfo of the type ${typeOid}`);
  }
  const reading = createCmsReading(root);
  const body = readSignedData(innerOf(wrapper), reading);
  return {
    raw: root.raw,
    family: isNational ? "national" : "international",
    ...body,
    quirks: [...root.reading.quirks, ...reading.quirks],
  };
}

function readSignedData(
  signedData: DerElement,
  reading: CmsReading,
): Omit<SignedData, "raw" | "family" | "quirks"> {
  const members = [...readChildren(signedData)];
  const [version, digestAlgorithms, encapsulated] = members.splice(0, 3);
  if (version === undefined || digestAlgorithms === undefined || encapsulated === undefined) {
    throw unexpected(signedData);
  }
  const certificates = takeSet(members, certificatesTag, cmsLimits.certificates, "certificates");
  const revocations = takeSet(members, revocationsTag, cmsLimits.revocations, "revocation values");
  const [signerInfos, ...more] = members;
  if (signerInfos === undefined || more.length > 0) throw unexpected(signedData);
  const content = readEncapsulatedContent(encapsulated, reading);
  const algorithms = limited(readSetOf(digestAlgorithms), cmsLimits.digestAlgorithms, "digest algorithms");
  const signers = limited(readSetOf(signerInfos), cmsLimits.signers, "signers");
  const body = {
    version: readSmallInteger(version),
    digestAlgorithms: algorithms.map(readAlgorithm),
    digestAlgorithmsRaw: digestAlgorithms.raw,
    encapsulatedContentRaw: encapsulated.raw,
    ...content,
    certificates: certificates.map(({ raw }) => raw),
    revocations: revocations.map(readRevocation),
    signers: signers.map((signer) => readSignerInfo(signer, reading)),
  };
  checkConsistency(body, version, reading);
  return body;
}

function checkConsistency(
  body: Omit<SignedData, "raw" | "family" | "quirks">,
  version: DerElement,
  reading: CmsReading,
): void {
  if (body.version !== signedDataVersion(body)) {
    reading.tolerate(
      "cms-version",
      version.offset,
      "a SignedData of another version than its members ask for",
    );
  }
  // RFC 5652 §5.1: a verifier that hashes while it reads depends on this list.
  const listed = new Set(body.digestAlgorithms.map(({ oid: listedOid }) => listedOid));
  const unlisted = body.signers.find(({ digestAlgorithm }) => !listed.has(digestAlgorithm.oid));
  if (unlisted !== undefined) {
    const { offset } = unlisted.digestAlgorithm.element;
    reading.tolerate("digest-algorithm-not-listed", offset, "a signer's digest algorithm is not listed");
  }
}

/** What RFC 5652 §5.1 makes the version number of the members. */
export function signedDataVersion(body: {
  readonly contentType: string;
  readonly certificates: readonly Uint8Array[];
  readonly revocations: readonly { readonly raw: Uint8Array }[];
  readonly signers: readonly { readonly version: number }[];
}): number {
  const certificateTags = new Set(body.certificates.map((raw) => raw[0]));
  if (certificateTags.has(0xa3) || body.revocations.some(({ raw }) => raw[0] === revocationsTag)) return 5;
  if (certificateTags.has(0xa2)) return 4;
  const isData = body.contentType === contentTypes.data || body.contentType === nationalContentTypes.data;
  const hasVersion3 = body.signers.some(({ version }) => version === 3);
  return certificateTags.has(0xa1) || hasVersion3 || !isData ? 3 : 1;
}

function readEncapsulatedContent(
  encapsulated: DerElement,
  reading: CmsReading,
): Pick<SignedData, "contentType" | "contentTypeRaw" | "content"> {
  const [type, wrapper, ...more] = readChildren(encapsulated);
  if (type === undefined || more.length > 0) throw unexpected(encapsulated);
  const contentType = { contentType: readOid(type), contentTypeRaw: type.raw };
  if (wrapper === undefined) return { ...contentType, content: undefined };
  const inner = innerOf(wrapper);
  if (inner.tag !== tags.octetString) {
    // PKCS #7 allows any type here, and digests its contents without tag and length (RFC 5652 §5.2.1).
    reading.tolerate("content-not-octets", inner.offset, "the content is not an OCTET STRING");
  }
  return { ...contentType, content: inner.contents };
}

function readRevocation(choice: DerElement): EmbeddedRevocation {
  if (choice.tag === tags.sequence) return { kind: "crl", raw: choice.raw, der: choice.raw };
  const [format, value, ...more] = readChildren(choice, revocationsTag);
  if (format === undefined || value === undefined || more.length > 0) throw unexpected(choice);
  const formatOid = readOid(format);
  if (formatOid === revocationFormats.ocspResponse) {
    return { kind: "ocsp-response", raw: choice.raw, der: value.raw };
  }
  if (formatOid === revocationFormats.basicOcspResponse) {
    return { kind: "ocsp-response", raw: choice.raw, der: ocspResponseOf(value.raw) };
  }
  return { kind: "other", raw: choice.raw, der: choice.raw };
}

const enumeratedTag = 0x0a;

/** OCSPResponse around a BasicOCSPResponse (RFC 6960 §4.2.1). */
export function ocspResponseOf(basic: Uint8Array): Uint8Array {
  const body = sequence(oid(revocationFormats.basicOcspResponse), octetString(basic));
  return sequence(element(enumeratedTag, Uint8Array.of(0)), contextExplicit(0, body));
}

function takeSet(members: DerElement[], tag: number, limit: number, what: string): readonly DerElement[] {
  if (members[0]?.tag !== tag) return [];
  const [set] = members.splice(0, 1);
  return set === undefined ? [] : limited(readSetOf(set, tag), limit, what);
}

function limited(members: readonly DerElement[], limit: number, what: string): readonly DerElement[] {
  if (members.length > limit) throw new CmsError("cms-too-large", `${String(members.length)} ${what}`);
  return members;
}

function innerOf(wrapper: DerElement): DerElement {
  const [inner, ...more] = readChildren(wrapper, 0xa0);
  if (inner === undefined || more.length > 0) throw unexpected(wrapper);
  return inner;
}

function unexpected(at: DerElement): DerError {
  return new DerError("der-unexpected", "a member is missing, or there are too many", at.offset);
}
