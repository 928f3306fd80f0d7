import type { PinStatus } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { exchange, instructions, success } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import { cardError, remainingTries } from "./card-error.ts";
import { readMetadata } from "./metadata.ts";
import { keyReferences } from "./piv-slots.ts";

/** The PIV card application PIN (SP 800-73-4 Part 2 §2.4.3): six to eight octets, filled up to eight with FF. */
const pinOctets = { least: 6, most: 8, filler: 0xff } as const;

const blocked = 0x6983;

/** Digits by the standard, and whatever can be typed for other cards; a line's end is a mistake in a file, and costs a try. */
const isTyped = (octet: number): boolean => octet >= 0x20 && octet !== 0x7f;

/** Asks by VERIFY without data (SP 800-73-4 Part 2 §3.2.1), which costs no try. */
export async function readPinStatus(channel: CardChannel): Promise<PinStatus> {
  const { status } = await exchange(channel, verify());
  const tries = status === blocked ? 0 : remainingTries(status);
  if (status !== success && tries === undefined) throw cardError("VERIFY without data", status);
  const metadata = await readMetadata(channel, keyReferences.pin);
  return {
    isNeeded: true,
    isLoggedIn: status === success,
    isLocked: tries === 0,
    isLastTry: tries === 1,
    isDefault: metadata?.isDefault ?? false,
    ...(tries === undefined ? {} : { remainingTries: tries }),
    // PIN pads of readers are not driven.
    hasPinPad: false,
  };
}

/**
 * Gives the PIN to the card, once.
 *
 * @param pin overwritten.
 * @throws KeyStoreError `pin-incorrect`, also for an answer that does not say what became of the PIN; `pin-locked`, `pin-required`,
 *   `session-lost`.
 */
export async function verifyPin(channel: CardChannel, pin: Uint8Array | undefined): Promise<void> {
  if (pin === undefined) throw new KeyStoreError("pin-required", "the card has no PIN pad that we drive");
  const data = new Uint8Array(pinOctets.most).fill(pinOctets.filler);
  try {
    const fits = pin.length >= pinOctets.least && pin.length <= pinOctets.most && pin.every(isTyped);
    if (!fits) throw await neverRight(channel);
    data.set(pin);
    const { status } = await exchange(channel, verify(data));
    if (status !== success) throw pinRefusal(status);
  } finally {
    pin.fill(0);
    data.fill(0);
  }
}

/** Makes the card forget that the PIN was given; false if it does not know that command, which came with SP 800-73-4. */
export async function forgetPin(channel: CardChannel): Promise<boolean> {
  const { status } = await exchange(channel, verify(undefined, 0xff));
  return status === success;
}

function verify(data?: Uint8Array, p1 = 0) {
  return {
    name: "VERIFY",
    instruction: instructions.verify,
    parameters: [p1, keyReferences.pin],
    ...(data === undefined ? {} : { data }),
  } as const;
}

/** Whoever gives a PIN again because the answer was not clear gives it until the card is blocked. */
function pinRefusal(status: number): KeyStoreError {
  const error = cardError("VERIFY", status);
  if (["pin-incorrect", "pin-locked", "session-lost"].includes(error.code)) return error;
  return new KeyStoreError("pin-incorrect", `${error.message}; it may have counted as a try`, {
    facts: error.facts,
  });
}

/** The card would count it as a try. */
async function neverRight(channel: CardChannel): Promise<KeyStoreError> {
  const { remainingTries: left } = await readPinStatus(channel);
  return new KeyStoreError(
    "pin-incorrect",
    `a PIV PIN has ${String(pinOctets.least)} to ${String(pinOctets.most)} characters, and no line's end; this one was not sent to the card`,
    left === undefined ? {} : { facts: { remainingTries: left } },
  );
}
