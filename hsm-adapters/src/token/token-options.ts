import type { Connect } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStore, KeyStoreErrorCode } from "../key-store/index.ts";
import type { PinSource } from "../pin/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";

/** How the client deals with the device; every member has a default that suits most. */
export interface TokenOptions {
  /** Open at once at most: 32, or two fewer than the device allows, if absent. Two are left for an operator's tools. */
  readonly sessions?: number;
  /** Requests that may wait for a session before others are refused with `device-busy`: 1,024. */
  readonly queueLimit?: number;
  /** How long the device may take for one call before its host is ended: 10,000. */
  readonly deadlineMilliseconds?: number;
  /** How long a request may take in all, retries included: three times `deadlineMilliseconds`. */
  readonly requestMilliseconds?: number;
  /** How long making a key may take: 60,000. */
  readonly generationMilliseconds?: number;
  /** A session that lay idle for longer is validated before it is used: 20,000. */
  readonly idleValidateMilliseconds?: number;
  /** How often a device that is away is looked for: 1,000. */
  readonly pollRemovedMilliseconds?: number;
  /** So many device errors within so long restart the host: 3 in 30,000. */
  readonly breaker?: { readonly failures: number; readonly withinMilliseconds: number };
  /** False: the store opens without the device and waits for it. */
  readonly mustBePresent?: boolean;
}

/** What {@link openTokenKeyStore} works with. */
export interface TokenKeyStoreDeps {
  readonly connect: Connect;
  readonly pin: PinSource;
  readonly verifier: SignatureVerifier;
  readonly options?: TokenOptions;
  /** In production mode a PIN from the factory is refused. */
  readonly mode: "production" | "sandbox";
  /** Whether the last try before the PIN locks may be used. */
  readonly allowLastTry?: boolean;
  /** Milliseconds that only grow; `performance.now` if absent. */
  readonly clock?: () => number;
  readonly log?: TokenLog;
}

/** What happened to a device, for an operator's log. Holds no secret. */
export type TokenLog = (event: TokenEvent) => void;

export type TokenEvent =
  | { readonly event: "host-ended"; readonly signal?: string; readonly lastWords: string }
  | { readonly event: "host-restarted"; readonly milliseconds: number }
  | { readonly event: "host-killed"; readonly reason: KeyStoreErrorCode }
  | { readonly event: "connecting-failed"; readonly code: KeyStoreErrorCode; readonly message: string }
  | { readonly event: "session-evicted"; readonly reason: KeyStoreErrorCode }
  | { readonly event: "device-removed" }
  | { readonly event: "device-returned" }
  | { readonly event: "pin-latched"; readonly code: KeyStoreErrorCode }
  | { readonly event: "pin-low"; readonly remainingTries: number };

/** A device behind the port of key stores, and what only its operator needs. */
export interface TokenKeyStore extends KeyStore {
  /**
   * A person says that the PIN may be tried again, with this one, once; how a latched store is brought back.
   *
   * @param pin overwritten before this settles.
   * @throws KeyStoreError `pin-incorrect` and the like; `pin-last-try` unless it is allowed here.
   */
  activate(pin: Uint8Array, options?: { readonly allowLastTry?: boolean }): Promise<void>;
  /** Ends the driver host at once, as a crash would; for drills and the conformance kit. */
  killHost(): void;
}

/** {@link TokenOptions} with every default in place. */
export type TokenSettings = Required<Omit<TokenOptions, "sessions">> & Pick<TokenOptions, "sessions">;

/** A day in milliseconds. Timers count to 2³¹ and fire at once beyond it; and nobody waits for longer, or for so many. */
const largestNumber = 86_400_000;

/** @throws KeyStoreError `configuration-malformed`, naming the option. */
export function readTokenOptions(options: TokenOptions = {}): TokenSettings {
  const { deadlineMilliseconds = 10_000 } = options;
  const settings = {
    queueLimit: 1_024,
    deadlineMilliseconds,
    requestMilliseconds: 3 * deadlineMilliseconds,
    generationMilliseconds: 60_000,
    idleValidateMilliseconds: 20_000,
    pollRemovedMilliseconds: 1_000,
    breaker: { failures: 3, withinMilliseconds: 30_000 },
    mustBePresent: true,
    ...definedOf(options),
  };
  for (const [name, value] of Object.entries({ ...settings, ...settings.breaker })) {
    if (typeof value !== "number") continue;
    const least = name === "queueLimit" ? 0 : 1;
    if (Number.isSafeInteger(value) && value >= least && value <= largestNumber) continue;
    const range = `from ${String(least)} to ${String(largestNumber)}`;
    throw new KeyStoreError("configuration-malformed", `${name} is a whole number ${range}`);
  }
  return settings;
}

function definedOf(options: TokenOptions): TokenOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
