import type { PasswordRule } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import { readPasswords, wipePasswords } from "./passwords.ts";
import type { Passwords } from "./passwords.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";

/** What a session may use: the right to a private key belongs to the session that asked for it (GM/T 0018-2012 §6.2.7). */
export interface SessionRights {
  readonly handle: SdfHandle;
  /** Of the login that is now; index after index, as they are needed. */
  readonly granted: Set<number>;
}

/**
 * The password of the device's keys, and who has shown it to the device. It is kept while the login lasts, because every session
 * has to show it. Whatever a device says against it is final until the next login: many sessions must not use up the tries.
 */
export interface AccessRights {
  readonly isNeeded: boolean;
  readonly isHeld: boolean;
  readonly isLocked: boolean;
  /** Takes the password over, and overwrites what was given. @throws KeyStoreError `pin-required`, `pin-incorrect`. */
  hold(pin: Uint8Array | undefined): void;
  forget(): void;
  /** Undefined if the session has the right already. @throws KeyStoreError `pin-required`; what the device says. */
  acquire(session: SessionRights, index: number): Promise<void> | undefined;
}

const finalCodes: readonly KeyStoreErrorCode[] = [
  "pin-incorrect",
  "pin-locked",
  "pin-expired",
  "pin-default",
];

export function createAccessRights(library: SdfLibrary): AccessRights {
  const rule = library.profile.passwordRule;
  let passwords: Passwords | undefined;
  let isLocked = false;
  /** By index: the first session's asking, or the refusal. */
  const proofs = new Map<number, Promise<void>>();

  const ask = async (session: SessionRights, index: number): Promise<void> => {
    // A copy: a logout may overwrite the original while the device reads, and that would be a wrong password.
    const password = passwords?.of(index)?.slice();
    if (password === undefined) throw passwordMissing(index);
    try {
      await show(library, session.handle, index, password);
      session.granted.add(index);
    } catch (cause) {
      const refusal = withMeaning(cause);
      if (refusal instanceof KeyStoreError && refusal.code === "pin-locked") isLocked = true;
      proofs.set(index, refusalOf(refusal));
      if (!isFinal(refusal)) proofs.delete(index);
      throw refusal;
    } finally {
      password.fill(0);
    }
  };

  const askAfterProof = async (session: SessionRights, index: number): Promise<void> => {
    const proof = proofs.get(index);
    if (proof !== undefined) {
      await proof;
      if (!session.granted.has(index)) await ask(session, index);
      return;
    }
    const first = ask(session, index);
    proofs.set(index, first);
    await first;
  };

  const forget = (): void => {
    if (passwords !== undefined) wipePasswords(passwords);
    passwords = undefined;
    proofs.clear();
  };

  return {
    isNeeded: rule.scope !== "none",
    get isHeld() {
      return passwords !== undefined;
    },
    get isLocked() {
      return isLocked;
    },
    hold: (pin) => {
      forget();
      isLocked = false;
      passwords = heldPasswords(rule, pin);
    },
    forget,
    acquire: (session, index) =>
      rule.scope === "none" || session.granted.has(index) ? undefined : askAfterProof(session, index),
  };
}

function show(library: SdfLibrary, session: SdfHandle, index: number, password: Uint8Array): Promise<void> {
  return library.callLater("SDF_GetPrivateKeyAccessRight", session, index, password, password.length);
}

function heldPasswords(rule: PasswordRule, pin: Uint8Array | undefined): Passwords {
  if (pin === undefined)
    throw new KeyStoreError("pin-required", "this device needs the password of its keys");
  try {
    return readPasswords(rule, pin);
  } finally {
    pin.fill(0);
  }
}

/** SDR_PARDENY, no right, is among them: here the right was just asked for. */
const unclearCodes: readonly KeyStoreErrorCode[] = ["vendor-error", "self-check-failed", "login-lost"];

/**
 * A number that the profile does not know may be the vendor's for a wrong password, and so may those for whatever else: showing the
 * password again because of that would use up the tries.
 */
function withMeaning(cause: unknown): unknown {
  if (!(cause instanceof KeyStoreError) || !unclearCodes.includes(cause.code)) return cause;
  return new KeyStoreError("pin-incorrect", `${cause.message}; it may have counted as a wrong password`, {
    facts: cause.facts,
    cause,
  });
}

const isFinal = (cause: unknown): boolean =>
  cause instanceof KeyStoreError && finalCodes.includes(cause.code);

/** A rejection that is kept for later, so nobody may be waiting for it now. */
function refusalOf(cause: unknown): Promise<void> {
  const refusal = Promise.reject(cause instanceof Error ? cause : new Error("the password was not accepted"));
  refusal.catch(() => undefined);
  return refusal;
}

const passwordMissing = (index: number): KeyStoreError =>
  new KeyStoreError("pin-required", `no password was given for the key of index ${String(index)}`);
