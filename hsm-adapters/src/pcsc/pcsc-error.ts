import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";

type Row = readonly [name: string, code: KeyStoreErrorCode];

/** The numbers of WinSCard that a card or its reader can be the reason for. */
const rows: ReadonlyMap<number, Row> = new Map([
  [0x80100002, ["SCARD_E_CANCELLED", "session-lost"]],
  [0x80100003, ["SCARD_E_INVALID_HANDLE", "session-lost"]],
  [0x80100009, ["SCARD_E_UNKNOWN_READER", "device-removed"]],
  [0x8010000a, ["SCARD_E_TIMEOUT", "device-busy"]],
  [0x8010000b, ["SCARD_E_SHARING_VIOLATION", "device-busy"]],
  [0x8010000c, ["SCARD_E_NO_SMARTCARD", "device-removed"]],
  [0x8010000f, ["SCARD_E_PROTO_MISMATCH", "device-error"]],
  [0x80100010, ["SCARD_E_NOT_READY", "device-busy"]],
  [0x80100012, ["SCARD_E_SYSTEM_CANCELLED", "device-unreachable"]],
  [0x80100013, ["SCARD_F_COMM_ERROR", "device-error"]],
  [0x80100016, ["SCARD_E_NOT_TRANSACTED", "device-error"]],
  [0x80100017, ["SCARD_E_READER_UNAVAILABLE", "device-removed"]],
  [0x8010001d, ["SCARD_E_NO_SERVICE", "device-unreachable"]],
  [0x8010001e, ["SCARD_E_SERVICE_STOPPED", "device-unreachable"]],
  [0x8010002e, ["SCARD_E_NO_READERS_AVAILABLE", "device-removed"]],
  [0x80100065, ["SCARD_W_UNSUPPORTED_CARD", "device-error"]],
  [0x80100066, ["SCARD_W_UNRESPONSIVE_CARD", "device-error"]],
  [0x80100067, ["SCARD_W_UNPOWERED_CARD", "session-lost"]],
  [0x80100068, ["SCARD_W_RESET_CARD", "session-lost"]],
  [0x80100069, ["SCARD_W_REMOVED_CARD", "device-removed"]],
] as const);

/** Those that the code acts on. */
export const pcscNumbers = {
  success: 0,
  cancelled: 0x80100002,
  timeout: 0x8010000a,
  sharingViolation: 0x8010000b,
  noSmartcard: 0x8010000c,
  notTransacted: 0x80100016,
  commError: 0x80100013,
  noReaders: 0x8010002e,
  resetCard: 0x80100068,
} as const;

/** What a PC/SC function answered, as a refusal of the closed set: `vendor-error` for a number that WinSCard's table does not have. */
export function pcscError(call: string, number: number): KeyStoreError {
  const hex = `0x${number.toString(16).padStart(8, "0")}`;
  const [name, code] = rows.get(number) ?? [hex, "vendor-error" as const];
  return new KeyStoreError(code, `${call} answered ${name}`, {
    facts: { vendor: { family: "pcsc", number, name, call } },
  });
}

/** The number in an error that {@link pcscError} made; undefined for any other. */
export function pcscNumberOf(cause: unknown): number | undefined {
  if (!(cause instanceof KeyStoreError) || cause.facts.vendor?.family !== "pcsc") return undefined;
  return cause.facts.vendor.number;
}
