import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";

/**
 * PINs that devices leave the factory with, or that guides tell to set, beside those that {@link isSequence} finds: 12345678,
 * 88888888, 123456, 111111, 1234567890, 87654321.
 */
const wellKnown = [
  "123123",
  "12341234",
  "11223344",
  "112233",
  "a1b2c3d4",
  "abc123",
  "abcd1234",
  "admin",
  "administrator",
  "changeit",
  "changeme",
  "default",
  "letmein",
  "password",
  "passw0rd",
  "qwerty",
  "rockey",
  "secret",
  "user",
].map(utf8Of);

/**
 * Refuses a PIN that everybody knows: for production, where such a device is as good as without one.
 *
 * @throws KeyStoreError `pin-default`. Its message does not say which PIN it is.
 */
export function refuseDefaultPin(pin: Uint8Array): void {
  if (!isSequence(pin) && !wellKnown.some((known) => equalBytes(known, pin))) return;
  throw new KeyStoreError("pin-default", "the PIN is one that devices leave the factory with");
}

/** Every octet follows the one before by the same step, of −1, 0 or 1; after 9 comes 0. */
function isSequence(pin: Uint8Array): boolean {
  if (pin.length < 2) return true;
  return [-1, 0, 1].some((step) =>
    pin.every((octet, place) => {
      const before = pin[place - 1];
      return before === undefined || octet === before + step || isTurn(before, octet, step);
    }),
  );
}

const zero = 0x30;
const nine = 0x39;

function isTurn(before: number, octet: number, step: number): boolean {
  return (
    (step === 1 && before === nine && octet === zero) || (step === -1 && before === zero && octet === nine)
  );
}
