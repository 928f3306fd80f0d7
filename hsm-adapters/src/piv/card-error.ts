import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";

/** The status words of SP 800-73-4 Part 2 §3 and ISO/IEC 7816-4 §5.1.3 that a driver meets. */
const rows: ReadonlyMap<number, readonly [name: string, code: KeyStoreErrorCode]> = new Map([
  [0x6581, ["memory failure", "device-error"]],
  [0x6700, ["wrong length", "device-error"]],
  [0x6881, ["logical channel not supported", "session-lost"]],
  [0x6882, ["secure messaging not supported", "operation-not-supported"]],
  [0x6982, ["security status not satisfied", "login-lost"]],
  [0x6983, ["authentication method blocked", "pin-locked"]],
  [0x6985, ["conditions of use not satisfied", "not-permitted"]],
  [0x6a80, ["incorrect parameter in the data", "operation-not-supported"]],
  [0x6a81, ["function not supported", "operation-not-supported"]],
  [0x6a82, ["data object or application not found", "operation-not-supported"]],
  [0x6a84, ["not enough memory", "operation-not-supported"]],
  [0x6a86, ["incorrect parameter P1 or P2", "operation-not-supported"]],
  [0x6a88, ["referenced data or key reference not found", "key-handle-stale"]],
  [0x6d00, ["instruction not supported", "session-lost"]],
  [0x6e00, ["class not supported", "session-lost"]],
] as const);

/**
 * A status word as a refusal of the closed set. That an instruction of PIV is unknown means that another program has selected
 * another application on the card: `session-lost`.
 */
export function cardError(call: string, status: number): KeyStoreError {
  const hex = status.toString(16).padStart(4, "0").toUpperCase();
  const vendor = { family: "piv", number: status, name: hex, call };
  const tries = remainingTries(status);
  if (tries !== undefined) {
    const [code, left] =
      tries === 0
        ? (["pin-locked", "locked now"] as const)
        : (["pin-incorrect", `${String(tries)} left`] as const);
    return new KeyStoreError(code, `the card refused the PIN: ${left}`, {
      facts: { vendor, remainingTries: tries },
    });
  }
  const [name, code] = rows.get(status) ?? ["a status of its own", "vendor-error" as const];
  const locked = code === "pin-locked" ? { remainingTries: 0 } : {};
  return new KeyStoreError(code, `the card answered ${hex} to ${call}: ${name}`, {
    facts: { vendor, ...locked },
  });
}

/** What 63Cx says: how often the PIN may still be tried. */
export function remainingTries(status: number): number | undefined {
  return status >> 4 === 0x63c ? status & 0xf : undefined;
}

/** The status word in an error that {@link cardError} made; undefined for any other. */
export function statusOf(cause: unknown): number | undefined {
  if (!(cause instanceof KeyStoreError) || cause.facts.vendor?.family !== "piv") return undefined;
  return cause.facts.vendor.number;
}
