import { createUlong, errorOfNumber, readUlong } from "../device-profile/index.ts";
import type { PinStatus } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { terminated } from "./skf-names.ts";

/** The user's PIN; 0 would be the administrator's (GM/T 0016-2012 §7.2.6). */
const userPin = 1;

interface PinInfo {
  readonly remaining: number;
  readonly isDefault: boolean;
}

/** What the device says of the user's PIN, without trying it; undefined if its library cannot say. */
function readPinInfo(connection: SkfConnection): PinInfo | undefined {
  const { calls } = connection;
  if (!calls.has("SKF_GetPINInfo")) return undefined;
  const [maximum, remaining, isDefault] = [createUlong(), createUlong(), createUlong()];
  const name = "SKF_GetPINInfo";
  connection.call(name, connection.application, userPin, maximum, remaining, isDefault);
  const [limit, left] = [readUlong(calls.profile, name, maximum), readUlong(calls.profile, name, remaining)];
  // Some libraries give the two the other way round; the lower is what is left with either.
  return { remaining: Math.min(limit, left), isDefault: isDefault[0] !== 0 };
}

export function readPinStatus(connection: SkfConnection, isLoggedIn: boolean): PinStatus {
  const isNeeded = connection.calls.profile.passwordRule.scope !== "none";
  const info = isNeeded ? readPinInfo(connection) : undefined;
  return {
    isNeeded,
    isLoggedIn: isLoggedIn || !isNeeded,
    isLocked: info?.remaining === 0,
    isLastTry: info?.remaining === 1,
    isDefault: info?.isDefault ?? false,
    ...(info === undefined ? {} : { remainingTries: info.remaining }),
    hasPinPad: false,
  };
}

/**
 * Tries the PIN once.
 *
 * @param pin overwritten, whatever comes of it.
 * @throws KeyStoreError `pin-incorrect` and `pin-locked` with the tries that are left, what the device answers.
 */
export function verifyPin(connection: SkfConnection, pin: Uint8Array): void {
  const text = terminated(pin);
  try {
    checkLength(connection, pin);
    const before = readPinInfo(connection);
    const retries = createUlong(notWritten);
    const number = connection.calls.answer("SKF_VerifyPIN", connection.application, userPin, text, retries);
    if (number === 0) return;
    const error = errorOfNumber(connection.calls.profile, "SKF_VerifyPIN", number);
    if (error.facts.vendor?.name === "SAR_USER_ALREADY_LOGGED_IN") return;
    throw pinError(connection, error, before, retries);
  } finally {
    text.fill(0);
    pin.fill(0);
  }
}

/** A zero octet would cut the PIN off, and what is left would be tried. */
function checkLength(connection: SkfConnection, pin: Uint8Array): void {
  const { minimumOctets, maximumOctets } = connection.calls.profile.passwordRule;
  const fits = pin.length >= minimumOctets && pin.length <= maximumOctets && !pin.includes(0);
  if (fits) return;
  throw new KeyStoreError(
    "pin-incorrect",
    `a PIN has ${String(minimumOctets)} to ${String(maximumOctets)} octets here, and this one was not tried`,
  );
}

/** No device allows as many tries. */
const notWritten = 0xff;

function retriesIn(memory: Uint8Array): number | undefined {
  return memory[0] === notWritten ? undefined : memory[0];
}

const pinCodes: readonly KeyStoreErrorCode[] = ["pin-incorrect", "pin-locked", "pin-expired"];
const lossCodes: readonly KeyStoreErrorCode[] = ["device-removed", "session-lost"];

/**
 * Vendors number a wrong PIN differently. A try that is gone says it too, and whoever must not try again relies on that: so it is
 * a wrong PIN, whatever the number means to the profile.
 */
function pinError(
  connection: SkfConnection,
  error: KeyStoreError,
  before: PinInfo | undefined,
  retries: Uint8Array,
): KeyStoreError {
  if (lossCodes.includes(error.code)) return error;
  const after = readPinInfo(connection);
  const isCounted = isTryGone(before, after);
  if (!pinCodes.includes(error.code) && !isCounted) return error;
  const left = after?.remaining ?? retriesIn(retries);
  return withTriesLeft(error, isCounted ? "pin-incorrect" : error.code, left);
}

function isTryGone(before: PinInfo | undefined, after: PinInfo | undefined): boolean {
  return before !== undefined && after !== undefined && after.remaining < before.remaining;
}

function withTriesLeft(
  error: KeyStoreError,
  code: KeyStoreErrorCode,
  left: number | undefined,
): KeyStoreError {
  if (left === undefined) return error;
  const facts = { ...error.facts, remainingTries: left };
  return new KeyStoreError(left === 0 ? "pin-locked" : code, error.message, { facts });
}
