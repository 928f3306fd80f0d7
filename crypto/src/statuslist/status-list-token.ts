import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { utf8Of } from "../bytes/index.ts";
import {
  CoseError,
  coseLabels,
  decodeCbor,
  encodeCbor,
  parseCoseSign1,
  problemOfCoseSign1,
  signCoseSign1,
} from "../cose/index.ts";
import type { CborMap, CborValue, CoseAlgorithmName, CoseSign1 } from "../cose/index.ts";
import type { Signer } from "../signer/index.ts";
import {
  base64UrlOf,
  bytesOfBase64Url,
  clockLeewaySeconds,
  isJsonObject,
  parseJsonObject,
  signCompactJws,
  TokenError,
  verifyCompactJws,
} from "../tokens/index.ts";
import type { JsonObject } from "../tokens/index.ts";
import { StatusListError } from "./status-list-error.ts";
import { compressStatusList, parseStatusList } from "./status-list.ts";
import type { StatusList } from "./status-list.ts";

const jwtType = "statuslist+jwt";
const cwtType = "application/statuslist+cwt";

/** CWT claims: RFC 8392 §3.1, and draft-ietf-oauth-status-list §14.3. */
const cwtLabels = { sub: 2, exp: 4, iat: 6, status: 65535, ttl: 65534, statusList: 65533 } as const;

/** Where the status of a credential stands: what its `status` claim says (draft-ietf-oauth-status-list §6). */
export interface StatusReference {
  readonly index: number;
  readonly uri: string;
}

/** A status list somebody signed. */
export interface StatusListToken {
  readonly list: StatusList;
  /** Where it is published: the `uri` that credentials name. */
  readonly uri: string;
  readonly issuedAt: Date;
  readonly expiresAt?: Date;
  /** How long a reader may keep it, in seconds. */
  readonly ttlSeconds?: number;
}

/** The key of the issuer for status lists, and what the reader knows besides. */
export interface StatusListChecks<Algorithm extends SignatureAlgorithmName = SignatureAlgorithmName> {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly algorithm: Algorithm;
  /** What the credential names; a list for another place says nothing about it. */
  readonly uri: string;
  readonly now: Date;
}

/** Signs a list as a JWT (draft-ietf-oauth-status-list §5.1). @throws SignerError `signature-wrong`. */
export function issueStatusListJwt(
  { signer, keyId }: { readonly signer: Signer; readonly keyId: string },
  token: StatusListToken,
): Promise<string> {
  const claims = {
    sub: token.uri,
    iat: secondsOf(token.issuedAt),
    ...(token.expiresAt !== undefined && { exp: secondsOf(token.expiresAt) }),
    ...(token.ttlSeconds !== undefined && { ttl: token.ttlSeconds }),
    status_list: { bits: token.list.bits, lst: base64UrlOf(compressStatusList(token.list)) },
  };
  return signCompactJws(signer, { typ: jwtType, kid: keyId }, utf8Of(JSON.stringify(claims)));
}

/**
 * Checks a list signed as a JWT (draft-ietf-oauth-status-list §8.3): type, key, place and times.
 *
 * @throws StatusListError with the reason.
 */
export function verifyStatusListJwt(token: string, checks: StatusListChecks): StatusListToken {
  const claims = claimsOfJwt(token, checks);
  const { bits, lst } = isJsonObject(claims["status_list"]) ? claims["status_list"] : {};
  if (typeof lst !== "string") throw malformed("it has no list");
  return checked(
    {
      uri: claims["sub"],
      issuedAt: claims["iat"],
      expiresAt: claims["exp"],
      ttl: claims["ttl"],
      list: () => parseStatusList(bits, decodeList(lst)),
    },
    checks,
  );
}

/**
 * Signs a list as a CWT (draft-ietf-oauth-status-list §5.2).
 *
 * @throws CoseError `cose-algorithm` if COSE has no number for the signer's algorithm; SignerError `signature-wrong`.
 */
export function issueStatusListCwt(
  { signer, keyId }: { readonly signer: Signer; readonly keyId: Uint8Array },
  token: StatusListToken,
): Promise<Uint8Array> {
  const claims = new Map<number, CborValue>([
    [cwtLabels.sub, token.uri],
    [cwtLabels.iat, secondsOf(token.issuedAt)],
    [
      cwtLabels.statusList,
      new Map<string, CborValue>([
        ["bits", token.list.bits],
        ["lst", compressStatusList(token.list)],
      ]),
    ],
  ]);
  if (token.expiresAt !== undefined) claims.set(cwtLabels.exp, secondsOf(token.expiresAt));
  if (token.ttlSeconds !== undefined) claims.set(cwtLabels.ttl, token.ttlSeconds);
  return signCoseSign1(signer, {
    protectedHeader: new Map([[coseLabels.type, cwtType]]),
    unprotectedHeader: new Map([[coseLabels.kid, keyId]]),
    payload: encodeCbor(claims),
  });
}

