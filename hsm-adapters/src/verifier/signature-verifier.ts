import { parsePublicKey, schemeOf, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { PublicKeyInfo, SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { equalBytes } from "@yinxin/crypto/bytes";
import { DerError } from "@yinxin/crypto/der";
import { digest } from "@yinxin/crypto/digest";
import { verifyDigestSignature, verifySignature } from "@yinxin/crypto/signer";
import type { SignInput } from "@yinxin/crypto/signer";

export interface VerificationRequest {
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** What was handed to the key; a digest for SM2 is e = SM3(Z ‖ M). */
  readonly input: SignInput;
  /** As a `Signer` gives it: SEQUENCE { r, s } for SM2 and ECDSA, else the algorithm's own octets. */
  readonly signature: Uint8Array;
}

/** Verifies signatures before they leave a key store, in software and independently of the device. */
export interface SignatureVerifier {
  /** Whether the signature is right. Never rejects: unusable keys and malformed signatures are wrong, not errors. */
  verify(request: VerificationRequest): Promise<boolean>;
  /** Ends the workers. Whoever asks afterwards is answered too, in this thread. */
  close(): Promise<void>;
}

/** Whether the signature is right, now and in this thread. */
export function isSignatureRight({ algorithm, publicKey, input, signature }: VerificationRequest): boolean {
  const scheme = schemeOf(algorithm);
  if ("digest" in input) {
    return (
      isKeyOfRow(algorithm, publicKey) &&
      verifyDigestSignature({ scheme, publicKey, digest: input.digest, signature })
    );
  }
  const { message } = input;
  if (scheme.kind === "ecdsa" && scheme.digest !== undefined) {
    // Over a ready digest the engine verifies, which makes a table for a key that comes again: the same key signs all day.
    return isSignatureRight({
      algorithm,
      publicKey,
      input: { digest: digest(scheme.digest, message) },
      signature,
    });
  }
  return verifySignature({ algorithm, publicKey, message, signature });
}

/** Whether a key signs by this row at all; a digest alone does not tell P-256 from P-384. */
function isKeyOfRow(algorithm: SignatureAlgorithmName, publicKey: Uint8Array): boolean {
  const last = lastKey;
  if (last?.algorithm === algorithm && equalBytes(last.publicKey, publicKey)) return true;
  const key = readPublicKey(publicKey);
  const { kind } = signatureAlgorithms[algorithm];
  const isRsa = kind === "rsa-pkcs1" || kind === "rsa-pss";
  // An RSA key signs by any row of its kind, if it is long enough to have one.
  const isFit = isRsa ? key?.kind === "rsa" && key.algorithm !== undefined : key?.algorithm === algorithm;
  if (!isFit) return false;
  lastKey = { algorithm, publicKey: new Uint8Array(publicKey) };
  return true;
}

/** Of the last signature: mostly it is that of the next one, and reading a key costs more than comparing it. */
let lastKey: { readonly algorithm: SignatureAlgorithmName; readonly publicKey: Uint8Array } | undefined;

function readPublicKey(spki: Uint8Array): PublicKeyInfo | undefined {
  try {
    return parsePublicKey(spki);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

/** Verifies in the thread that asks: for tests, and where few signatures are made. */
export const verifyInProcess: SignatureVerifier = {
  verify: (request) => Promise.resolve(isSignatureRight(request)),
  close: () => Promise.resolve(),
};
