import { signVerified, verifySignature } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { coseSign1Tag, decodeCbor, encodeCbor, encodeTagged } from "./cbor.ts";
import type { CborMap, CborTagged, CborValue } from "./cbor.ts";
import {
  coseNumberOf,
  coseSignatureOf,
  isCoseAlgorithm,
  isNumberOf,
  signerSignatureOf,
} from "./cose-algorithm.ts";
import type { CoseAlgorithmName } from "./cose-algorithm.ts";
import { CoseError } from "./cose-error.ts";

/** One signer's COSE message, taken apart and not yet believed (RFC 9052 §4.2). */
export interface CoseSign1 {
  /** As they were signed. */
  readonly protectedBytes: Uint8Array;
  readonly protectedHeader: CborMap;
  readonly unprotectedHeader: CborMap;
  /** Absent when it is detached. */
  readonly payload?: Uint8Array;
  readonly signature: Uint8Array;
}

/** Labels of header parameters (RFC 9052 §3.1). */
export const coseLabels = { alg: 1, crit: 2, contentType: 3, kid: 4, type: 16 } as const;

const noBytes = new Uint8Array();

/** @throws CoseError `cbor-malformed` or `cose-malformed`. */
export function parseCoseSign1(bytes: Uint8Array): CoseSign1 {
  const { protectedBytes, unprotectedHeader, payload, signature } = partsOf(decodeCbor(bytes));
  if (payload !== null && !(payload instanceof Uint8Array)) throw malformed("its payload is not bytes");
  const protectedHeader = readProtected(protectedBytes);
  for (const label of protectedHeader.keys()) {
    // RFC 9052 §3: one parameter has one place.
    if (unprotectedHeader.has(label)) throw malformed(`parameter ${String(label)} stands twice`);
  }
  return {
    protectedBytes,
    protectedHeader,
    unprotectedHeader,
    signature,
    ...(payload !== null && { payload }),
  };
}

function partsOf(message: CborValue): {
  protectedBytes: Uint8Array;
  unprotectedHeader: CborMap;
  payload: CborValue | undefined;
  signature: Uint8Array;
} {
  if (!isTagged(message, coseSign1Tag)) throw malformed("it has not the tag of COSE_Sign1");
  const parts = isArray(message.value) ? message.value : [];
  const [protectedBytes, unprotectedHeader, payload, signature] = parts;
  const areBytes = protectedBytes instanceof Uint8Array && signature instanceof Uint8Array;
  if (parts.length !== 4 || !areBytes || !(unprotectedHeader instanceof Map)) {
    throw malformed("it has not the four parts");
  }
  return { protectedBytes, unprotectedHeader, payload, signature };
}

/** An empty header is no bytes at all (RFC 9052 §3). */
function readProtected(bytes: Uint8Array): CborMap {
  if (bytes.length === 0) return new Map();
  const header = decodeCbor(bytes);
  if (!(header instanceof Map)) throw malformed("its protected header is not a map");
  return header;
}

/** Why a message is not believed. */
export type CoseProblem = "cose-malformed" | "cose-algorithm" | "cose-critical" | "cose-signature-wrong";

export interface CoseSign1Checks {
  /** SubjectPublicKeyInfo, DER. Found by whoever trusts it, never taken from the message. */
  readonly publicKey: Uint8Array;
  /** The one algorithm that this key signs with; the header must name it. */
  readonly algorithm: CoseAlgorithmName;
  /** What the signature is over when the message leaves it out. */
  readonly detachedPayload?: Uint8Array;
}

/** Undefined if the signature is right (RFC 9052 §4.4), otherwise what is wrong. A critical parameter is refused. */
export function problemOfCoseSign1(message: CoseSign1, checks: CoseSign1Checks): CoseProblem | undefined {
  const { algorithm, publicKey, detachedPayload } = checks;
  if (!isNumberOf(algorithm, message.protectedHeader.get(coseLabels.alg))) return "cose-algorithm";
  if (message.protectedHeader.has(coseLabels.crit)) return "cose-critical";
  const payload = message.payload ?? detachedPayload;
  // With both there would be two statements, and one of them unsigned.
  if (payload === undefined || (message.payload && detachedPayload)) return "cose-malformed";
  const signature = signerSignatureOf(algorithm, message.signature);
  const toVerify = toBeSigned(message.protectedBytes, payload);
  const isRight =
    signature !== undefined && verifySignature({ algorithm, publicKey, message: toVerify, signature });
  return isRight ? undefined : "cose-signature-wrong";
}

export interface CoseSign1Input {
  /** Beside `alg`, which is added. */
  readonly protectedHeader?: CborMap;
  readonly unprotectedHeader?: CborMap;
  readonly payload: Uint8Array;
  /** Whether the message leaves the payload out. */
  readonly isDetached?: boolean;
}

/**
 * Signs a COSE_Sign1 with its tag (RFC 9052 §4.4), in deterministic CBOR.
 *
 * @throws CoseError `cose-algorithm` if COSE has no number for the signer's algorithm; SignerError `signature-wrong`.
 */
export async function signCoseSign1(signer: Signer, input: CoseSign1Input): Promise<Uint8Array> {
  const { algorithm } = signer;
  if (!isCoseAlgorithm(algorithm))
    throw new CoseError("cose-algorithm", `COSE has no number for ${algorithm}`);
  const header = new Map([[coseLabels.alg, coseNumberOf(algorithm)], ...(input.protectedHeader ?? [])]);
  const protectedBytes = encodeCbor(header);
  const signature = await signVerified(signer, toBeSigned(protectedBytes, input.payload));
  return encodeTagged(coseSign1Tag, [
    protectedBytes,
    input.unprotectedHeader ?? new Map(),
    input.isDetached === true ? null : input.payload,
    coseSignatureOf(algorithm, signature),
  ]);
}

/** Sig_structure without external data (RFC 9052 §4.4). */
function toBeSigned(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(["Signature1", protectedBytes, noBytes, payload]);
}

function isTagged(value: CborValue, tag: number): value is CborTagged {
  return typeof value === "object" && value !== null && "tag" in value && value.tag === tag;
}

function isArray(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

function malformed(detail: string): CoseError {
  return new CoseError("cose-malformed", `not a COSE message: ${detail}`);
}
