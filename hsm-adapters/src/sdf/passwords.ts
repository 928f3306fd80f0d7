import type { PasswordRule } from "../device-profile/index.ts";
import { KeyStoreError } from "../key-store/index.ts";

/** Passwords by the index of their key. */
export interface Passwords {
  of(index: number): Uint8Array | undefined;
  readonly all: readonly Uint8Array[];
}

const lineFeed = 0x0a;
const equalsSign = 0x3d;

/**
 * The passwords in a PIN: all of it, or lines of the form `index=password` where each key has its own. Nothing of it becomes a string.
 *
 * @throws KeyStoreError `pin-incorrect` for a password that the device could not have, `configuration-malformed` for other lines and for
 *   an index that is there twice.
 */
export function readPasswords(rule: PasswordRule, pin: Uint8Array): Passwords {
  if (rule.scope !== "index") {
    const password = checked(rule, pin.slice());
    return { of: () => password, all: [password] };
  }
  const byIndex = new Map<number, Uint8Array>();
  try {
    for (const line of linesOf(pin)) addPassword(byIndex, rule, line);
  } catch (cause) {
    for (const password of byIndex.values()) password.fill(0);
    throw cause;
  }
  return { of: (index) => byIndex.get(index), all: [...byIndex.values()] };
}

function addPassword(byIndex: Map<number, Uint8Array>, rule: PasswordRule, line: Uint8Array): void {
  const [index, password] = indexAndPassword(line);
  const former = byIndex.get(index);
  byIndex.set(index, password);
  if (former !== undefined) {
    former.fill(0);
    throw new KeyStoreError("configuration-malformed", `the PIN has index ${String(index)} twice`);
  }
  checked(rule, password);
}

export function wipePasswords(passwords: Passwords): void {
  for (const password of passwords.all) password.fill(0);
}

function checked({ minimumOctets, maximumOctets }: PasswordRule, password: Uint8Array): Uint8Array {
  // The end of a line is a mistake in a file, and would cost a try.
  const isTyped = password.every((octet) => octet >= 0x20 && octet !== 0x7f);
  if (isTyped && password.length >= minimumOctets && password.length <= maximumOctets) return password;
  password.fill(0);
  throw new KeyStoreError(
    "pin-incorrect",
    `a password of this device has ${String(minimumOctets)} to ${String(maximumOctets)} octets, and no line's end; the device was not asked`,
  );
}

function linesOf(pin: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at <= pin.length; at += 1) {
    if (at < pin.length && pin[at] !== lineFeed) continue;
    if (at > start) lines.push(pin.subarray(start, at));
    start = at + 1;
  }
  return lines;
}

function indexAndPassword(line: Uint8Array): [number, Uint8Array] {
  const equals = line.indexOf(equalsSign);
  const digits = [...line.subarray(0, Math.max(equals, 0))].map((octet) => octet - 0x30);
  if (digits.length === 0 || digits.length > 5 || digits.some((digit) => digit < 0 || digit > 9))
    throw new KeyStoreError("configuration-malformed", "the PIN has a line that is not index=password");
  return [digits.reduce((value, digit) => value * 10 + digit, 0), line.slice(equals + 1)];
}
