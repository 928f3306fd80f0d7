import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { base64UrlOf } from "./base64url.ts";
import { digest } from "../digest/index.ts";
import { utf8Of } from "../bytes/index.ts";
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