/** Checks a list signed as a CWT (draft-ietf-oauth-status-list §8.3). @throws StatusListError with the reason. */
export function verifyStatusListCwt(
  token: Uint8Array,
  checks: StatusListChecks<CoseAlgorithmName>,
): StatusListToken {
  const claims = claimsOfCwt(token, checks);
  const list = claims.get(cwtLabels.statusList);
  const [bits, lst] =
    list instanceof Map ? [(list as CborMap).get("bits"), (list as CborMap).get("lst")] : [];
  if (!(lst instanceof Uint8Array)) throw malformed("it has no list");
  return checked(
    {
      uri: claims.get(cwtLabels.sub),
      issuedAt: claims.get(cwtLabels.iat),
      expiresAt: claims.get(cwtLabels.exp),
      ttl: claims.get(cwtLabels.ttl),
      list: () => parseStatusList(bits, lst),
    },
    checks,
  );
}

/** What the claims of a credential say of its status; undefined if they say nothing. @throws StatusListError `status-list-malformed`. */
export function statusReferenceOf(claims: JsonObject): StatusReference | undefined {
  const { status } = claims as { status?: unknown };
  if (status === undefined) return undefined;
  const reference = isJsonObject(status) ? status["status_list"] : undefined;
  // Other mechanisms than a list may stand there; whoever needs them must not take this for "no status".
  if (!isJsonObject(reference)) throw malformed("status has no list");
  return readReference(reference["idx"], reference["uri"]);
}

/** The same of the claims of a CWT. @throws StatusListError `status-list-malformed`. */
export function statusReferenceOfCwt(claims: CborMap): StatusReference | undefined {
  const status = claims.get(cwtLabels.status);
  if (status === undefined) return undefined;
  const reference = status instanceof Map ? (status as CborMap).get("status_list") : undefined;
  if (!(reference instanceof Map)) throw malformed("status has no list");
  const members = reference as CborMap;
  return readReference(members.get("idx"), members.get("uri"));
}

function readReference(index: unknown, uri: unknown): StatusReference {
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0 || typeof uri !== "string") {
    throw malformed("status has no index and place");
  }
  return { index, uri };
}

function claimsOfJwt(token: string, { publicKey, algorithm }: StatusListChecks): JsonObject {
  try {
    const { payload } = verifyCompactJws(token, { publicKey, algorithm, type: jwtType });
    return parseJsonObject(payload, "payload");
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    const code = cause.code === "token-malformed" ? "status-list-malformed" : "status-list-signature-wrong";
    throw new StatusListError(code, cause.message, { cause });
  }
}

function claimsOfCwt(token: Uint8Array, checks: StatusListChecks<CoseAlgorithmName>): CborMap {
  try {
    const message = parseCoseSign1(token);
    if (message.protectedHeader.get(coseLabels.type) !== cwtType) throw malformed("its type is another");
    const problem = problemOfCoseSign1(message, checks);
    if (problem !== undefined) throw new StatusListError("status-list-signature-wrong", problem);
    return readClaims(message);
  } catch (cause) {
    if (!(cause instanceof CoseError)) throw cause;
    throw new StatusListError("status-list-malformed", cause.message, { cause });
  }
}

function readClaims({ payload }: CoseSign1): CborMap {
  const claims = decodeCbor(payload ?? new Uint8Array());
  if (!(claims instanceof Map)) throw malformed("its payload is not a map");
  return claims as CborMap;
}

interface UncheckedToken {
  readonly uri: unknown;
  readonly issuedAt: unknown;
  readonly expiresAt: unknown;
  readonly ttl: unknown;
  readonly list: () => StatusList;
}

/** The list is inflated last, when all else is right. */
function checked(token: UncheckedToken, { uri, now }: StatusListChecks): StatusListToken {
  if (token.uri !== uri) throw new StatusListError("status-list-not-about-this", "sub is another place");
  const issuedAt = numberOf(token.issuedAt, "iat");
  if (issuedAt === undefined) throw malformed("it has no iat");
  const expiresAt = numberOf(token.expiresAt, "exp");
  const ttlSeconds = numberOf(token.ttl, "ttl");
  checkTimes(issuedAt, expiresAt, now.getTime() / 1000);
  if (ttlSeconds !== undefined && ttlSeconds <= 0) throw malformed("ttl is not positive");
  return {
    uri,
    list: token.list(),
    issuedAt: new Date(issuedAt * 1000),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt * 1000) }),
    ...(ttlSeconds !== undefined && { ttlSeconds }),
  };
}

function checkTimes(issuedAt: number, expiresAt: number | undefined, now: number): void {
  if (issuedAt > now + clockLeewaySeconds) {
    throw new StatusListError("status-list-not-yet-valid", "iat is in the future");
  }
  if (expiresAt !== undefined && expiresAt <= now - clockLeewaySeconds) {
    throw new StatusListError("status-list-expired", "exp is past");
  }
}

/** What a Date can hold, in seconds; JSON can also write numbers that are infinite. */
const farthestSeconds = 8.64e12;

function numberOf(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Math.abs(value) <= farthestSeconds) return value;
  throw malformed(`${name} is not a number of seconds`);
}

function decodeList(lst: string): Uint8Array {
  try {
    return bytesOfBase64Url(lst);
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed("lst is not base64url");
    throw cause;
  }
}

function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

function malformed(detail: string): StatusListError {
  return new StatusListError("status-list-malformed", `not a status list token: ${detail}`);
}
