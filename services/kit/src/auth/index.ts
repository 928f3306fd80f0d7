/**
 * Who is calling, and calling others.
 *
 * Inwards: {@link createTokenAuthenticator} turns an `Authorization` header into a {@link Caller} whose permissions are what
 * the client may ask for (`scope`) and the person or system has (`entitlements`), both. Keys of the issuer come from
 * {@link createJwksCache}, which outlives an outage of the sign-on service.
 *
 * Outwards: {@link createTokenClient} gets this service's own token by `client_credentials` with `private_key_jwt`, and
 * {@link createServiceClient} speaks JSON with another service and understands its problems.
 */
export { actorsOf } from "./caller.ts";
export type { Authenticator, Caller, RequestFacts } from "./caller.ts";
export { createTokenAuthenticator } from "./token-authenticator.ts";
export type { TokenAuthenticatorOptions } from "./token-authenticator.ts";
export { createJwksCache, jwksStaleMilliseconds } from "./jwks-cache.ts";
export type { JwksCache, JwksCacheOptions } from "./jwks-cache.ts";
export { createTokenClient } from "./token-client.ts";
export type { TokenClient, TokenClientOptions } from "./token-client.ts";
export { createServiceClient, RemoteProblem } from "./service-client.ts";
export type { ServiceClient, ServiceClientOptions, ServiceRequest } from "./service-client.ts";
export { createSuiteAuthenticator, createSuiteTokens } from "./suite.ts";
export type { SignOnService } from "./suite.ts";
export { boundedFetch, FetchFailure } from "./bounded-fetch.ts";
export type { Fetch } from "./bounded-fetch.ts";
export { createOfficerAuthenticator, signedRequestSeconds } from "./officer-authenticator.ts";
export type { OfficerAuthenticatorOptions, RequestNonces } from "./officer-authenticator.ts";
export { officerPermissions, officersOnly } from "./officer-permissions.ts";
