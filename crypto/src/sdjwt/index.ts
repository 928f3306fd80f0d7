/**
 * SD-JWT: a credential whose holder shows some claims and keeps the others (RFC 9901), and the profile for verifiable
 * credentials (draft-ietf-oauth-sd-jwt-vc).
 *
 * The issuer signs digests in place of the claims that are the holder's choice ({@link issueSdJwt}) and hands over the
 * *disclosures* beside. The holder passes on the disclosures of what is to be seen, with a proof that it is them, made for
 * one verifier and one nonce ({@link presentSdJwt}). The verifier learns what was shown and nothing else
 * ({@link verifySdJwt}, {@link verifySdJwtVc}). Whether the credential was revoked since is told by its status list.
 */
export type { ClaimPath } from "./conceal.ts";
export type { Disclosure } from "./disclosure.ts";
export type { KeyBindingChecks, Presentation } from "./key-binding.ts";
export { presentSdJwt } from "./present.ts";
export type { DisclosedClaim, RevealedClaims } from "./reveal.ts";
export { SdJwtError } from "./sd-jwt-error.ts";
export type { SdJwtErrorCode } from "./sd-jwt-error.ts";
export { issueSdJwtVc, openClaims, sdJwtVcType, verifySdJwtVc } from "./sd-jwt-vc.ts";
export type { ClaimMetadata, CredentialType } from "./sd-jwt-vc.ts";
export { claimsOf, issueSdJwt, maximumDisclosures, parseSdJwt, verifySdJwt } from "./sd-jwt.ts";
export type { SdJwt, SdJwtChecks, SdJwtToIssue, VerifiedSdJwt } from "./sd-jwt.ts";
