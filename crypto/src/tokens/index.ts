/**
 * Tokens that say who is calling: our policy over JOSE.
 *
 * A service receives an RFC 9068 access token and checks it with {@link verifyAccessToken} against the issuer's published
 * keys; nothing in the token chooses how it is checked. A service that is itself a client proves who it is with
 * {@link createClientAssertion}, signed by a key that may live in a device, which is why we write the compact
 * serialization ourselves and leave only verification to the library.
 */
export { TokenError } from "./token-error.ts";
export type { TokenErrorCode } from "./token-error.ts";
export { jwkThumbprint, publicJwkOfSpki } from "./jwk.ts";
export type { PublicEcJwk } from "./jwk.ts";
export { createCompactJws } from "./compact-jws.ts";
export { clockLeewaySeconds, verifyAccessToken } from "./access-token.ts";
export type { AccessToken, AccessTokenChecks } from "./access-token.ts";
export { clientAssertionSeconds, createClientAssertion } from "./client-assertion.ts";
export type { ClientAssertionRequest } from "./client-assertion.ts";
