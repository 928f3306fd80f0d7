import { parsePublicKey } from "../algorithms/index.ts";
import { contextExplicit, parseDer, sequence } from "../der/index.ts";
import type { DerElement, DerOptions } from "../der/index.ts";
import type { Certificate, Extension } from "../x509/index.ts";
import {
  encodeOcspCertificateId,
  ocspCertificateIdOf,
  readOcspCertificateId,
} from "./ocsp-certificate-id.ts";
import type { OcspCertificateId, OcspNameDigest } from "./ocsp-certificate-id.ts";
import { OcspError } from "./ocsp-error.ts";
import { listOf, membersOf, readingOcsp, takeVersion } from "./ocsp-members.ts";
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

function readRequest(root: DerElement): OcspRequest {
  const outer = membersOf(root);
  const tbs = membersOf(outer.next());
  const isSigned = outer.optional(0xa0) !== undefined;
  outer.end();
  takeVersion(tbs);
  // The name of whoever asks, which a signature would have to prove.
  tbs.optional(0xa1);
  const requests = listOf(tbs.next(), maximumCertificateIds).map(readSingleRequest);
  const wrapped = tbs.optionalExplicit(0xa2);
  tbs.end();
  const extensions = wrapped === undefined ? [] : readOcspExtensions(wrapped);
  const all = [...extensions, ...requests.flatMap((request) => request.extensions)];
  return {
    raw: root.raw,
    certificateIds: requests.map(({ id }) => id),
    nonce: readOcspNonce(extensions),
    extensions,
    unknownCritical: all
      .filter(({ oid, isCritical }) => isCritical && !understood.test(oid))
      .map(({ oid }) => oid),
    isSigned,
  };
}

function readSingleRequest(from: DerElement): {
  id: OcspCertificateId;
  extensions: readonly Extension[];
} {
  const members = membersOf(from);
  const id = readOcspCertificateId(members.next());
  const wrapped = members.optionalExplicit(0xa0);
  members.end();
  return { id, extensions: wrapped === undefined ? [] : readOcspExtensions(wrapped) };
}
