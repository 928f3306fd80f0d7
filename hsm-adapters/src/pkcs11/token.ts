import type { Handle, TokenInfo } from "pkcs11js";

import type { PinStatus } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { Pkcs11Config } from "./config.ts";
import { tokenFlags } from "./cryptoki.ts";
import type { CryptokiLibrary } from "./library.ts";

/** A token in the slot where it is now. */
export interface FoundToken {
  readonly slot: Handle;
  readonly label: string;
  readonly serial: string;
  readonly info: TokenInfo;
}

/** No library has as many; a number from a broken one must not become a loop. */
const maximumSlots = 1024;

/**
 * The token that the configuration names, in whatever slot it is.
 *
 * @throws KeyStoreError `token-not-found`, with the tokens that were seen; what the library says.
 */
export function findToken(library: CryptokiLibrary, wanted: Pkcs11Config["token"]): FoundToken {
  const slots = library.call("C_GetSlotList", (module) => module.C_GetSlotList(true)).slice(0, maximumSlots);
  const seen: string[] = [];
  const found: FoundToken[] = [];
  for (const slot of slots) {
    const token = readToken(library, slot, seen);
    if (token !== undefined && isWanted(token, wanted)) found.push(token);
  }
  const [token, another] = found;
  if (token !== undefined && another === undefined) return token;
  const problem = token === undefined ? "has no token" : "has more than one token";
  throw new KeyStoreError(
    "token-not-found",
    `${library.path} ${problem} with ${wordsOf(wanted)}; seen: ${seen.join("; ") || "no token at all"}`,
    { facts: { library: library.path, seen } },
  );
}

function readToken(library: CryptokiLibrary, slot: Handle, seen: string[]): FoundToken | undefined {
  try {
    const info = library.call("C_GetTokenInfo", (module) => module.C_GetTokenInfo(slot));
    const [label, serial] = [unpadded(info.label), unpadded(info.serialNumber)];
    const isInitialized = (info.flags & tokenFlags.tokenInitialized) !== 0;
    seen.push(
      `slot ${slotNumber(slot)}: ${isInitialized ? `token "${label}", serial number "${serial}"` : "a token that is not initialised"}`,
    );
    return isInitialized ? { slot, label, serial, info } : undefined;
  } catch (cause) {
    // A card that was pulled or is of another kind must not hide the others.
    if (!(cause instanceof KeyStoreError)) throw cause;
    seen.push(`slot ${slotNumber(slot)}: ${cause.message}`);
    return undefined;
  }
}

function isWanted(token: FoundToken, { serial, label }: Pkcs11Config["token"]): boolean {
  return (serial === undefined || token.serial === serial) && (label === undefined || token.label === label);
}

function wordsOf({ serial, label }: Pkcs11Config["token"]): string {
  return [
    ...(serial === undefined ? [] : [`serial number "${serial}"`]),
    ...(label === undefined ? [] : [`label "${label}"`]),
  ].join(" and ");
}

/** Texts of fixed length are filled up with spaces (PKCS#11 v2.40 §3.2); some libraries use zero octets. */
export function unpadded(text: string): string {
  return text.replace(/[ \u0000]+$/, "");
}

function slotNumber(slot: Handle): string {
  return slot.length === 8 ? slot.readBigUInt64LE().toString() : slot.readUInt32LE().toString();
}

/** What the token's flags say of its PIN. PKCS#11 has no number of tries, only that few or one is left. */
export function pinStatusOf({ flags }: Pick<TokenInfo, "flags">, isLoggedIn: boolean): PinStatus {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const isLocked = has(tokenFlags.userPinLocked);
  const isLastTry = has(tokenFlags.userPinFinalTry) && !isLocked;
  return {
    isNeeded: has(tokenFlags.loginRequired),
    isLoggedIn,
    isLocked,
    isLastTry,
    isDefault: has(tokenFlags.userPinToBeChanged),
    hasPinPad: has(tokenFlags.protectedAuthenticationPath),
    ...(isLocked ? { remainingTries: 0 } : isLastTry ? { remainingTries: 1 } : {}),
  };
}

/** CK_UNAVAILABLE_INFORMATION is all ones; opencryptoki says one less. No device has as many sessions as this. */
const unbelievable = 0x8000_0000;

/** How many sessions may be open; undefined where the token says "no limit" or nothing. */
export function maximumSessionsOf({
  maxSessionCount,
}: Pick<TokenInfo, "maxSessionCount">): number | undefined {
  return maxSessionCount === 0 || maxSessionCount >= unbelievable ? undefined : maxSessionCount;
}
