import { readSignatureScheme } from "../algorithms/index.ts";
import type { SignatureScheme } from "../algorithms/index.ts";
import {
  DerError,
  parseDer,
  parseInner,
  readBitString,
  readChildren,
  readOid,
  readTime,
  tags,
} from "../der/index.ts";
import type { DerElement, DerOptions } from "../der/index.ts";
import { parseCertificate, parseName } from "../x509/index.ts";
import type { Certificate, Extension, Name } from "../x509/index.ts";
import { readOcspCertificateId } from "./ocsp-certificate-id.ts";
import type { OcspCertificateId } from "./ocsp-certificate-id.ts";
import { OcspError } from "./ocsp-error.ts";
import { readOcspExtensions, readOcspNonce } from "./ocsp-extensions.ts";
import { onlyMemberOf, readingOcsp, takeVersion } from "./ocsp-request.ts";
import { readRevocationReason } from "./revocation-reason.ts";
import type { RevocationReason } from "./revocation-reason.ts";

/** OCSPResponseStatus (RFC 6960 §4.2.1), by its numbers; 4 is not used. */
export const ocspResponseStatusNumbers = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;

export type OcspResponseStatus = keyof typeof ocspResponseStatusNumbers;

/** An OCSP response (RFC 6960 §4.2); `basic` is there if and only if `responseStatus` is `successful`. */
export interface OcspResponse {
  readonly raw: Uint8Array;
  readonly responseStatus: OcspResponseStatus;
  readonly basic: BasicOcspResponse | undefined;
}

/** BasicOCSPResponse: what a responder signed. Byte members are views into `raw` of the response. */
export interface BasicOcspResponse {
  /** ResponseData as it stands in the response: what the signature covers. */
  readonly tbs: Uint8Array;
  readonly responderId: OcspResponderId;
  readonly producedAt: Date;
  readonly responses: readonly OcspSingleResponse[];
  readonly nonce: Uint8Array | undefined;
  readonly extensions: readonly Extension[];
  /** Undefined for an algorithm we do not know. */
  readonly signatureScheme: SignatureScheme | undefined;
  /** Octets of the BIT STRING. */
  readonly signature: Uint8Array;
  /** What the responder sent along. They are not trusted. */
  readonly certificates: readonly Certificate[];
}

/** A subject name, or the SHA-1 of the octets of the responder's public key. */
export type OcspResponderId = { readonly byName: Name } | { readonly byKey: Uint8Array };

/** What the responder says about one certificate. */
export interface OcspSingleResponse {
  readonly certificateId: OcspCertificateId;
  readonly status: "good" | "revoked" | "unknown";
  /** For `revoked` only. */
  readonly revokedAt?: Date;
  readonly reason?: RevocationReason;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly extensions: readonly Extension[];
}

const basicResponseOid = "1.3.6.1.5.5.7.48.1.1";
/** One answer with a chain of post-quantum certificates fits four times. */
const maximumResponseBytes = 128 * 1024;
/** As many as a request may ask about; each is looked through. */
const maximumSingleResponses = 64;
/** A responder sends its own certificate and perhaps its chain; each is parsed, and some are tried as signers. */
const maximumCertificates = 8;
const enumerated = 0x0a;

/** Reads an OCSPResponse, by default in strict DER. @throws OcspError */
export function parseOcspResponse(der: Uint8Array, options: DerOptions = {}): OcspResponse {
  if (der.length > maximumResponseBytes)
    throw new OcspError("ocsp-too-large", "the response is above 128 KiB");
  return readingOcsp("response", () => readResponse(parseDer(Uint8Array.from(der), options)));
}

function readResponse(root: DerElement): OcspResponse {
  const [status, wrapper, ...more] = readChildren(root);
  if (status === undefined || more.length > 0) throw wrong(root);
  const responseStatus = readStatus(status);
  if ((wrapper !== undefined) !== (responseStatus === "successful")) throw wrong(root);
  if (wrapper === undefined) return { raw: root.raw, responseStatus, basic: undefined };
  if (wrapper.tag !== 0xa0) throw wrong(wrapper);
  const [type, response, ...rest] = readChildren(onlyMemberOf(wrapper));
  if (type === undefined || response?.tag !== tags.octetString || rest.length > 0) throw wrong(wrapper);
  if (readOid(type) !== basicResponseOid)
    throw new DerError("der-unexpected", "the type of the response is unknown", type.offset);
  return { raw: root.raw, responseStatus, basic: readBasic(parseInner(response)) };
}

