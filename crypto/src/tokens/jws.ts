import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { textOfUtf8, utf8Of } from "../bytes/index.ts";
import { signVerified, verifySignature } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { base64UrlOf, bytesOfBase64Url } from "./base64url.ts";
import { jwsAlgorithms, jwsSignatureOf, signerSignatureOf } from "./jws-algorithm.ts";
import { TokenError } from "./token-error.ts";

/** A JSON object as it came; what its members are is still to be asked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A JWS taken apart and not yet believed (RFC 7515 §3). */
export interface ParsedJws {
  readonly header: JsonObject;
  /** Base64url of the protected header, as it was signed. */
  readonly encodedHeader: string;
  /** Base64url of the payload, as it was signed. */
  readonly encodedPayload: string;
  readonly payload: Uint8Array;
  /** Base64url, as it stands. */
  readonly encodedSignature: string;
  readonly signature: Uint8Array;
}

/** Licenses with pictures in them and long status lists stay below; longer texts are not parsed. */
export const maximumJwsCharacters = 24 * 1024 * 1024;

/** @throws TokenError `token-malformed` unless it is a compact JWS with a JSON object for a header (RFC 7515 §7.1). */
export function parseCompactJws(text: string, maximumCharacters = maximumJwsCharacters): ParsedJws {
  if (text.length > maximumCharacters) throw new TokenError("token-malformed", "too long");
  const [header, payload, signature, ...more] = text.split(".", 4);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw new TokenError("token-malformed", "not a compact JWS");
  }
  return parseJwsParts(header, payload, signature);
}

/** The same from the three members of the JSON serialization (RFC 7515 §7.2). @throws TokenError `token-malformed`. */
export function parseJwsParts(
  encodedHeader: string,
  encodedPayload: string,
  encodedSignature: string,
): ParsedJws {
  return {
    header: parseJsonObject(decode(encodedHeader, "header"), "header"),
    encodedHeader,
    encodedPayload,
    payload: decode(encodedPayload, "payload"),
    encodedSignature,
    signature: decode(encodedSignature, "signature"),
  };
}

/** What a reader expects of a JWS. Nothing in the token chooses any of it. */
export interface JwsChecks {
  /** SubjectPublicKeyInfo, DER, of the issuer for this purpose. */
  readonly publicKey: Uint8Array;
  /** The one algorithm that this key signs with. */
  readonly algorithm: SignatureAlgorithmName;
  /** What `typ` must be; undefined: it must be absent. A signature made for one purpose is none for another. */
  readonly type: string | undefined;
  /** The names that may stand in `crit`, because the caller looks at them. */
  readonly understood?: readonly string[];
}

/**
 * Checks header and signature of a JWS (RFC 7515 §5.2): `alg` and `typ` as expected, nothing critical that is not understood,
 * and the signature by the given key. Keys that the header names or carries (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
 *
 * @throws TokenError `token-algorithm`, `token-type`, `token-critical` or `token-signature-wrong`.
 */
export function checkJws(jws: ParsedJws, checks: JwsChecks): void {
  const { algorithm, type, understood = [], publicKey } = checks;
  if (jws.header["alg"] !== jwsAlgorithms[algorithm].alg) {
    throw new TokenError("token-algorithm", `alg is not ${jwsAlgorithms[algorithm].alg}`);
  }
  if (jws.header["typ"] !== type) throw new TokenError("token-type", `typ is not ${type ?? "absent"}`);
  checkCritical(jws.header, understood);
  const signature = signerSignatureOf(algorithm, jws.signature);
  const message = utf8Of(`${jws.encodedHeader}.${jws.encodedPayload}`);
  if (signature === undefined || !verifySignature({ algorithm, publicKey, message, signature })) {
    throw new TokenError("token-signature-wrong", "the signature is not of this key over these bytes");
  }
}

/** Reads a compact JWS and checks it as {@link checkJws}. @throws TokenError also `token-malformed`. */
export function verifyCompactJws(text: string, checks: JwsChecks): ParsedJws {
  const jws = parseCompactJws(text);
  checkJws(jws, checks);
  return jws;
}

/**
 * Signs a payload as a compact JWS (RFC 7515 §7.1) with any key of the algorithm table, SM2 included. `alg` is added to the header.
 *
 * @throws SignerError `signature-wrong`.
 */
export async function signCompactJws(
  signer: Signer,
  header: JsonObject,
  payload: Uint8Array,
): Promise<string> {
  const { alg } = jwsAlgorithms[signer.algorithm];
  const encodedHeader = base64UrlOf(utf8Of(JSON.stringify({ ...header, alg })));
  const signed = `${encodedHeader}.${base64UrlOf(payload)}`;
  const signature = await signVerified(signer, utf8Of(signed));
  return `${signed}.${base64UrlOf(jwsSignatureOf(signer.algorithm, signature))}`;
}

/** The bytes as a JSON object in UTF-8. @throws TokenError `token-malformed`. */
export function parseJsonObject(bytes: Uint8Array, part: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(textOfUtf8(bytes));
  } catch (cause) {
    // TypeError for bytes that are not UTF-8, SyntaxError for text that is not JSON.
    throw new TokenError("token-malformed", `${part} is not JSON in UTF-8`, { cause });
  }
  if (!isJsonObject(value)) throw new TokenError("token-malformed", `${part} is not an object`);
  return value;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 7515 §4.1.11: a list that is not empty, of parameters that are there, each once and each understood. */
function checkCritical(header: JsonObject, understood: readonly string[]): void {
  const { crit } = header as { crit?: unknown };
  if (crit === undefined) return;
  const names: readonly unknown[] = Array.isArray(crit) ? crit : [];
  const isGood = (name: unknown): boolean =>
    typeof name === "string" && understood.includes(name) && Object.hasOwn(header, name);
  if (names.length === 0 || new Set(names).size !== names.length || !names.every(isGood)) {
    throw new TokenError("token-critical", "crit names what is not understood or not there");
  }
}

function decode(encoded: string, part: string): Uint8Array {
  try {
    return bytesOfBase64Url(encoded);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new TokenError("token-malformed", `${part} is not base64url`, { cause });
    }
    throw cause;
  }
}
