import type { DigestName } from "../algorithms/index.ts";
import { equalBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import type { Signer } from "../signer/index.ts";
import {
  base64UrlOf,
  clockLeewaySeconds,
  isJsonObject,
  parseJsonObject,
  signCompactJws,
  spkiOfJwk,
  TokenError,
  verifyCompactJws,
} from "../tokens/index.ts";
import type { JsonObject } from "../tokens/index.ts";
import { SdJwtError } from "./sd-jwt-error.ts";

const keyBindingType = "kb+jwt";

/** What a verifier asked the holder to prove. */
export interface KeyBindingChecks {
  /** The verifier's own name. */
  readonly audience: string;
  /** Drawn by the verifier for this presentation, and never accepted twice. */
  readonly nonce: string;
  /** How old the proof may be. */
  readonly maximumAgeSeconds: number;
}

interface BoundSdJwt {
  readonly encodedJws: string;
  readonly disclosures: readonly string[];
  readonly keyBinding?: string;
  readonly algorithm: DigestName;
  readonly claims: JsonObject;
}

/**
 * Checks the holder's proof (RFC 9901 §4.3, §7.3): type, signature by the key in `cnf`, verifier, nonce, age, and that it is
 * about exactly this selection of disclosures.
 *
 * @throws SdJwtError `key-binding-missing` or `key-binding-wrong`.
 */
export function checkKeyBinding(sdJwt: BoundSdJwt, checks: KeyBindingChecks, now: Date): void {
  if (sdJwt.keyBinding === undefined)
    throw new SdJwtError("key-binding-missing", "the holder proved nothing");
  const claims = claimsOfProof(sdJwt.keyBinding, sdJwt.claims);
  if (claims["aud"] !== checks.audience) throw wrong("it is for another verifier");
  if (!isSame(claims["nonce"], checks.nonce)) throw wrong("it has another nonce");
  if (!isSame(claims["sd_hash"], sdHashOf(sdJwt))) throw wrong("it is about another selection of claims");
  const age = typeof claims["iat"] === "number" ? now.getTime() / 1000 - claims["iat"] : Infinity;
  if (age > checks.maximumAgeSeconds + clockLeewaySeconds || age < -clockLeewaySeconds) {
    throw wrong("it is not of now");
  }
}

/** What a holder shows, and to whom. */
export interface Presentation {
  readonly holder: Signer;
  readonly audience: string;
  readonly nonce: string;
  readonly now: Date;
}

/** The proof over this selection (RFC 9901 §4.3). @throws SignerError `signature-wrong`. */
export function signKeyBinding(
  sdJwt: Pick<BoundSdJwt, "encodedJws" | "disclosures" | "algorithm">,
  { holder, audience, nonce, now }: Presentation,
): Promise<string> {
  const claims = { aud: audience, nonce, iat: Math.floor(now.getTime() / 1000), sd_hash: sdHashOf(sdJwt) };
  return signCompactJws(holder, { typ: keyBindingType }, utf8Of(JSON.stringify(claims)));
}

function claimsOfProof(proof: string, claims: JsonObject): JsonObject {
  try {
    const confirmation = isJsonObject(claims["cnf"]) ? claims["cnf"]["jwk"] : undefined;
    const { payload } = verifyCompactJws(proof, { ...spkiOfJwk(confirmation), type: keyBindingType });
    return parseJsonObject(payload, "payload");
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new SdJwtError("key-binding-wrong", cause.message, { cause });
  }
}

/** Over everything up to the proof, with the tilde before it (RFC 9901 §4.3.1). */
function sdHashOf({
  encodedJws,
  disclosures,
  algorithm,
}: Pick<BoundSdJwt, "encodedJws" | "disclosures" | "algorithm">): string {
  return base64UrlOf(digest(algorithm, utf8Of([encodedJws, ...disclosures, ""].join("~"))));
}

function isSame(value: unknown, expected: string): boolean {
  return typeof value === "string" && equalBytes(utf8Of(value), utf8Of(expected));
}

function wrong(detail: string): SdJwtError {
  return new SdJwtError("key-binding-wrong", detail);
}
