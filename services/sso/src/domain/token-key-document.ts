import { publicJwkOfSpki, TokenError } from "@yinxin/crypto/tokens";
import type { PublicEcJwk } from "@yinxin/crypto/tokens";
import type { KeyVersion } from "@yinxin/service-kit/key-rings";

/** After a compromise copies of the document are to be thrown away soon: nothing may be kept longer than a minute. */
const compromisedMaxAgeSeconds = 60;

/** What `/jwks` shows at one moment. */
export interface TokenKeyDocument {
  readonly keys: readonly PublicEcJwk[];
  /** Thumbprints of the keys that somebody else may have. */
  readonly deniedKeyIds: readonly string[];
  readonly maxAgeSeconds: number;
}

type Version = Pick<KeyVersion, "publicKey" | "state">;

/**
 * The document for the versions that are served now. A version that cannot be shown (its row is damaged, or it is a key
 * that stock clients do not know) leaves the others as they are, and no key stands there twice or after it was denied.
 *
 * @param versions all of the ring, for those that are denied.
 */
export function tokenKeyDocument(
  served: readonly Version[],
  versions: readonly Version[],
  normalMaxAgeSeconds: number,
): TokenKeyDocument {
  const deniedKeyIds = keyIdsOf(versions.filter(isDenied));
  const isUnderAttack = versions.some(({ state }) => state === "compromised");
  return {
    keys: publicKeysOf(served).filter(({ kid }) => !deniedKeyIds.includes(kid)),
    deniedKeyIds,
    maxAgeSeconds: isUnderAttack
      ? Math.min(compromisedMaxAgeSeconds, normalMaxAgeSeconds)
      : normalMaxAgeSeconds,
  };
}

/**
 * The keys that an ID token of ours may carry when it comes back as a hint (OpenID Connect RP-Initiated Logout 1.0 §2): every
 * one that ever signed and is not denied. A hint opens nothing, and logging out must work after a rotation too.
 */
export function knownTokenKeys(versions: readonly Version[]): readonly PublicEcJwk[] {
  const denied = keyIdsOf(versions.filter(isDenied));
  const signed = versions.filter(({ state }) => hintStates.has(state));
  return publicKeysOf(signed).filter(({ kid }) => !denied.includes(kid));
}

const hintStates: ReadonlySet<KeyVersion["state"]> = new Set([
  "active",
  "suspended",
  "retiring",
  "deactivated",
  "destroyed",
]);

function isDenied({ state }: Version): boolean {
  return state === "compromised" || state === "destroyed-compromised";
}

function keyIdsOf(versions: readonly Version[]): string[] {
  return publicKeysOf(versions).map(({ kid }) => kid);
}

function publicKeysOf(versions: readonly Version[]): PublicEcJwk[] {
  const keys = new Map<string, PublicEcJwk>();
  for (const { publicKey } of versions) {
    try {
      const key = publicJwkOfSpki(publicKey);
      keys.set(key.kid, key);
    } catch (cause) {
      if (!(cause instanceof TokenError)) throw cause;
    }
  }
  return [...keys.values()];
}
