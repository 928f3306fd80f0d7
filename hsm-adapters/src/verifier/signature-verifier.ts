import { schemeOf } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
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
  if ("message" in input) return verifySignature({ algorithm, publicKey, message: input.message, signature });
  const scheme = schemeOf(algorithm);
  return verifyDigestSignature({ scheme, publicKey, digest: input.digest, signature });
}

/** Verifies in the thread that asks: for tests, and where few signatures are made. */
export const verifyInProcess: SignatureVerifier = {
  verify: (request) => Promise.resolve(isSignatureRight(request)),
  close: () => Promise.resolve(),
};
