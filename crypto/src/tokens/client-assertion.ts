import type { Signer } from "../signer/index.ts";
import { createCompactJws } from "./compact-jws.ts";

/** Long enough for a slow network, short enough that a leaked one is soon useless; it is used at once. */
export const clientAssertionSeconds = 60;

export interface ClientAssertionRequest {
  readonly signer: Signer;
  /** The `kid` under which the client's key is registered. */
  readonly keyId: string;
  readonly clientId: string;
  /** The authorization server's issuer or token endpoint, exactly as it calls itself. */
  readonly audience: string;
  readonly now: Date;
  /** Unique for each assertion; the server refuses to see it twice. */
  readonly jwtId: string;
}

/**
 * The client's proof of itself for `private_key_jwt` (RFC 7523 §3), valid {@link clientAssertionSeconds}.
 *
 * @throws TokenError `token-algorithm` if the signer is not an ES256 signer; SignerError `signature-wrong`.
 */
export function createClientAssertion(request: ClientAssertionRequest): Promise<string> {
  const issuedAt = Math.floor(request.now.getTime() / 1000);
  return createCompactJws(
    request.signer,
    { typ: "JWT", kid: request.keyId },
    {
      iss: request.clientId,
      sub: request.clientId,
      aud: request.audience,
      jti: request.jwtId,
      iat: issuedAt,
      exp: issuedAt + clientAssertionSeconds,
    },
  );
}
