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
  try {
    connection.call(name, connection.application, userPin, maximum, remaining, isDefault);
  } catch (cause) {
    // Libraries are around that have the function and say that they do not support it.
    if (cause instanceof KeyStoreError && cause.code === "operation-not-supported") return undefined;
    throw cause;
  }
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

/** A zero octet would cut the PIN off, and what is left would be tried; the end of a line is a mistake in a file. */
function checkLength(connection: SkfConnection, pin: Uint8Array): void {
  const { minimumOctets, maximumOctets } = connection.calls.profile.passwordRule;
  const fits = pin.length >= minimumOctets && pin.length <= maximumOctets && pin.every(isTyped);
  if (fits) return;
  throw new KeyStoreError(
    "pin-incorrect",
    `a PIN has ${String(minimumOctets)} to ${String(maximumOctets)} octets here and no line's end, and this one was not tried`,
  );
}

const isTyped = (octet: number): boolean => octet >= 0x20 && octet !== 0x7f;

/** No device allows as many tries. */
const notWritten = 0xff;

function retriesIn(memory: Uint8Array): number | undefined {
  return memory[0] === notWritten ? undefined : memory[0];
}

const pinCodes: readonly KeyStoreErrorCode[] = ["pin-incorrect", "pin-locked", "pin-expired"];
const lossCodes: readonly KeyStoreErrorCode[] = ["device-removed", "session-lost"];

/** Answers after which the PIN was surely not looked at. */
const notLookedAtCodes: readonly KeyStoreErrorCode[] = [
  "device-busy",
  "device-unreachable",
  "operation-not-supported",
  "token-not-found",
];

/**
 * Vendors number a wrong PIN differently. A try that is gone says it too, and whoever must not try again relies on that: so it is
 * a wrong PIN, whatever the number means to the profile. So is a number that the profile does not know, from a library that does not
 * count.
 */
function pinError(
  connection: SkfConnection,
  error: KeyStoreError,
  before: PinInfo | undefined,
  retries: Uint8Array,
): KeyStoreError {
  if (lossCodes.includes(error.code)) return error;
  const after = pinInfoIfToldOf(connection);
  const isCounted = isTryGone(before, after);
  const isUnclear = isCounted ?? !notLookedAtCodes.includes(error.code);
  if (!pinCodes.includes(error.code) && !isUnclear) return error;
  const isWrong = isCounted === true || !pinCodes.includes(error.code);
  return refusal(error, isWrong ? "pin-incorrect" : error.code, after?.remaining ?? retriesIn(retries));
}

/** Undefined from a library that does not count, or not now. */
function isTryGone(before: PinInfo | undefined, after: PinInfo | undefined): boolean | undefined {
  return before === undefined || after === undefined ? undefined : after.remaining < before.remaining;
}

/** What happened to the PIN is said already; a device that is too upset to count must not make it unsaid. */
function pinInfoIfToldOf(connection: SkfConnection): PinInfo | undefined {
  try {
    return readPinInfo(connection);
  } catch (cause) {
    if (cause instanceof KeyStoreError) return undefined;
    throw cause;
  }
}

function refusal(error: KeyStoreError, code: KeyStoreErrorCode, left: number | undefined): KeyStoreError {
  const facts = left === undefined ? error.facts : { ...error.facts, remainingTries: left };
  return new KeyStoreError(left === 0 ? "pin-locked" : code, error.message, { facts });
}
