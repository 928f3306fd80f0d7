/** Curves an engine computes on: sm2p256v1 (GB/T 32918.5-2017) and P-256 (FIPS 186-5, SEC 2). */
export type EcCurve = "sm2" | "p256";

/** Gives that many bytes from a cryptographic source. */
export type RandomBytes = (length: number) => Uint8Array;

/**
 * Elliptic-curve arithmetic for signatures over a ready digest e: SM2 (GB/T 32918.2-2016) on `sm2`, ECDSA (FIPS 186-5 §6)
 * on `p256`. Numbers are 32 bytes big endian; points are x ‖ y in 64 bytes, never infinity.
 *
 * What depends on a private key takes the same steps for every key; what depends on public values need not.
 */
export interface EcEngine {
  readonly name: "wasm" | "native" | "node";
  /** Which build of that back end runs, for people: `simd`, `portable`, `adx` … */
  readonly variant: string;
  readonly curves: readonly EcCurve[];
  /** Copies the key. @throws RangeError if d is not in 1…n−1; on `sm2` n−1 is refused too, because 1 + d must have an inverse. */
  importPrivateKey(curve: EcCurve, d32: Uint8Array): EcPrivateKey;
  /**
   * @param options.table precompute multiples of the point: dear now, three times cheaper at each verification. An engine
   *   keeps a bounded number of tables, the ones used last.
   * @throws RangeError if the point is not on the curve.
   */
  importPublicKey(curve: EcCurve, xy64: Uint8Array, options: { readonly table: boolean }): EcPublicKey;
  /** [d]G. @throws RangeError if d is not in 1…n−1. */
  publicPoint(curve: EcCurve, d32: Uint8Array): Uint8Array;
  /**
   * [scalar]P, in a time that does not depend on the scalar; undefined if the scalar is 0 modulo n.
   *
   * @throws RangeError if the point is not on the curve.
   */
  multiply(curve: EcCurve, xy64: Uint8Array, scalar32: Uint8Array): Uint8Array | undefined;
  /** SM2 over Z ‖ M, where an engine is better at that than at a digest. */
  readonly sm2Messages?: Sm2Messages;
}

/** SM2 over messages. Keys are imported once more for each call. */
export interface Sm2Messages {
  /** r ‖ s over SM3(parts). */
  sign(d32: Uint8Array, xy64: Uint8Array, parts: readonly Uint8Array[]): Uint8Array;
  /** Numbers out of range are wrong; a point off the curve is, too. */
  verify(xy64: Uint8Array, parts: readonly Uint8Array[], rs64: Uint8Array): boolean;
}

/** A private key inside an engine. */
export interface EcPrivateKey {
  /**
   * Signs e, giving r ‖ s. The nonce is hedged: made from the key, e and 32 bytes of `random`, so that a source that
   * repeats itself does not give the key away (RFC 6979 §3.6).
   */
  sign(e32: Uint8Array, random: RandomBytes): Uint8Array;
  /** As {@link sign} for each digest, in order, cheaper per signature. */
  signBatch(e32s: readonly Uint8Array[], random: RandomBytes): Uint8Array[];
  /** Overwrites the key; afterwards it signs nothing (RangeError). */
  destroy(): void;
}

/** A public key inside an engine. */
export interface EcPublicKey {
  readonly hasTable: boolean;
  /** Whether r ‖ s is a signature of e. Anything but 64 bytes with both numbers in range is wrong, not an error. */
  verify(e32: Uint8Array, rs64: Uint8Array): boolean;
}

/** No engine can be had: none computes the published answers. */
export class EngineError extends Error {
  readonly code = "no-engine";
  constructor(message: string) {
    super(message);
    this.name = "EngineError";
  }
}
