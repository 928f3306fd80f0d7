import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { verifySignature } from "./verify.ts";

/** What is handed to a key: the message, or for keys that take it the digest of the message. */
export type SignInput = { readonly message: Uint8Array } | { readonly digest: Uint8Array };

/**
 * One private key that signs and never shows itself.
 *
 * `sign` may be called concurrently and may take seconds, so it is never awaited inside a database transaction. It
 * resolves to the algorithm's own form: SEQUENCE { r, s } for SM2 and ES256, 64 octets for Ed25519. It rejects with
 * `SignerError` `input-not-supported` for an input not listed in `inputs`; any other rejection is a fault of the device.
 */
export interface Signer {
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly inputs: readonly ("message" | "digest")[];
  sign(input: SignInput): Promise<Uint8Array>;
}

export class SignerError extends Error {
  readonly code: "input-not-supported" | "signature-wrong" | "key-not-supported";

  constructor(code: SignerError["code"], message: string) {
    super(message);
    this.name = "SignerError";
    this.code = code;
  }
}

/**
 * Signs a message and checks the signature with the public key before it leaves: a device that answers nonsense, or
 * holds another key than it says, is noticed here and not by the receiver.
 *
 * @throws SignerError `signature-wrong`.
 */
export async function signVerified(signer: Signer, message: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign({ message });
  const isRight = verifySignature({
    algorithm: signer.algorithm,
    publicKey: signer.publicKey,
    message,
    signature,
  });
  if (!isRight)
    throw new SignerError("signature-wrong", `the ${signer.algorithm} key made a signature that is wrong`);
  return signature;
}
