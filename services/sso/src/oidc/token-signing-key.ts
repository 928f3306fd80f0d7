import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { signVerified } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { rawOfDerSignature } from "@yinxin/crypto/sm2";
import { ExternalSigningKey } from "oidc-provider";

import type { TokenKey } from "./ports.ts";

/**
 * One version of the token key as the library wants it: it sees a `kid` and asks for a signature. The key itself stays
 * where the Signer has it.
 */
export class TokenSigningKey extends ExternalSigningKey {
  readonly #signer: Signer;
  readonly #keyId: string;

  /** @throws RangeError for a key that is not ES256. */
  constructor({ signer, keyId }: TokenKey) {
    super();
    if (signer.algorithm !== "ES256")
      throw new RangeError("tokens are signed with ES256: stock clients know nothing else");
    this.#signer = signer;
    this.#keyId = keyId;
  }

  override get kid(): string {
    return this.#keyId;
  }

  override keyObject(): KeyObject {
    return createPublicKey({ key: Buffer.from(this.#signer.publicKey), format: "der", type: "spki" });
  }

  /** RFC 7518 §3.4: r ‖ s, checked with the public key before it leaves. */
  override async sign(data: Uint8Array): Promise<Uint8Array> {
    return rawOfDerSignature(await signVerified(this.#signer, data));
  }
}

/**
 * What the library is given when it is made, only to learn that tokens are ES256. It holds no key, is replaced before the
 * first request and is shown nowhere.
 */
export class AlgorithmPlaceholder extends ExternalSigningKey {
  override get kty(): string {
    return "EC";
  }
  override get crv(): string {
    return "P-256";
  }
  override get x(): string {
    return "none";
  }
  override get y(): string {
    return "none";
  }
  // Members of other types of keys; the library would ask the key for them.
  override get e(): undefined {
    return undefined;
  }
  override get n(): undefined {
    return undefined;
  }
  override get pub(): undefined {
    return undefined;
  }
}
