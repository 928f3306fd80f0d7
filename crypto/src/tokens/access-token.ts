import { createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTPayload, ProtectedHeaderParameters } from "jose";

import { TokenError } from "./token-error.ts";
import type { TokenErrorCode } from "./token-error.ts";

/** What two machines' clocks may differ by; more would let an expired token live on. */
export const clockLeewaySeconds = 5;

/** An access token is a few hundred bytes; a longer text is not one, and is not parsed. */
const tokenLengthMax = 8192;

export interface AccessTokenChecks {
  /** The issuer's published keys (RFC 7517 §5), as they came. */
  readonly jwks: { readonly keys: readonly object[] };
  readonly issuer: string;
  readonly audience: string;
  readonly now: Date;
}

/** The claims of an RFC 9068 access token that decide something here. */
export interface AccessToken {
  /** Whom the token is for. */
  readonly subject: string;
  /** Who acts for the subject (`act.sub`, RFC 8693 §4.1). */
  readonly actor?: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly entitlements: readonly string[];
  readonly organization?: string;
  readonly tokenId: string;
  readonly expiresAt: Date;
}

/**
 * Checks an access token (RFC 9068 §4): type `at+jwt`, ES256 and nothing else, a key of the issuer found by `kid`, issuer,
 * audience and times with a leeway of {@link clockLeewaySeconds}; `crit` is refused, since we understand no extension.
 *
 * @throws TokenError with the reason; `token-key-unknown` may mean that the keys are old.
 */
export async function verifyAccessToken(token: string, checks: AccessTokenChecks): Promise<AccessToken> {
  checkHeader(token);
  const { payload } = await verified(token, checks);
  const now = checks.now.getTime() / 1000;
  // jose looks at `iat` only together with a maximum age; a token from the future is from a forger or a broken clock.
  if (payload.iat === undefined || payload.iat > now + clockLeewaySeconds) {
    throw new TokenError("token-not-yet-valid", "iat is in the future");
  }
  return readClaims(payload);
}

function checkHeader(token: string): void {
  if (token.length > tokenLengthMax) throw new TokenError("token-malformed", "too long for a token");
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(token);
  } catch (cause) {
    // jose throws TypeError for whatever is not a header.
    throw new TokenError("token-malformed", "not a JWS", { cause });
  }
  if (header.alg !== "ES256") throw new TokenError("token-algorithm", "alg is not ES256");
  if (header.crit !== undefined) throw new TokenError("token-malformed", "crit names an extension");
  if (typeof header.kid !== "string") throw new TokenError("token-malformed", "kid is missing");
}

async function verified(token: string, checks: AccessTokenChecks): Promise<{ payload: JWTPayload }> {
  try {
    return await jwtVerify(token, createLocalJWKSet(checks.jwks as JSONWebKeySet), {
      algorithms: ["ES256"],
      typ: "at+jwt",
      issuer: checks.issuer,
      audience: checks.audience,
      clockTolerance: clockLeewaySeconds,
      currentDate: checks.now,
      requiredClaims: ["exp", "iat", "sub", "jti", "client_id"],
    });
  } catch (cause) {
    if (cause instanceof errors.JOSEError) throw new TokenError(codeOf(cause), cause.message, { cause });
    throw cause;
  }
}

const codesOfClaims: Readonly<Record<string, TokenErrorCode>> = {
  iss: "token-issuer",
  aud: "token-audience",
  typ: "token-type",
  nbf: "token-not-yet-valid",
};

function codeOf(error: errors.JOSEError): TokenErrorCode {
  if (error instanceof errors.JWTExpired) return "token-expired";
  if (error instanceof errors.JWTClaimValidationFailed) return codesOfClaims[error.claim] ?? "token-claim";
  return codesOfErrors[error.code] ?? "token-malformed";
}

const codesOfErrors: Readonly<Record<string, TokenErrorCode>> = {
  [errors.JWSSignatureVerificationFailed.code]: "token-signature-wrong",
  [errors.JWKSNoMatchingKey.code]: "token-key-unknown",
  // Two keys under one kid: which one signed cannot be told, so neither is believed.
  [errors.JWKSMultipleMatchingKeys.code]: "token-key-unknown",
  [errors.JOSEAlgNotAllowed.code]: "token-algorithm",
};

function readClaims(payload: JWTPayload): AccessToken {
  const actor = isObject(payload["act"]) ? payload["act"]["sub"] : payload["act"];
  return {
    subject: requiredText(payload, "sub"),
    ...optional("actor", text(actor, "act.sub")),
    clientId: requiredText(payload, "client_id"),
    scope: (text(payload["scope"], "scope") ?? "").split(" ").filter((name) => name !== ""),
    entitlements: texts(payload["entitlements"], "entitlements"),
    ...optional("organization", text(payload["organization"], "organization")),
    tokenId: requiredText(payload, "jti"),
    expiresAt: new Date((payload.exp ?? 0) * 1000),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function optional<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>);
}

function requiredText(payload: JWTPayload, claim: string): string {
  const value = text(payload[claim], claim);
  if (value === undefined || value === "") throw new TokenError("token-claim", `${claim} is missing`);
  return value;
}

function text(value: unknown, claim: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TokenError("token-claim", `${claim} is not a text`);
}

function texts(value: unknown, claim: string): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new TokenError("token-claim", `${claim} is not a list of texts`);
}
