import type { DigestName } from "../algorithms/index.ts";
import { isJsonObject } from "../tokens/index.ts";
import type { JsonObject } from "../tokens/index.ts";
import type { ClaimPath } from "./conceal.ts";
import { digestOfDisclosure, parseDisclosure } from "./disclosure.ts";
import type { Disclosure } from "./disclosure.ts";
import { SdJwtError } from "./sd-jwt-error.ts";

/** The claims that were shown, and which of them were a choice. */
export interface RevealedClaims {
  readonly claims: JsonObject;
  /** What was disclosed and where it stands, outer before inner. */
  readonly disclosed: readonly DisclosedClaim[];
}

export interface DisclosedClaim {
  readonly path: ClaimPath;
  /** The disclosure, base64url. */
  readonly encoded: string;
}

/** JSON in a license nests a few deep; the walk is recursive, and its stack is not for the sender to fill. */
const maximumDepth = 64;

/** More digests than any credential has claims; a verifier hashes no more than it is shown, but it walks them all. */
const maximumDigests = 10_000;

/**
 * Puts the disclosed claims where their digests stand, and takes the digests away (RFC 9901 §7.1).
 *
 * @throws SdJwtError when a digest stands twice, a disclosure belongs nowhere or is malformed, or a claim would stand twice.
 */
export function revealClaims(
  payload: JsonObject,
  encodedDisclosures: readonly string[],
  algorithm: DigestName,
): RevealedClaims {
  const byDigest = new Map<string, Disclosure>();
  for (const encoded of encodedDisclosures) {
    const digest = digestOfDisclosure(encoded, algorithm);
    if (byDigest.has(digest)) throw new SdJwtError("sd-jwt-digest-twice", "a disclosure is there twice");
    byDigest.set(digest, parseDisclosure(encoded));
  }
  const walk: Walk = { byDigest, seen: new Set(), disclosed: [] };
  const claims = revealMembers(walk, payload, []);
  if (byDigest.size > 0) {
    throw new SdJwtError("sd-jwt-disclosure-unreferenced", "a disclosure has no digest among the claims");
  }
  return { claims, disclosed: walk.disclosed };
}

interface Walk {
  /** Those that no digest has claimed yet. */
  readonly byDigest: Map<string, Disclosure>;
  readonly seen: Set<string>;
  readonly disclosed: DisclosedClaim[];
}

function revealValue(walk: Walk, value: unknown, path: ClaimPath): unknown {
  if (path.length > maximumDepth) throw new SdJwtError("sd-jwt-malformed", "the claims nest too deep");
  if (Array.isArray(value)) return revealElements(walk, value, path);
  return isJsonObject(value) ? revealMembers(walk, value, path) : value;
}

function revealMembers(walk: Walk, members: JsonObject, path: ClaimPath): JsonObject {
  // A Map, so that a claim called __proto__ is a claim like any other.
  const open = new Map<string, unknown>();
  for (const [name, value] of Object.entries(members)) {
    if (name === "...") throw new SdJwtError("sd-jwt-malformed", "a digest of a list stands outside of one");
    if (name !== "_sd") open.set(name, revealValue(walk, value, [...path, name]));
  }
  for (const digest of digestsOf(members)) {
    const disclosure = take(walk, digest);
    if (disclosure === undefined) continue;
    const { name } = disclosure;
    if (name === undefined) throw misplaced();
    if (open.has(name)) throw new SdJwtError("sd-jwt-claim-collision", "a claim is there twice");
    walk.disclosed.push({ path: [...path, name], encoded: disclosure.encoded });
    open.set(name, revealValue(walk, disclosure.value, [...path, name]));
  }
  return Object.fromEntries(open);
}

function revealElements(walk: Walk, elements: readonly unknown[], path: ClaimPath): unknown[] {
  const open: unknown[] = [];
  for (const element of elements) {
    const place = [...path, open.length];
    if (!isJsonObject(element) || !Object.hasOwn(element, "...")) {
      open.push(revealValue(walk, element, place));
      continue;
    }
    const disclosure = take(walk, digestOfElement(element));
    if (disclosure === undefined) continue;
    if (disclosure.name !== undefined) throw misplaced();
    walk.disclosed.push({ path: place, encoded: disclosure.encoded });
    open.push(revealValue(walk, disclosure.value, place));
  }
  return open;
}

/** The disclosure of a digest, once; undefined if it was kept back, or is a decoy. */
function take(walk: Walk, digest: string): Disclosure | undefined {
  if (walk.seen.has(digest)) throw new SdJwtError("sd-jwt-digest-twice", "a digest is there twice");
  if (walk.seen.size >= maximumDigests) throw new SdJwtError("sd-jwt-malformed", "it has too many digests");
  walk.seen.add(digest);
  const disclosure = walk.byDigest.get(digest);
  walk.byDigest.delete(digest);
  return disclosure;
}

function digestsOf(members: JsonObject): readonly string[] {
  const digests: unknown = Object.hasOwn(members, "_sd") ? members["_sd"] : [];
  if (Array.isArray(digests) && digests.every((digest) => typeof digest === "string")) return digests;
  throw new SdJwtError("sd-jwt-malformed", "_sd is not a list of digests");
}

function digestOfElement(element: JsonObject): string {
  const digest = element["..."];
  if (typeof digest === "string" && Object.keys(element).length === 1) return digest;
  throw new SdJwtError("sd-jwt-malformed", "an element of a list is not a digest alone");
}

function misplaced(): SdJwtError {
  return new SdJwtError(
    "sd-jwt-disclosure-malformed",
    "a disclosure for a list stands for a claim, or the reverse",
  );
}
