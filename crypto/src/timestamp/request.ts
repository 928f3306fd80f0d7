import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import {
  boolean,
  defaultEncoded,
  DerError,
  integer,
  oid,
  parseDer,
  readBoolean,
  readChildren,
  readInteger,
  readOid,
  readSmallInteger,
  sequence,
  smallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import type { TimeStampFailure } from "./failure-info.ts";
import { encodeMessageImprint, readMessageImprint } from "./message-imprint.ts";
import type { MessageImprint } from "./message-imprint.ts";
import { TimeStampError } from "./timestamp-error.ts";

/** TimeStampReq (RFC 3161 §2.4.1). */
export interface TimeStampRequest {
  readonly imprint: MessageImprint;
  /** Dotted decimal. */
  readonly policy: string | undefined;
  readonly nonce: bigint | undefined;
  /** Whether the token shall hold the authority's certificate. */
  readonly wantsCertificates: boolean;
  /** Dotted decimal of each extension. RFC 3161 defines none, and an authority refuses those it does not know. */
  readonly extensions: readonly string[];
}

const extensionsTag = 0xa0;

/** A request has some fifty octets. */
const maximumRequestBytes = 16 * 1024;

/** @throws TimeStampError `timestamp-format` */
export function parseTimeStampRequest(der: Uint8Array): TimeStampRequest {
  if (der.length > maximumRequestBytes) throw new TimeStampError("timestamp-format", "larger than 16 KiB");
  try {
    return readRequest(parseDer(der, { tolerated: ["default-encoded"] }));
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new TimeStampError("timestamp-format", `not a time stamp request: ${cause.message}`, { cause });
  }
}

function readRequest(root: DerElement): TimeStampRequest {
  const members = [...readChildren(root)];
  const [version, imprint] = members.splice(0, 2);
  if (version === undefined || imprint === undefined || readSmallInteger(version) !== 1)
    throw unexpected(root);
  const policy = take(members, tags.oid);
  const nonce = take(members, tags.integer);
  const wantsCertificates = take(members, tags.boolean);
  const extensions = take(members, extensionsTag);
  if (members.length > 0) throw unexpected(root);
  return {
    imprint: readMessageImprint(imprint),
    policy: policy && readOid(policy),
    nonce: nonce && readInteger(nonce),
    wantsCertificates: readFlag(wantsCertificates),
    extensions: extensions === undefined ? [] : readChildren(extensions, extensionsTag).map(readExtensionId),
  };
}

/** BOOLEAN DEFAULT FALSE. @throws DerError */
export function readFlag(flag: DerElement | undefined): boolean {
  if (flag === undefined) return false;
  const value = readBoolean(flag);
  if (!value) defaultEncoded(flag);
  return value;
}

function readExtensionId(extension: DerElement): string {
  const [id] = readChildren(extension);
  if (id === undefined) throw unexpected(extension);
  return readOid(id);
}

function take(members: DerElement[], tag: number): DerElement | undefined {
  return members[0]?.tag === tag ? members.shift() : undefined;
}

function unexpected(element: DerElement): DerError {
  return new DerError("der-unexpected", "not the structure of RFC 3161", element.offset);
}

export interface TimeStampWish {
  readonly algorithm: DigestName;
  readonly digest: Uint8Array;
  readonly policy?: string;
  /** Random, at least 64 bits: it tells an answer to this request from an old one. */
  readonly nonce?: bigint;
  readonly wantsCertificates: boolean;
}

/** TimeStampReq, DER. @throws TimeStampError `timestamp-request-invalid` for a digest of the wrong length. */
export function writeTimeStampRequest(wish: TimeStampWish): Uint8Array {
  const { algorithm, digest, policy, nonce, wantsCertificates } = wish;
  if (digest.length !== digestAlgorithms[algorithm].lengthBytes) {
    throw new TimeStampError("timestamp-request-invalid", `a digest of ${algorithm} has another length`);
  }
  return sequence(
    smallInteger(1),
    encodeMessageImprint(algorithm, digest),
    ...(policy === undefined ? [] : [oid(policy)]),
    ...(nonce === undefined ? [] : [integer(nonce)]),
    ...(wantsCertificates ? [boolean(true)] : []),
  );
}

/** What an authority stamps. */
export interface TimeStampTerms {
  /** Policies in dotted decimal; the first is used where none is asked for. */
  readonly policies: readonly string[];
  readonly digests: readonly DigestName[];
}

/** Nonces are 64 or 128 bits; longer ones would only make tokens larger. */
const maximumNonceBits = 256;

/** Why an authority with these terms refuses a request, or undefined (RFC 3161 §2.4.2). */
export function refusalOf(request: TimeStampRequest, terms: TimeStampTerms): TimeStampFailure | undefined {
  const { imprint, policy, nonce, extensions } = request;
  if (imprint.algorithm === undefined || !terms.digests.includes(imprint.algorithm)) return "badAlg";
  if (imprint.digest.length !== digestAlgorithms[imprint.algorithm].lengthBytes) return "badDataFormat";
  if (extensions.length > 0) return "unacceptedExtension";
  if (policy !== undefined && !terms.policies.includes(policy)) return "unacceptedPolicy";
  const isTooLong = nonce !== undefined && BigInt.asIntN(maximumNonceBits, nonce) !== nonce;
  return isTooLong ? "badRequest" : undefined;
}
