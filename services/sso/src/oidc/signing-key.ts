import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { signVerified } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { rawOfDerSignature } from "@yinxin/crypto/sm2";
import { ExternalSigningKey } from "oidc-provider";

/**
 * The token key as the library wants it: it sees the public key and asks for signatures. The key itself stays where the
 * Signer has it. Its `kid` is the thumbprint (RFC 7638), which the library computes, so no `kid` ever means two keys.
 */
export class TokenSigningKey extends ExternalSigningKey {
  readonly #signer: Signer;
  readonly #publicKey: KeyObject;

  constructor(signer: Signer) {
    super();
    if (signer.algorithm !== "ES256")
      throw new RangeError("tokens are signed with ES256: stock clients know nothing else");
    this.#signer = signer;
    this.#publicKey = createPublicKey({ key: Buffer.from(signer.publicKey), format: "der", type: "spki" });
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  /** RFC 7518 §3.4: r ‖ s, checked with the public key before it leaves. */
  override async sign(data: Uint8Array): Promise<Uint8Array> {
    return rawOfDerSignature(await signVerified(this.#signer, data));
  }
}
