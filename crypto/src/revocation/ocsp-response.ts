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
import { listOf, membersOf, onlyMemberOf, readingOcsp, takeVersion } from "./ocsp-members.ts";
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
  const members = membersOf(root);
  const responseStatus = readStatus(members.next());
  const bytes = members.optionalExplicit(0xa0);
  members.end();
  if ((bytes !== undefined) !== (responseStatus === "successful")) throw wrong(root);
  return { raw: root.raw, responseStatus, basic: bytes && readResponseBytes(bytes) };
}

function readResponseBytes(from: DerElement): BasicOcspResponse {
  const members = membersOf(from);
  const [type, response] = [members.next(), members.next()];
  members.end();
  if (response.tag !== tags.octetString) throw wrong(from);
  if (readOid(type) !== basicResponseOid)
    throw new DerError("der-unexpected", "the type of the response is unknown", type.offset);
  return readBasic(parseInner(response));
}

function readStatus(from: DerElement): OcspResponseStatus {
  const names = Object.keys(ocspResponseStatusNumbers) as OcspResponseStatus[];
  const status = names.find((name) => ocspResponseStatusNumbers[name] === from.contents[0]);
  if (from.tag !== enumerated || from.contents.length !== 1 || status === undefined)
    throw new DerError("der-bad-value", "not an OCSPResponseStatus", from.offset);
  return status;
}

function readBasic(root: DerElement): BasicOcspResponse {
  const members = membersOf(root);
  const [tbs, algorithm, signature] = [members.next(), members.next(), members.next()];
  const certificates = members.optionalExplicit(0xa0);
  members.end();
  return {
    tbs: tbs.raw,
    ...readResponseData(tbs),
    signatureScheme: readSignatureScheme(algorithm),
    signature: readBitString(signature),
    certificates: certificates === undefined ? [] : readCertificates(certificates),
  };
}

function readCertificates(from: DerElement): readonly Certificate[] {
  const items = readChildren(from);
  if (items.length > maximumCertificates) throw wrong(from);
  return items.map(({ raw }) => parseCertificate(raw));
}

type ResponseData = Pick<
  BasicOcspResponse,
  "responderId" | "producedAt" | "responses" | "nonce" | "extensions"
>;

function readResponseData(tbs: DerElement): ResponseData {
  const members = membersOf(tbs);
  takeVersion(members);
  const responderId = readResponderId(members.next());
  const producedAt = readGeneralizedTime(members.next());
  const responses = listOf(members.next(), maximumSingleResponses).map(readSingleResponse);
  const wrapped = members.optionalExplicit(0xa1);
  members.end();
  const extensions = wrapped === undefined ? [] : readOcspExtensions(wrapped);
  return { responderId, producedAt, responses, nonce: readOcspNonce(extensions), extensions };
}

function readResponderId(from: DerElement): OcspResponderId {
  if (from.tag === 0xa1) return { byName: parseName(onlyMemberOf(from)) };
  const key = from.tag === 0xa2 ? onlyMemberOf(from) : undefined;
  // RFC 6960 §4.2.1: the SHA-1 hash of the responder's public key, whatever digests are used elsewhere.
  if (key?.tag !== tags.octetString || key.contents.length !== 20) throw wrong(from);
  return { byKey: key.contents };
}

function readSingleResponse(from: DerElement): OcspSingleResponse {
  const members = membersOf(from);
  const certificateId = readOcspCertificateId(members.next());
  const status = readCertificateStatus(members.next());
  const thisUpdate = readGeneralizedTime(members.next());
  const nextUpdate = members.optionalExplicit(0xa0);
  const wrapped = members.optionalExplicit(0xa1);
  members.end();
  return {
    certificateId,
    ...status,
    thisUpdate,
    ...(nextUpdate && { nextUpdate: readGeneralizedTime(nextUpdate) }),
    extensions: wrapped === undefined ? [] : readOcspExtensions(wrapped),
  };
}

function readCertificateStatus(
  from: DerElement,
): Pick<OcspSingleResponse, "status" | "revokedAt" | "reason"> {
  if (from.tag === 0x80 && from.contents.length === 0) return { status: "good" };
  if (from.tag === 0x82 && from.contents.length === 0) return { status: "unknown" };
  const members = membersOf(from, 0xa1);
  const revokedAt = readGeneralizedTime(members.next());
  const reason = members.optionalExplicit(0xa0);
  members.end();
  return { status: "revoked", revokedAt, ...(reason && { reason: readRevocationReason(reason) }) };
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
