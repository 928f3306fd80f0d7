import type { KeyUri } from "./key-uri-scheme.ts";

/**
 * Every way in which a key store refuses or fails, grouped by who must act. A device's own numbers are mapped onto these by
 * its driver and kept in {@link KeyStoreErrorFacts}; texts for people and the next step are in {@link describeKeyStoreError}.
 */
export type KeyStoreErrorCode =
  // The caller.
  | "key-not-found"
  | "key-exists"
  | "key-uri-malformed"
  | "algorithm-not-supported"
  | "operation-not-supported"
  | "key-store-closed"
  // Whoever has the PIN or the passphrase.
  | "passphrase-wrong"
  | "pin-required"
  | "pin-incorrect"
  | "pin-locked"
  | "pin-expired"
  | "pin-latched"
  | "pin-last-try"
  | "pin-default"
  | "pin-file-permissions"
  // The security officer.
  | "key-state-forbids"
  | "not-permitted"
  | "self-check-failed"
  | "ecdsa-for-sm2"
  | "profile-wrong"
  // Whoever runs the machine or keeps the files.
  | "configuration-malformed"
  | "native-module-missing"
  | "library-not-loadable"
  | "token-not-found"
  | "key-file-permissions"
  | "key-file-damaged"
  // The device; worth another attempt, now or soon.
  | "device-removed"
  | "device-busy"
  | "device-error"
  | "device-unreachable"
  | "session-lost"
  | "login-lost"
  | "key-handle-stale"
  | "deadline-exceeded"
  | "driver-crashed"
  // A number that no profile knows.
  | "vendor-error";

/** Machine-readable particulars; none of them is ever a secret. */
export interface KeyStoreErrorFacts {
  readonly uri?: KeyUri;
  /** The device's own error: whose number it is, the number, its name and the function that answered it. */
  readonly vendor?: {
    readonly family: string;
    readonly number: number;
    readonly name: string;
    readonly call: string;
  };
  /** Tries left before the PIN locks, if the device says so. */
  readonly remainingTries?: number;
  /** What the key or device can do instead. */
  readonly supported?: readonly string[];
  /** The library file that was tried, what the loader said, and the tokens or readers that were seen. */
  readonly library?: string;
  readonly loaderSaid?: string;
  readonly seen?: readonly string[];
  /** How the driver host ended. */
  readonly signal?: string;
  /** True where the device may have done it nevertheless: a key may exist now. */
  readonly outcomeUnknown?: boolean;
  /** The field of the device profile that does not fit. */
  readonly profileField?: string;
}

/** The same words in the suite's two languages. */
export interface BothLanguages {
  readonly zh: string;
  readonly en: string;
}

export interface KeyStoreErrorOptions extends ErrorOptions {
  readonly facts?: KeyStoreErrorFacts;
  /** What to do now, where more is known than the code says; it stays in the process that made the error. */
  readonly nextStep?: BothLanguages;
}

/** Why a key store refused. No message, fact or cause ever holds a secret. */
export class KeyStoreError extends Error {
  readonly code: KeyStoreErrorCode;
  readonly facts: KeyStoreErrorFacts;
  readonly nextStep: BothLanguages | undefined;

  constructor(code: KeyStoreErrorCode, message: string, options?: KeyStoreErrorOptions) {
    super(message, options);
    this.name = "KeyStoreError";
    this.code = code;
    this.facts = options?.facts ?? {};
    this.nextStep = options?.nextStep;
  }
}
