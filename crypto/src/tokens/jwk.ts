import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { base64UrlOf, bytesOfBase64Url } from "./base64url.ts";
import { digest } from "../digest/index.ts";
import { bytesOfHex, concatBytes, utf8Of } from "../bytes/index.ts";
import { isJsonObject } from "./jws.ts";
import { TokenError } from "./token-error.ts";

/** A P-256 verification key as RFC 7517 and RFC 7518 §6.2 write it, ready for a JWKS. */
export interface PublicEcJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly alg: "ES256";
  readonly use: "sig";
  readonly kid: string;
}

/**
 * The public key of an ES256 signer as a JWK whose `kid` is its own thumbprint, so that a `kid` can never be reused
 * for another key.
 *
 * @param spki SubjectPublicKeyInfo, DER.
 * @throws TokenError `token-algorithm` if it is not a P-256 key.
 */
export function publicJwkOfSpki(spki: Uint8Array): PublicEcJwk {
  const { kty, crv, x, y } = importKey(spki).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined) {
    throw new TokenError("token-algorithm", "tokens are signed with P-256 keys only");
  }
  return { kty, crv, x, y, alg: "ES256", use: "sig", kid: jwkThumbprint({ kty, crv, x, y }) };
}

/** The SHA-256 thumbprint of an EC key (RFC 7638 §3.2), base64url. */
export function jwkThumbprint(jwk: Pick<PublicEcJwk, "kty" | "crv" | "x" | "y">): string {
  // RFC 7638 §3.2: the required members only, in lexicographic order, without white space.
  const members = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return base64UrlOf(digest("SHA-256", utf8Of(members)));
}

function importKey(spki: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch (cause) {
    // node:crypto has no error class for "not a key".
    throw new TokenError("token-algorithm", "not a public key", { cause });
  }
  // Node cannot export an SM2 key as a JWK at all, so the curve is looked at before.
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new TokenError("token-algorithm", "tokens are signed with P-256 keys only");
  }
  return key;
}

/** SubjectPublicKeyInfo up to the point of a P-256 key, and up to the octets of an Ed25519 key (RFC 5480 §2, RFC 8410 §4). */
const p256Prefix = bytesOfHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
const ed25519Prefix = bytesOfHex("302a300506032b6570032100");

/**
 * The key of a JWK that somebody else vouches for, like the holder's in a credential (RFC 7800 §3.2): a P-256 or Ed25519 key,
 * and the algorithm it signs with.
 *
 * @throws TokenError `token-algorithm` for another kind of key, a private one, or a point of another size.
 */
export function spkiOfJwk(jwk: unknown): { publicKey: Uint8Array; algorithm: "ES256" | "Ed25519" } {
  const { kty, crv, x, y, d } = isJsonObject(jwk) ? jwk : {};
  if (d !== undefined) throw new TokenError("token-algorithm", "the key is a private one");
  if (kty === "EC" && crv === "P-256") {
    return { publicKey: concatBytes(p256Prefix, octetsOf(x), octetsOf(y)), algorithm: "ES256" };
  }
  if (kty === "OKP" && crv === "Ed25519") {
    return { publicKey: concatBytes(ed25519Prefix, octetsOf(x)), algorithm: "Ed25519" };
  }
  throw new TokenError("token-algorithm", "the key is neither of P-256 nor of Ed25519");
}

function octetsOf(coordinate: unknown): Uint8Array {
  try {
    const octets = typeof coordinate === "string" ? bytesOfBase64Url(coordinate) : new Uint8Array();
    if (octets.length === 32) return octets;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
  throw new TokenError("token-algorithm", "a coordinate of the key is not base64url of 32 octets");
}
