import type { DigestName, SignatureAlgorithmName } from "../algorithms/index.ts";
import { utf8Of } from "../bytes/index.ts";
import type { Signer } from "../signer/index.ts";
import {
  checkJws,
  clockLeewaySeconds,
  parseCompactJws,
  parseJsonObject,
  signCompactJws,
  spkiOfJwk,
  TokenError,
} from "../tokens/index.ts";
import type { JsonObject, ParsedJws } from "../tokens/index.ts";
import { concealClaims } from "./conceal.ts";
import type { ClaimPath } from "./conceal.ts";
import { defaultSdAlgorithm, digestOfSdAlgorithm } from "./disclosure.ts";
import { checkKeyBinding } from "./key-binding.ts";
import type { KeyBindingChecks } from "./key-binding.ts";
import { revealClaims } from "./reveal.ts";
import type { RevealedClaims } from "./reveal.ts";
import { SdJwtError } from "./sd-jwt-error.ts";

/** A credential taken apart and not yet believed (RFC 9901 §4). */
export interface SdJwt {
  readonly jws: ParsedJws;
  /** The issuer's JWS as it stands. */
  readonly encodedJws: string;
  /** Base64url, in the order they stand. */
  readonly disclosures: readonly string[];
  /** The holder's proof for one verifier, if it was added. */
  readonly keyBinding?: string;
}

/** A license has some thirty; each costs a verifier a digest. */
export const maximumDisclosures = 1000;

/** With pictures in the claims; longer texts are not parsed. */
const maximumCharacters = 8 * 1024 * 1024;

/** @throws SdJwtError `sd-jwt-malformed`. */
export function parseSdJwt(text: string): SdJwt {
  if (text.length > maximumCharacters) throw new SdJwtError("sd-jwt-malformed", "too long");
  // Two parts more than permitted are enough to see that there are too many.
  const [encodedJws = "", ...rest] = text.split("~", maximumDisclosures + 3);
  const last = rest.pop();
  if (last === undefined) throw new SdJwtError("sd-jwt-malformed", "a JWS alone is no SD-JWT");
  if (rest.length > maximumDisclosures) throw new SdJwtError("sd-jwt-malformed", "too many disclosures");
  try {
    const jws = parseCompactJws(encodedJws);
    return { jws, encodedJws, disclosures: rest, ...(last !== "" && { keyBinding: last }) };
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new SdJwtError("sd-jwt-malformed", cause.message, { cause });
  }
}

