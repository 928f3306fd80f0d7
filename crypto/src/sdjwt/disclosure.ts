import { utf8Of } from "../bytes/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { digest } from "../digest/index.ts";
import { base64UrlOf, bytesOfBase64Url } from "../tokens/index.ts";
import { SdJwtError } from "./sd-jwt-error.ts";

/** 128 bits, as RFC 9901 §9.3 recommends: without a salt a short value would be found by trying all. */
export const saltBytes = 16;

/** RFC 9901 §4.1.1, by the names of the IANA registry; what `_sd_alg` says when it is absent is the first. */
const digestNames: Readonly<Record<string, DigestName>> = {
  "sha-256": "SHA-256",
  "sha-384": "SHA-384",
  "sha-512": "SHA-512",
};
export const defaultSdAlgorithm = "sha-256";

/** @throws SdJwtError `sd-jwt-digest-algorithm`. */
export function digestOfSdAlgorithm(name: unknown): DigestName {
  const known = typeof name === "string" && Object.hasOwn(digestNames, name) ? digestNames[name] : undefined;
  if (known === undefined)
    throw new SdJwtError("sd-jwt-digest-algorithm", "_sd_alg names no digest we accept");
  return known;
}

/** One claim, or one element of a list, that its holder may show or keep (RFC 9901 §4.2). */
export interface Disclosure {
  /** As it was issued, base64url; its digest is over these characters. */
  readonly encoded: string;
  /** Absent for an element of a list. */
  readonly name?: string;
  readonly value: unknown;
}

/** RFC 9901 §4.2.1 and §4.2.2. */
export function createDisclosure(salt: Uint8Array, name: string | undefined, value: unknown): Disclosure {
  const members = name === undefined ? [base64UrlOf(salt), value] : [base64UrlOf(salt), name, value];
  const encoded = base64UrlOf(utf8Of(JSON.stringify(members)));
  return { encoded, value, ...(name !== undefined && { name }) };
}

/** @throws SdJwtError `sd-jwt-disclosure-malformed`. */
export function parseDisclosure(encoded: string): Disclosure {
  const members = parseArray(encoded);
  const [salt, ...rest] = members;
  if (typeof salt !== "string") throw malformed();
  if (members.length === 2) return { encoded, value: rest[0] };
  const [name, value] = rest;
  // RFC 9901 §7.1: these two names belong to the mechanism.
  if (members.length !== 3 || typeof name !== "string" || name === "_sd" || name === "...") throw malformed();
  return { encoded, name, value };
}

/** What stands in the payload for a disclosure (RFC 9901 §4.2.3). */
export function digestOfDisclosure(encoded: string, algorithm: DigestName): string {
  return base64UrlOf(digest(algorithm, utf8Of(encoded)));
}

function parseArray(encoded: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytesOfBase64Url(encoded)));
  } catch {
    // RangeError, TypeError or SyntaxError: not base64url, not UTF-8, or not JSON.
    throw malformed();
  }
  if (!Array.isArray(value)) throw malformed();
  return value;
}

function malformed(): SdJwtError {
  return new SdJwtError(
    "sd-jwt-disclosure-malformed",
    "a disclosure is not [salt, name, value] or [salt, value]",
  );
}
