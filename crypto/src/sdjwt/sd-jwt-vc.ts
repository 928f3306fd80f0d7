import { isJsonObject } from "../tokens/index.ts";
import type { JsonObject } from "../tokens/index.ts";
import type { ClaimPath } from "./conceal.ts";
import { SdJwtError } from "./sd-jwt-error.ts";
import { issueSdJwt, verifySdJwt } from "./sd-jwt.ts";
import type { SdJwtChecks, SdJwtToIssue, VerifiedSdJwt } from "./sd-jwt.ts";

/** `typ` of a verifiable credential (draft-ietf-oauth-sd-jwt-vc §3.2.1). */
export const sdJwtVcType = "dc+sd-jwt";

/** What no holder may keep back, for it decides whether the credential is good (draft-ietf-oauth-sd-jwt-vc §3.2.2.2). */
export const openClaims = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"] as const;

/** What a type says of one claim (draft-ietf-oauth-sd-jwt-vc §9). */
export interface ClaimMetadata {
  /** Names and indexes; null is every element of a list. */
  readonly path: readonly (string | number | null)[];
  /** Whether the claim is always, may be, or is never a choice of the holder; `allowed` by default. */
  readonly sd?: "always" | "allowed" | "never";
  /** Whether the issuer must put it in. */
  readonly mandatory?: boolean;
}

/** The type of a credential as its metadata document states it: `vct`, and what its claims may be. */
export interface CredentialType {
  readonly vct: string;
  readonly claims: readonly ClaimMetadata[];
}

/**
 * Issues a verifiable credential of this type (draft-ietf-oauth-sd-jwt-vc §3).
 *
 * @throws SdJwtError `sd-jwt-claim-must-be-open` or `sd-jwt-claim-must-be-concealed` against the rules of the format or the
 *   type; RangeError for a mandatory claim that is missing, or as {@link issueSdJwt}.
 */
export async function issueSdJwtVc(order: Omit<SdJwtToIssue, "type">, type: CredentialType): Promise<string> {
  checkSelectivity(order.concealed, order.claims, type);
  for (const { path, mandatory } of type.claims) {
    if (mandatory === true && pathsTo(order.claims, path).length === 0) {
      throw new RangeError(`${JSON.stringify(path)} is missing`);
    }
  }
  return issueSdJwt({ ...order, type: sdJwtVcType, claims: { ...order.claims, vct: type.vct } });
}

/**
 * Checks a verifiable credential as {@link verifySdJwt} does, and besides that it is of this type and holds back nothing that
 * must be open (draft-ietf-oauth-sd-jwt-vc §3.4).
 *
 * @throws SdJwtError with the reason.
 */
export function verifySdJwtVc(
  text: string,
  checks: Omit<SdJwtChecks, "type">,
  type: CredentialType,
): VerifiedSdJwt {
  const verified = verifySdJwt(text, { ...checks, type: sdJwtVcType });
  if (verified.claims["vct"] !== type.vct) {
    throw new SdJwtError("sd-jwt-type", "vct is that of another type of credential");
  }
  const disclosed = verified.disclosed.map(({ path }) => path);
  checkSelectivity(disclosed, verified.claims, type);
  return verified;
}

function checkSelectivity(concealed: readonly ClaimPath[], claims: JsonObject, type: CredentialType): void {
  const isConcealed = (path: ClaimPath): boolean => concealed.some((other) => isSamePath(other, path));
  for (const name of openClaims) {
    if (concealed.some(([first]) => first === name)) {
      throw new SdJwtError("sd-jwt-claim-must-be-open", `${name} may not be kept back`);
    }
  }
  for (const { path, sd } of type.claims) {
    for (const place of pathsTo(claims, path)) {
      if (sd === "never" && isConcealed(place)) {
        throw new SdJwtError("sd-jwt-claim-must-be-open", `${JSON.stringify(path)} may not be kept back`);
      }
      if (sd === "always" && !isConcealed(place)) {
        throw new SdJwtError("sd-jwt-claim-must-be-concealed", `${JSON.stringify(path)} must be a choice`);
      }
    }
  }
}

/** Every place among the claims that the path of a type stands for. */
function pathsTo(value: unknown, path: ClaimMetadata["path"]): ClaimPath[] {
  const [step, ...rest] = path;
  if (step === undefined) return [[]];
  return stepsOf(value, step).flatMap(([name, member]) =>
    pathsTo(member, rest).map((inner) => [name, ...inner]),
  );
}

function stepsOf(value: unknown, step: string | number | null): [string | number, unknown][] {
  if (typeof step === "string") {
    return isJsonObject(value) && Object.hasOwn(value, step) ? [[step, value[step]]] : [];
  }
  const elements: readonly unknown[] = Array.isArray(value) ? value : [];
  return [...elements.entries()].filter(([index]) => step === null || index === step);
}

function isSamePath(left: ClaimPath, right: ClaimPath): boolean {
  return left.length === right.length && left.every((step, at) => step === right[at]);
}