function readStatus(from: DerElement): OcspResponseStatus {
  const names = Object.keys(ocspResponseStatusNumbers) as OcspResponseStatus[];
  const status = names.find((name) => ocspResponseStatusNumbers[name] === from.contents[0]);
  if (from.tag !== enumerated || from.contents.length !== 1 || status === undefined)
    throw new DerError("der-bad-value", "not an OCSPResponseStatus", from.offset);
  return status;
}

function readBasic(root: DerElement): BasicOcspResponse {
  const [tbs, algorithm, signature, wrapper, ...more] = readChildren(root);
  if (tbs === undefined || algorithm === undefined || signature === undefined || more.length > 0)
    throw wrong(root);
  if (wrapper !== undefined && wrapper.tag !== 0xa0) throw wrong(wrapper);
  const certificates = wrapper === undefined ? [] : readChildren(onlyMemberOf(wrapper));
  if (certificates.length > maximumCertificates) throw wrong(root);
  return {
    tbs: tbs.raw,
    ...readResponseData(tbs),
    signatureScheme: readSignatureScheme(algorithm),
    signature: readBitString(signature),
    certificates: certificates.map(({ raw }) => parseCertificate(raw)),
  };
}

type ResponseData = Pick<
  BasicOcspResponse,
  "responderId" | "producedAt" | "responses" | "nonce" | "extensions"
>;

function readResponseData(tbs: DerElement): ResponseData {
  const members = [...readChildren(tbs)];
  takeVersion(members);
  const [responderId, producedAt, list, wrapper, ...more] = members;
  if (responderId === undefined || producedAt === undefined || list === undefined || more.length > 0)
    throw wrong(tbs);
  if (wrapper !== undefined && wrapper.tag !== 0xa1) throw wrong(wrapper);
  const single = readChildren(list);
  if (single.length === 0 || single.length > maximumSingleResponses) throw wrong(list);
  const extensions = wrapper === undefined ? [] : readOcspExtensions(onlyMemberOf(wrapper));
  return {
    responderId: readResponderId(responderId),
    producedAt: readGeneralizedTime(producedAt),
    responses: single.map(readSingleResponse),
    nonce: readOcspNonce(extensions),
    extensions,
  };
}

function readResponderId(from: DerElement): OcspResponderId {
  if (from.tag === 0xa1) return { byName: parseName(onlyMemberOf(from)) };
  const key = from.tag === 0xa2 ? onlyMemberOf(from) : undefined;
  // RFC 6960 §4.2.1: the SHA-1 hash of the responder's public key, whatever digests are used elsewhere.
  if (key?.tag !== tags.octetString || key.contents.length !== 20) throw wrong(from);
  return { byKey: key.contents };
}

function readSingleResponse(from: DerElement): OcspSingleResponse {
  const [id, status, thisUpdate, ...rest] = readChildren(from);
  if (id === undefined || status === undefined || thisUpdate === undefined) throw wrong(from);
  const nextUpdate = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const wrapper = rest[0]?.tag === 0xa1 ? rest.shift() : undefined;
  if (rest.length > 0) throw wrong(from);
  return {
    certificateId: readOcspCertificateId(id),
    ...readCertificateStatus(status),
    thisUpdate: readGeneralizedTime(thisUpdate),
    ...(nextUpdate && { nextUpdate: readGeneralizedTime(onlyMemberOf(nextUpdate)) }),
    extensions: wrapper === undefined ? [] : readOcspExtensions(onlyMemberOf(wrapper)),
  };
}

function readCertificateStatus(
  from: DerElement,
): Pick<OcspSingleResponse, "status" | "revokedAt" | "reason"> {
  if (from.tag === 0x80 && from.contents.length === 0) return { status: "good" };
  if (from.tag === 0x82 && from.contents.length === 0) return { status: "unknown" };
  if (from.tag !== 0xa1) throw wrong(from);
  const [revokedAt, wrapper, ...more] = from.children;
  if (revokedAt === undefined || more.length > 0 || (wrapper !== undefined && wrapper.tag !== 0xa0))
    throw wrong(from);
  return {
    status: "revoked",
    revokedAt: readGeneralizedTime(revokedAt),
    ...(wrapper && { reason: readRevocationReason(onlyMemberOf(wrapper)) }),
  };
}

/** OCSP has no UTCTime (RFC 6960 §4.2.1). */
function readGeneralizedTime(from: DerElement): Date {
  if (from.tag !== tags.generalizedTime)
    throw new DerError("der-unexpected", "expected GeneralizedTime", from.offset);
  return readTime(from);
}

function wrong(from: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, wrong, or too many", from.offset);
}
