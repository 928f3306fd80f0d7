import { digestAlgorithms, signatureAlgorithms } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import type { Signer } from "../signer/index.ts";
import type { Certificate } from "../x509/index.ts";
import { encodeSealSignature, encodeSealSignatureContent } from "./encode.ts";
import { SealError } from "./error.ts";
import { parseSealSignature } from "./parse-seal-signature.ts";
import { certificateFor, checkedSignature, isWritable } from "./prepare-seal.ts";
import type { Seal } from "./seal.ts";
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
  readonly #toBeSigned: Uint8Array;
  readonly #signerCertificate: Certificate;

  constructor(toBeSigned: Uint8Array, signerCertificate: Certificate) {
    this.#toBeSigned = toBeSigned;
    this.#signerCertificate = signerCertificate;
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
 * Checks a request and encodes what the signatory will sign (TBS_Sign, GB/T 38540-2020 §7.1, version 4). Whether the
 * seal itself is genuine is the caller's question: ask the verifier.
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
  const content = { version: seal.info.header.version, seal, time: signedAt, dataHash, propertyInfo };
  return new Prepared(encodeSealSignatureContent(content), certificate);
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
  return parseSealSignature(encoded(prepared, signature)).raw;
}

/**
 * Lets a key at hand sign the prepared content.
 *
 * @throws SealError `key-mismatch` if the key is not the one in the signer's certificate; `signature-wrong`. Whatever
 *   the signer rejects with passes through.
 */
export async function signSealSignature(
  deps: { readonly signer: Signer },
  prepared: PreparedSealSignature,
): Promise<Uint8Array> {
  if (!equalBytes(deps.signer.publicKey, prepared.signerCertificate.publicKey)) {
    throw new SealError("key-mismatch", "the signer's key is not the one in the signer's certificate");
  }
  return completeSealSignature(prepared, await deps.signer.sign({ message: prepared.toBeSigned }));
}

/** SEQUENCE { r, s } of two 33-octet INTEGERs. */
const maximumSm2SignatureBytes = 72;

/** The most that {@link completeSealSignature} can return: what a PDF has to reserve before it is signed. */
export function maximumSealSignatureBytes(prepared: PreparedSealSignature): number {
  return encoded(prepared, new Uint8Array(maximumSm2SignatureBytes)).length;
}

function encoded(
  { toBeSigned, signerCertificate }: PreparedSealSignature,
  signature: Uint8Array,
): Uint8Array {
  return encodeSealSignature({
    toBeSigned,
    signerCertificate: signerCertificate.raw,
    signatureAlgorithmOid: signatureAlgorithms.SM2.oid,
    signature,
  });
}

function invalid(message: string): SealError {
  return new SealError("seal-request-invalid", message);
}
