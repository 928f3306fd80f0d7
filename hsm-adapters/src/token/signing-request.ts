import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { digest } from "@yinxin/crypto/digest";
import type { SignInput } from "@yinxin/crypto/signer";
import { sm2Z } from "@yinxin/crypto/sm2";

import type { SigningMechanism } from "../driver/index.ts";
import type { KeyUri } from "../key-store/index.ts";

/** One signature that somebody wants; it stays the same through all attempts. */
export interface SigningRequest {
  readonly uri: KeyUri;
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: Uint8Array;
  /** What the key gets, message or digest as its mechanism takes it; what is verified too. */
  readonly input: SignInput;
}

/** What a mechanism of this sort can be given. */
export function inputsOf({ takes }: SigningMechanism): readonly ("message" | "digest")[] {
  return takes === "digest" ? ["message", "digest"] : ["message"];
}

/**
 * Turns a message into what the key takes: for SM2 e = SM3(Z ‖ M) with the default id (GB/T 32918.2-2016 §6.1), since computing it costs no
 * device call; for others the row's digest.
 */
export function inputFor(
  { algorithm, takes }: SigningMechanism,
  z: Uint8Array | undefined,
  input: SignInput,
): SignInput {
  if (takes === "message" || "digest" in input) return input;
  const { digest: name } = signatureAlgorithms[algorithm];
  if (name === undefined) return input;
  return { digest: z === undefined ? digest(name, input.message) : digest(name, z, input.message) };
}

/** Z of an SM2 key (GB/T 32918.2-2016 §5.5), once for all its signatures; undefined for any other. */
export function zOf(algorithm: SignatureAlgorithmName, publicKey: Uint8Array): Uint8Array | undefined {
  return algorithm === "SM2" ? sm2Z(publicKey) : undefined;
}
