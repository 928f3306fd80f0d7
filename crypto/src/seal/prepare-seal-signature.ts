import { digestAlgorithms, signatureAlgorithms } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import type { Signer } from "../signer/index.ts";
import type { Certificate } from "../x509/index.ts";
import { encodeSealSignature, encodeSealSignatureContent } from "./encode.ts";
import { SealError } from "./error.ts";
import { parseSealSignature } from "./parse-seal-signature.ts";
import { certificateFor, checkedSignature, isWritable } from "./prepare-seal.ts";
import type { TimeStamper } from "./prepare-seal.ts";
import type { Seal, SealVersion } from "./seal.ts";
import { isSignerInSeal } from "./signers.ts";

export interface SealSignatureRequest {
  readonly seal: Seal;
  /** DER; one of those the seal was made for. */
  readonly signerCertificate: Uint8Array;
  /** SM3 of what is sealed: of Signature.xml in OFD, of the signed byte ranges in PDF. */
  readonly dataHash: Uint8Array;
  /** What the hash is of: in OFD the path of Signature.xml. ASCII. */
  readonly propertyInfo: string;
  /** Kept to the second. */
  readonly signedAt: Date;
}

class Prepared {
  readonly #version: SealVersion;
  readonly #toBeSigned: Uint8Array;
  readonly #signerCertificate: Certificate;

  constructor(version: SealVersion, toBeSigned: Uint8Array, signerCertificate: Certificate) {
    this.#version = version;
    this.#toBeSigned = toBeSigned;
    this.#signerCertificate = signerCertificate;
  }

  get version(): SealVersion {
    return this.#version;
  }

  /** TBS_Sign, DER: what the signatory's key signs. */
  get toBeSigned(): Uint8Array {
    return this.#toBeSigned;
  }

  get signerCertificate(): Certificate {
    return this.#signerCertificate;
  }
}

/** A seal signature that is checked and encoded but not signed. Only {@link prepareSealSignature} makes one. */
export type PreparedSealSignature = Prepared;

/**
 * Checks a request and encodes what the signatory will sign (TBS_Sign, GB/T 38540-2020 §7.1) in the seal's own version.
 * Whether the seal itself is genuine is the caller's question: ask the verifier.
 *
 * @throws SealError `signer-not-in-seal`; `seal-request-invalid` if seal or certificate is not valid at that time or a
 *   value has the wrong form; `key-mismatch` if the certificate's key is not SM2.
 */
export function prepareSealSignature(request: SealSignatureRequest): PreparedSealSignature {
  const { seal, signerCertificate, dataHash, propertyInfo, signedAt } = request;
  const { validFrom, validUntil } = seal.info.property;
  if (!isWritable(signedAt)) throw invalid("the signing time is not a time between the years 1950 and 9999");
  if (signedAt < validFrom || signedAt > validUntil) {
    throw invalid(`the seal is not valid at ${signedAt.toISOString()}`);
  }
  if (dataHash.length !== digestAlgorithms.SM3.lengthBytes)
    throw invalid("the data hash is not an SM3 value");
  if (!/^[\x20-\x7e]{0,1024}$/.test(propertyInfo))
    throw invalid("the property information is not short ASCII text");
  const certificate = certificateFor(signerCertificate, signedAt, "signer");
  if (!isSignerInSeal(seal, signerCertificate)) {
    throw new SealError("signer-not-in-seal", `the seal ${seal.info.code} was not made for this certificate`);
  }
  const { version } = seal.info.header;
  const toBeSigned = encodeSealSignatureContent({
    version,
    seal,
    time: signedAt,
    dataHash,
    propertyInfo,
    signerCertificate,
    signatureAlgorithmOid: signatureAlgorithms.SM2.oid,
  });
  return new Prepared(version, toBeSigned, certificate);
}

/**
 * Puts a signature value to the prepared content: SEQUENCE { r, s } or, as devices give it, r ‖ s. Written as DER.
 * The value is verified and the result read back before it is returned.
 *
 * @throws SealError `signature-wrong`
 */
export function completeSealSignature(
  prepared: PreparedSealSignature,
  signatureValue: Uint8Array,
): Uint8Array {
  const { toBeSigned, signerCertificate } = prepared;
  const signature = checkedSignature(signerCertificate.publicKey, toBeSigned, signatureValue);
  return readBack(encoded(prepared, signature));
}

/**
 * As {@link completeSealSignature}, with a time stamp over the value (GM/T 0031-2025 §7.2). Whether the token is one
 * is the stamper's to make sure of.
 *
 * @throws SealError `signature-wrong`; `seal-version-unsupported` for version 1, which has no room for it. Whatever
 *   the stamper rejects with passes through.
 */
export async function completeStampedSealSignature(
  deps: { readonly timeStamper: TimeStamper },
  prepared: PreparedSealSignature,
  signatureValue: Uint8Array,
): Promise<Uint8Array> {
  const { version, toBeSigned, signerCertificate } = prepared;
  if (version === 1) {
    throw new SealError("seal-version-unsupported", "a seal signature of version 1 has no time stamp");
  }
  const signature = checkedSignature(signerCertificate.publicKey, toBeSigned, signatureValue);
  return readBack(encoded(prepared, signature, await deps.timeStamper(signature)));
}

function readBack(der: Uint8Array): Uint8Array {
  return parseSealSignature(der, { profile: "strict" }).raw;
}

/**
 * Lets a key at hand sign the prepared content.
 *
 * @throws SealError `key-mismatch` if the key is not the one in the signer's certificate; `signature-wrong`. Whatever
 *   signer and stamper reject with passes through.
 */
export async function signSealSignature(
  deps: { readonly signer: Signer; readonly timeStamper?: TimeStamper },
  prepared: PreparedSealSignature,
): Promise<Uint8Array> {
  const { signer, timeStamper } = deps;
  if (!equalBytes(signer.publicKey, prepared.signerCertificate.publicKey)) {
    throw new SealError("key-mismatch", "the signer's key is not the one in the signer's certificate");
  }
  const value = await signer.sign({ message: prepared.toBeSigned });
  if (timeStamper === undefined) return completeSealSignature(prepared, value);
  return completeStampedSealSignature({ timeStamper }, prepared, value);
}

/** SEQUENCE { r, s } of two 33-octet INTEGERs. */
const maximumSm2SignatureBytes = 72;

/**
 * The most that {@link completeSealSignature} can return: what a PDF has to reserve before it is signed.
 *
 * @param timeStampBytes the longest token that will be put to it; 0 for none.
 */
export function maximumSealSignatureBytes(prepared: PreparedSealSignature, timeStampBytes = 0): number {
  const token = timeStampBytes === 0 ? undefined : new Uint8Array(timeStampBytes);
  return encoded(prepared, new Uint8Array(maximumSm2SignatureBytes), token).length;
}

function encoded(
  { version, toBeSigned, signerCertificate }: PreparedSealSignature,
  signature: Uint8Array,
  timeStamp?: Uint8Array,
): Uint8Array {
  return encodeSealSignature({
    version,
    toBeSigned,
    signerCertificate: signerCertificate.raw,
    signatureAlgorithmOid: signatureAlgorithms.SM2.oid,
    signature,
    ...(timeStamp !== undefined && { timeStamp }),
  });
}

function invalid(message: string): SealError {
  return new SealError("seal-request-invalid", message);
}
