import { SignerError } from "@yinxin/crypto/signer";
import type { Signer, SignInput } from "@yinxin/crypto/signer";

import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";

/** What a signer asks of the store it came from. */
export interface SignerGuard {
  readonly uri: KeyUri;
  readonly verifier: SignatureVerifier;
  /** Throws once the store is closed or the key destroyed: a signer must not outlive either. */
  readonly refuseIfGone: () => void;
  readonly count: (outcome: "signed" | "failed") => void;
}

/** A signer whose signatures leave only after they were verified with the key's public key. */
export function releasedSigner(signer: Signer, guard: SignerGuard): Signer {
  const { algorithm, publicKey, inputs } = signer;
  return {
    algorithm,
    publicKey,
    inputs,
    sign: async (input: SignInput) => {
      guard.refuseIfGone();
      try {
        const signature = await signer.sign(input);
        if (!(await guard.verifier.verify({ algorithm, publicKey, input, signature })))
          throw wrong(guard.uri);
        guard.count("signed");
        return signature;
      } catch (cause) {
        if (!(cause instanceof SignerError)) guard.count("failed");
        throw cause;
      }
    },
  };
}

function wrong(uri: KeyUri): KeyStoreError {
  return new KeyStoreError("self-check-failed", `a signature by ${uri} does not verify and was thrown away`, {
    facts: { uri },
  });
}
