/**
 * Tokens that say who is calling, and other signed JSON: our policy over JOSE.
 *
 * A service receives an RFC 9068 access token and checks it with {@link verifyAccessToken} against the issuer's published
 * keys; nothing in the token chooses how it is checked. A service that is itself a client proves who it is with
 * {@link createClientAssertion}, signed by a key that may live in a device, which is why we write the compact
 * serialization ourselves.
 *
 * Every other JWS goes through {@link verifyCompactJws}: the caller knows key, algorithm and `typ` of this issuer for this
 * purpose, and the header must agree. The names of the algorithms are JOSE's, and one of our own for SM2, which
 * JOSE libraries do not know.
 */
export { TokenError } from "./token-error.ts";
export type { TokenErrorCode } from "./token-error.ts";
export { base64UrlOf, bytesOfBase64Url } from "./base64url.ts";
export { jwkThumbprint, publicJwkOfSpki, spkiOfJwk } from "./jwk.ts";
export type { PublicEcJwk } from "./jwk.ts";
export { createCompactJws } from "./compact-jws.ts";
export { jwsAlgorithms } from "./jws-algorithm.ts";
export type { JwsAlgorithm } from "./jws-algorithm.ts";
export {
  checkJws,
  isJsonObject,
  maximumJwsCharacters,
  parseCompactJws,
  parseJsonObject,
  parseJwsParts,
  signCompactJws,
  verifyCompactJws,
} from "./jws.ts";
export type { JsonObject, JwsChecks, ParsedJws } from "./jws.ts";
export { clockLeewaySeconds, verifyAccessToken } from "./access-token.ts";
export type { AccessToken, AccessTokenChecks } from "./access-token.ts";
export { clientAssertionSeconds, createClientAssertion } from "./client-assertion.ts";
export type { ClientAssertionRequest } from "./client-assertion.ts";
