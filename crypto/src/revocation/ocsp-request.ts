import { parsePublicKey } from "../algorithms/index.ts";
import {
  contextExplicit,
  defaultEncoded,
  DerError,
  parseDer,
  readChildren,
  readSmallInteger,
  sequence,
} from "../der/index.ts";
import type { DerElement, DerOptions } from "../der/index.ts";
import type { Certificate, Extension } from "../x509/index.ts";
import { X509Error } from "../x509/index.ts";
import {
  encodeOcspCertificateId,
  ocspCertificateIdOf,
  readOcspCertificateId,
} from "./ocsp-certificate-id.ts";
import type { OcspCertificateId, OcspNameDigest } from "./ocsp-certificate-id.ts";
import { OcspError } from "./ocsp-error.ts";
import {
  encodeOcspExtensions,
  nonceExtension,
  readOcspExtensions,
  readOcspNonce,
} from "./ocsp-extensions.ts";

/** An OCSP request (RFC 6960 §4.1). A signature in it is not looked at: who may ask is not for it to say. */
export interface OcspRequest {
  readonly raw: Uint8Array;
  readonly certificateIds: readonly OcspCertificateId[];
  readonly nonce: Uint8Array | undefined;
  /** Of the whole request. */
  readonly extensions: readonly Extension[];
  /** Object identifiers of critical extensions, of the request or of one certificate, that nobody here understands. */
  readonly unknownCritical: readonly string[];
  readonly isSigned: boolean;
}

/** What a client puts in an HTTP request; a certificate costs 70 octets. */
const maximumRequestBytes = 64 * 1024;
/** A chain has few certificates; each costs the responder a look into its records. */
const maximumCertificateIds = 64;

/** Nonce is answered, the others only ask for something that a responder may leave undone. */
const understood = /^1\.3\.6\.1\.5\.5\.7\.48\.1\.(2|4|8)$/;

/** Reads an OCSPRequest, by default in strict DER. @throws OcspError */
export function parseOcspRequest(der: Uint8Array, options: DerOptions = {}): OcspRequest {
  if (der.length > maximumRequestBytes) throw new OcspError("ocsp-too-large", "the request is above 64 KiB");
  return readingOcsp("request", () => readRequest(parseDer(Uint8Array.from(der), options)));
}

/**
 * Asks about one certificate, DER, unsigned.
 *
 * @param wanted.nonce 1 to 128 octets, of which 32 random ones are usual (RFC 8954 §2.1).
 * @param wanted.digest names the issuer; without it SM3 for an SM2 key, and SHA-1, which every responder knows, for
 *   others (RFC 5019 §2.1.1).
 * @throws RangeError for another length of nonce.
 */
export function writeOcspRequest(wanted: {
  readonly certificate: Pick<Certificate, "issuer" | "serialNumber">;
  readonly issuer: Pick<Certificate, "publicKey">;
  readonly nonce?: Uint8Array;
  readonly digest?: OcspNameDigest;
}): Uint8Array {
  const { certificate, issuer, nonce } = wanted;
  const usual = parsePublicKey(issuer.publicKey).algorithm === "SM2" ? "SM3" : "SHA-1";
  const id = ocspCertificateIdOf(certificate, issuer, wanted.digest ?? usual);
  return encodeOcspRequest({
    certificateIds: [id],
    extensions: nonce === undefined ? [] : [nonceExtension(nonce)],
  });
}

/** An unsigned OCSPRequest with these members, DER. */
export function encodeOcspRequest(request: Pick<OcspRequest, "certificateIds" | "extensions">): Uint8Array {
  const list = sequence(...request.certificateIds.map((id) => sequence(encodeOcspCertificateId(id))));
  const extensions =
    request.extensions.length === 0 ? [] : [contextExplicit(2, encodeOcspExtensions(request.extensions))];
  return sequence(sequence(list, ...extensions));
}

/** Turns what a reader beneath throws into an OcspError. @throws OcspError */
export function readingOcsp<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof X509Error)) throw cause;
    throw new OcspError("ocsp-malformed", `not an OCSP ${what}: ${cause.message}`, { cause });
  }
}

function readRequest(root: DerElement): OcspRequest {
  const [tbs, signature, ...more] = readChildren(root);
  if (tbs === undefined || more.length > 0 || (signature !== undefined && signature.tag !== 0xa0))
    throw wrong(root);
  const members = [...readChildren(tbs)];
  takeVersion(members);
  // The name of whoever asks, which a signature would have to prove.
  if (members[0]?.tag === 0xa1) members.shift();
  const [list, wrapper, ...rest] = members;
  if (list === undefined || rest.length > 0 || (wrapper !== undefined && wrapper.tag !== 0xa2))
    throw wrong(tbs);
  const single = readChildren(list);
  if (single.length === 0 || single.length > maximumCertificateIds) throw wrong(list);
  const requests = single.map(readSingleRequest);
  const extensions = wrapper === undefined ? [] : readOcspExtensions(onlyMemberOf(wrapper));
  const all = [...extensions, ...requests.flatMap((request) => request.extensions)];
  return {
    raw: root.raw,
    certificateIds: requests.map(({ id }) => id),
    nonce: readOcspNonce(extensions),
    extensions,
    unknownCritical: all
      .filter(({ oid, isCritical }) => isCritical && !understood.test(oid))
      .map(({ oid }) => oid),
    isSigned: signature !== undefined,
  };
}

function readSingleRequest(from: DerElement): { id: OcspCertificateId; extensions: readonly Extension[] } {
  const [id, wrapper, ...more] = readChildren(from);
  if (id === undefined || more.length > 0 || (wrapper !== undefined && wrapper.tag !== 0xa0))
    throw wrong(from);
  return {
    id: readOcspCertificateId(id),
    extensions: wrapper === undefined ? [] : readOcspExtensions(onlyMemberOf(wrapper)),
  };
}

/** Takes [0] version off the members: 1 is the only one, and DER leaves the default out. @throws OcspError, DerError */
export function takeVersion(members: DerElement[]): void {
  if (members[0]?.tag !== 0xa0) return;
  const version = readSmallInteger(onlyMemberOf(members[0])) + 1;
  if (version !== 1) throw new OcspError("ocsp-version", `version ${String(version)} is unknown`);
  defaultEncoded(members[0]);
  members.shift();
}

/** What an explicit context tag wraps. @throws DerError */
export function onlyMemberOf(wrapper: DerElement): DerElement {
  const [member, ...more] = wrapper.children;
  if (member === undefined || more.length > 0) throw wrong(wrapper);
  return member;
}

function wrong(from: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, wrong, or too many", from.offset);
}
