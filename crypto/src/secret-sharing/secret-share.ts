import { concatBytes, equalBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { SecretSharingError } from "./secret-sharing-error.ts";
import { evaluate, interpolate } from "./shamir.ts";

/** One person's part of a secret. */
export interface SecretShare {
  /** Which set it is of: 20 random bits, so that shares of two backups are not taken for one another. */
  readonly setId: number;
  /** Its number, from 1. */
  readonly index: number;
  /** How many shares of the set are needed. */
  readonly threshold: number;
  /** Secret. */
  readonly value: Uint8Array;
}

/**
 * What tells a wrong share from a right one, kept with what the secret opens and not with the shares. It is as public as that:
 * digests of values as long as the secret, which tell no more than a ciphertext under the secret does.
 */
export interface ShareSet {
  readonly setId: number;
  readonly threshold: number;
  /** SHA-256 over each share, in the order of their numbers. */
  readonly shareDigests: readonly Uint8Array[];
}

export interface SharingRequest {
  /** 16 or 32 bytes, of full strength: a key, not a password. */
  readonly secret: Uint8Array;
  readonly threshold: number;
  readonly count: number;
}

/** One person alone shares nothing; and an index is four bits. */
export const sharingLimits = { fewestNeeded: 2, mostShares: 16 } as const;

/** What a share can carry: an AES-128 or SM4 key, and an AES-256 key. */
export const sharedSecretLengths: readonly number[] = [16, 32];

/** As in SLIP-0039: a wrong share goes unseen once in 2³², and then the wrong key opens nothing. */
const tagBytes = 4;
/** Length of a share's value beyond the secret's. */
export const shareOverheadBytes: number = tagBytes;

const setIdBits = 20;

/**
 * Splits a secret so that any `threshold` of `count` shares give it back and fewer tell nothing about it: what is shared is the
 * secret and a tag of it, so that not even a guess can be tested with too few.
 *
 * @param randomBytes of a generator fit for keys.
 * @throws SecretSharingError `share-set-invalid`
 */
export function splitSecret(
  { secret, threshold, count }: SharingRequest,
  randomBytes: (length: number) => Uint8Array,
): { readonly shares: readonly SecretShare[]; readonly set: ShareSet } {
  checkRequest(secret, threshold, count);
  const setId = idOf(randomBytes(3));
  const payload = concatBytes(secret, tagOf(secret, setId, threshold));
  const coefficients = Array.from({ length: threshold - 1 }, () => randomBytes(payload.length));
  const points = evaluate(payload, coefficients, count);
  const shares = points.map(({ x, y }) => ({ setId, index: x, threshold, value: y }));
  return { shares, set: { setId, threshold, shareDigests: shares.map(shareDigest) } };
}

function checkRequest(secret: Uint8Array, threshold: number, count: number): void {
  const { fewestNeeded, mostShares } = sharingLimits;
  const isWhole = [threshold, count].every(Number.isSafeInteger);
  if (!isWhole || threshold < fewestNeeded || threshold > count || count > mostShares) {
    throw new SecretSharingError(
      "share-set-invalid",
      `${String(fewestNeeded)} ≤ threshold ≤ shares ≤ ${String(mostShares)} does not hold`,
    );
  }
  if (!sharedSecretLengths.includes(secret.length))
    throw new SecretSharingError("share-set-invalid", "a shared secret has 16 or 32 bytes");
}

function idOf(random: Uint8Array): number {
  return random.reduce((sum, byte) => sum * 256 + byte, 0) & (2 ** setIdBits - 1);
}

function tagOf(secret: Uint8Array, setId: number, threshold: number): Uint8Array {
  const context = new TextEncoder().encode(`yinxin shared secret ${String(setId)} ${String(threshold)} `);
  return digest("SHA-256", concatBytes(context, secret)).subarray(0, tagBytes);
}

/** SHA-256 over all that a share says. */
export function shareDigest({ setId, index, threshold, value }: SecretShare): Uint8Array {
  const context = new TextEncoder().encode(`yinxin share ${[setId, index, threshold].join(" ")} `);
  return digest("SHA-256", concatBytes(context, value));
}

/**
 * The secret of at least `threshold` shares; more are all checked.
 *
 * @param set if it is there, a wrong share is always named. Without it one can be named only among more shares than needed.
 * @throws SecretSharingError `shares-too-few`, `shares-of-different-sets`, `share-wrong`, `share-malformed`
 */
export function combineShares(given: readonly SecretShare[], set?: ShareSet): Uint8Array {
  const [first] = given;
  if (first === undefined) throw new SecretSharingError("shares-too-few", "there is no share");
  checkTogether(given, first, set);
  const shares = withoutRepeats(given);
  if (set !== undefined) checkAgainstSet(shares, set);
  if (shares.length < first.threshold) throw tooFew(shares.length, first.threshold);
  const needed = shares.slice(0, first.threshold);
  const secret = secretOf(needed);
  if (secret !== undefined && outsidersOf(needed, shares).length === 0) return secret;
  throw wrongShares(findWrong(shares, first.threshold));
}

function tooFew(count: number, threshold: number): SecretSharingError {
  return new SecretSharingError(
    "shares-too-few",
    `${String(count)} of the ${String(threshold)} shares that are needed`,
  );
}

function wrongShares(indices: readonly number[]): SecretSharingError {
  const which =
    indices.length === 0
      ? "a share is wrong; with one more than needed it could be told which"
      : `wrong: share ${indices.join(", ")}`;
  return new SecretSharingError("share-wrong", which, indices);
}

/** The same share from two hands counts once. */
function withoutRepeats(given: readonly SecretShare[]): SecretShare[] {
  const kept: SecretShare[] = [];
  for (const share of given) {
    const twin = kept.find(({ index }) => index === share.index);
    if (twin === undefined) kept.push(share);
    else if (!equalBytes(shareDigest(twin), shareDigest(share)))
      throw new SecretSharingError(
        "shares-of-different-sets",
        `there are two different shares with the number ${String(share.index)}`,
        [share.index],
      );
  }
  return kept;
}

function checkTogether(shares: readonly SecretShare[], first: SecretShare, set: ShareSet | undefined): void {
  const { setId, threshold } = set ?? first;
  const strangers = shares.filter(
    (share) =>
      share.setId !== setId || share.threshold !== threshold || share.value.length !== first.value.length,
  );
  if (strangers.length > 0) {
    const indices = strangers.map(({ index }) => index);
    throw new SecretSharingError(
      "shares-of-different-sets",
      `share ${indices.join(", ")} is of another set`,
      indices,
    );
  }
  const isLength = sharedSecretLengths.includes(first.value.length - tagBytes);
  const isPlaced = shares.every(({ index }) => index >= 1 && index <= sharingLimits.mostShares);
  if (!isLength || !isPlaced || threshold < sharingLimits.fewestNeeded)
    throw new SecretSharingError("share-malformed", "no set has such shares");
}

function checkAgainstSet(shares: readonly SecretShare[], { shareDigests }: ShareSet): void {
  const wrong = shares.filter((share) => {
    const expected = shareDigests[share.index - 1];
    return expected === undefined || !equalBytes(expected, shareDigest(share));
  });
  if (wrong.length > 0) throw wrongShares(wrong.map(({ index }) => index));
}

/** Undefined if the tag does not fit: one of the shares is wrong. */
function secretOf(shares: readonly SecretShare[]): Uint8Array | undefined {
  const [first] = shares;
  if (first === undefined) return undefined;
  const payload = interpolate(shares.map(pointOf), 0);
  const secret = payload.slice(0, payload.length - tagBytes);
  const isRight = equalBytes(tagOf(secret, first.setId, first.threshold), payload.subarray(secret.length));
  return isRight ? secret : undefined;
}

function pointOf({ index, value }: SecretShare): { x: number; y: Uint8Array } {
  return { x: index, y: value };
}

/** Which of all the shares are not on the polynomials of the good ones. */
function outsidersOf(good: readonly SecretShare[], all: readonly SecretShare[]): number[] {
  const points = good.map(pointOf);
  return all
    .filter(({ index }) => !good.some((share) => share.index === index))
    .filter(({ index, value }) => !equalBytes(interpolate(points, index), value))
    .map(({ index }) => index);
}

/**
 * The fewest shares whose absence makes the others fit together; none if there are two such choices. At most C(16, 8) = 12,870 ways.
 */
function findWrong(shares: readonly SecretShare[], threshold: number): number[] {
  let fewest: number[] | undefined;
  let isAmbiguous = false;
  for (const good of choices(shares, threshold)) {
    if (secretOf(good) === undefined) continue;
    const outside = outsidersOf(good, shares);
    if (fewest !== undefined && outside.length > fewest.length) continue;
    isAmbiguous = outside.length === fewest?.length && outside.join() !== fewest.join();
    fewest = outside;
  }
  return isAmbiguous ? [] : (fewest ?? []);
}

function* choices(shares: readonly SecretShare[], count: number): Generator<SecretShare[]> {
  if (count === 0) yield [];
  for (const [at, share] of shares.entries()) {
    if (shares.length - at < count) return;
    for (const rest of choices(shares.slice(at + 1), count - 1)) yield [share, ...rest];
  }
}
