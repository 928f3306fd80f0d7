import type { DigestName, MlDsaParameterSet, RsaPublicKey } from "../algorithms/index.ts";

/** A digest that takes its input in pieces. */
export interface IncrementalDigest {
  /** Takes the next piece. */
  update(part: Uint8Array): IncrementalDigest;
  /** The value over all pieces; afterwards the object is used up. */
  digest(): Uint8Array;
}

/** The curves of ECDSA. SM2's own signature scheme is in `sm2`. */
export type EcdsaCurve = "P-256" | "P-384" | "P-521";

export interface EcdsaToVerify {
  readonly curve: EcdsaCurve;
  /** 04 ‖ x ‖ y. */
  readonly point: Uint8Array;
  /** r ‖ s, each as long as the order of the curve. */
  readonly signature: Uint8Array;
}

export interface MlDsaToVerify {
  readonly parameterSet: MlDsaParameterSet;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Up to 255 octets that both sides know; empty in X.509 and CMS. */
  readonly context: Uint8Array;
}

/**
 * What verifying code takes from the machine it runs on. `node.ts` has it from node:crypto, `browser.ts` from libraries and
 * code of our own; both give the same answers, and the published vectors are run against both.
 *
 * Nothing here throws for bad keys and signatures: they are wrong.
 */
export interface Platform {
  readonly name: "node" | "browser";
  createDigest(name: DigestName): IncrementalDigest;
  /** The digest of bytes at hand, for less than a {@link createDigest} of one part. */
  digest(name: DigestName, bytes: Uint8Array): Uint8Array;
  /** HMAC (RFC 2104) over the parts, one after the other. */
  hmac(name: DigestName, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** From the machine's cryptographic source. */
  readonly randomBytes: (length: number) => Uint8Array;
  /**
   * signature^exponent mod modulus in as many octets as the modulus has (RFC 8017 §5.2.2); undefined if the signature is
   * not below the modulus.
   */
  rsaPublicOperation(key: RsaPublicKey, signature: Uint8Array): Uint8Array | undefined;
  /** ECDSA over a message; undefined where `verifyEcdsaDigest` and the elliptic-curve engine do as well. */
  readonly verifyEcdsa:
    ((input: EcdsaToVerify, digest: DigestName, message: Uint8Array) => boolean) | undefined;
  /** ECDSA over a ready digest, for the curves that the elliptic-curve engine does not have. */
  verifyEcdsaDigest(
    input: EcdsaToVerify & { readonly curve: "P-384" | "P-521" },
    digest: Uint8Array,
  ): boolean;
  /** Ed25519 (RFC 8032 §5.1.7) without cofactor, which both sides compute alike. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** ML-DSA (FIPS 204 §5.3), pure. */
  verifyMlDsa(input: MlDsaToVerify): boolean;
}