export interface SdJwtToIssue {
  readonly signer: Signer;
  readonly keyId: string;
  /** `typ`: what kind of credential this is, so that nothing else the key signs can pass for one. */
  readonly type: string;
  /** As JSON. */
  readonly claims: JsonObject;
  readonly concealed: readonly ClaimPath[];
  /** For each object with concealed members; 0 by default. */
  readonly decoys?: number;
  /** The public key of the holder as a JWK, for `cnf` (RFC 7800 §3.2). */
  readonly holderKey?: JsonObject;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * Issues a credential with all its disclosures (RFC 9901 §4).
 *
 * @throws RangeError if a path leads nowhere, a claim bears a name of the mechanism, or the holder's key is a private one or
 *   of a kind that no proof is checked with; SignerError `signature-wrong`.
 */
export async function issueSdJwt(order: SdJwtToIssue): Promise<string> {
  const { signer, keyId, type, claims, concealed, decoys = 0, holderKey, randomBytes } = order;
  for (const name of ["_sd_alg", ...(holderKey === undefined ? [] : ["cnf"])]) {
    if (Object.hasOwn(claims, name)) throw new RangeError(`no claim may be called ${name}`);
  }
  if (holderKey !== undefined) checkHolderKey(holderKey);
  const algorithm = digestOfSdAlgorithm(defaultSdAlgorithm);
  const { payload, disclosures } = concealClaims(claims, { algorithm, randomBytes, concealed, decoys });
  const complete = {
    ...payload,
    ...(holderKey !== undefined && { cnf: { jwk: holderKey } }),
    _sd_alg: defaultSdAlgorithm,
  };
  const jws = await signCompactJws(signer, { typ: type, kid: keyId }, utf8Of(JSON.stringify(complete)));
  return [jws, ...disclosures.map(({ encoded }) => encoded), ""].join("~");
}

/** A private key would be published with the credential, and stand in every presentation. */
function checkHolderKey(holderKey: JsonObject): void {
  try {
    spkiOfJwk(holderKey);
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new RangeError(`the holder cannot have this key: ${cause.message}`);
  }
}

/** What a verifier expects of a credential. Nothing in it chooses any of this. */
export interface SdJwtChecks {
  /** SubjectPublicKeyInfo, DER, of the issuer for this kind of credential. */
  readonly publicKey: Uint8Array;
  readonly algorithm: SignatureAlgorithmName;
  readonly type: string;
  readonly now: Date;
  /** What the holder's proof must be about; absent: none is asked for, and one that is there says nothing. */
  readonly keyBinding?: KeyBindingChecks;
}

/** A credential that is believed. */
export interface VerifiedSdJwt extends RevealedClaims {
  readonly header: JsonObject;
  /** Whether the holder of the key in `cnf` made this presentation for this verifier. */
  readonly isBound: boolean;
}

/**
 * Checks a credential as its verifier (RFC 9901 §7.1, §7.3): the issuer's signature, every disclosure, times, and the holder's
 * proof where it is asked for.
 *
 * @throws SdJwtError with the reason.
 */
export function verifySdJwt(text: string, checks: SdJwtChecks): VerifiedSdJwt {
  const sdJwt = parseSdJwt(text);
  checkSignature(sdJwt.jws, checks);
  const { revealed, algorithm } = claimsOf(sdJwt);
  checkTimes(revealed.claims, checks.now);
  if (checks.keyBinding !== undefined) {
    checkKeyBinding({ ...sdJwt, algorithm, claims: revealed.claims }, checks.keyBinding, checks.now);
  }
  return { ...revealed, header: sdJwt.jws.header, isBound: checks.keyBinding !== undefined };
}

/** The claims of a credential, its signature not looked at: for the holder, who chooses what to show. @throws SdJwtError. */
export function claimsOf(sdJwt: SdJwt): { revealed: RevealedClaims; algorithm: DigestName } {
  const { _sd_alg: name = defaultSdAlgorithm, ...payload } = payloadOf(sdJwt);
  const algorithm = digestOfSdAlgorithm(name);
  return { revealed: revealClaims(payload, sdJwt.disclosures, algorithm), algorithm };
}

function payloadOf({ jws }: SdJwt): JsonObject {
  try {
    return parseJsonObject(jws.payload, "payload");
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new SdJwtError("sd-jwt-malformed", cause.message, { cause });
  }
}

function checkSignature(jws: ParsedJws, { publicKey, algorithm, type }: SdJwtChecks): void {
  try {
    checkJws(jws, { publicKey, algorithm, type });
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    const code = cause.code === "token-type" ? "sd-jwt-type" : "sd-jwt-signature-wrong";
    throw new SdJwtError(code, cause.message, { cause });
  }
}

function checkTimes(claims: JsonObject, now: Date): void {
  const seconds = now.getTime() / 1000;
  const { exp, nbf, iat } = claims;
  for (const time of [exp, nbf, iat]) {
    if (time !== undefined && typeof time !== "number") {
      throw new SdJwtError("sd-jwt-malformed", "exp, nbf or iat is not a time");
    }
  }
  if (typeof exp === "number" && exp <= seconds - clockLeewaySeconds) {
    throw new SdJwtError("sd-jwt-expired", "exp is past");
  }
  for (const start of [nbf, iat]) {
    if (typeof start === "number" && start > seconds + clockLeewaySeconds) {
      throw new SdJwtError("sd-jwt-not-yet-valid", "nbf or iat is in the future");
    }
  }
}
