import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode, KeyStoreErrorFacts } from "../key-store/index.ts";

interface ReturnValue {
  readonly name: string;
  readonly code: KeyStoreErrorCode;
}

const row = (code: KeyStoreErrorCode, names: Readonly<Record<string, number>>): [number, ReturnValue][] =>
  Object.entries(names).map(([name, number]) => [number, { name: `CKR_${name}`, code }]);

/** What each return value of the standard means for whoever must act (PKCS#11 v2.40 §5.1, v3.0 §5.1). */
const returnValues: ReadonlyMap<number, ReturnValue> = new Map([
  ...row("pin-incorrect", { PIN_INCORRECT: 0xa0, PIN_INVALID: 0xa1, PIN_LEN_RANGE: 0xa2 }),
  ...row("pin-expired", { PIN_EXPIRED: 0xa3, USER_PIN_NOT_INITIALIZED: 0x102 }),
  ...row("pin-locked", { PIN_LOCKED: 0xa4 }),
  ...row("pin-required", { FUNCTION_CANCELED: 0x50 }),
  ...row("session-lost", {
    OPERATION_ACTIVE: 0x90,
    OPERATION_NOT_INITIALIZED: 0x91,
    SESSION_CLOSED: 0xb0,
    SESSION_HANDLE_INVALID: 0xb3,
  }),
  ...row("key-handle-stale", { KEY_HANDLE_INVALID: 0x60, OBJECT_HANDLE_INVALID: 0x82 }),
  ...row("login-lost", { USER_NOT_LOGGED_IN: 0x101 }),
  ...row("device-removed", {
    SLOT_ID_INVALID: 0x03,
    DEVICE_REMOVED: 0x32,
    TOKEN_NOT_PRESENT: 0xe0,
    TOKEN_NOT_RECOGNIZED: 0xe1,
  }),
  ...row("device-busy", {
    SESSION_COUNT: 0xb1,
    USER_ANOTHER_ALREADY_LOGGED_IN: 0x104,
    USER_TOO_MANY_TYPES: 0x105,
    TOKEN_RESOURCE_EXCEEDED: 0x201,
  }),
  ...row("device-error", {
    CANCEL: 0x01,
    HOST_MEMORY: 0x02,
    GENERAL_ERROR: 0x05,
    FUNCTION_FAILED: 0x06,
    DEVICE_ERROR: 0x30,
    DEVICE_MEMORY: 0x31,
    FIPS_SELF_TEST_FAILED: 0x1a9,
  }),
  // The library forgot that it was initialised: only a new process helps.
  ...row("driver-crashed", { CRYPTOKI_NOT_INITIALIZED: 0x190 }),
  ...row("not-permitted", {
    ATTRIBUTE_READ_ONLY: 0x10,
    ATTRIBUTE_SENSITIVE: 0x11,
    ACTION_PROHIBITED: 0x1b,
    KEY_FUNCTION_NOT_PERMITTED: 0x68,
    KEY_UNEXTRACTABLE: 0x6a,
    SESSION_READ_ONLY: 0xb5,
    TOKEN_WRITE_PROTECTED: 0xe2,
    FUNCTION_REJECTED: 0x200,
  }),
  ...row("algorithm-not-supported", {
    ATTRIBUTE_TYPE_INVALID: 0x12,
    ATTRIBUTE_VALUE_INVALID: 0x13,
    KEY_SIZE_RANGE: 0x62,
    KEY_TYPE_INCONSISTENT: 0x63,
    MECHANISM_INVALID: 0x70,
    MECHANISM_PARAM_INVALID: 0x71,
    TEMPLATE_INCOMPLETE: 0xd0,
    TEMPLATE_INCONSISTENT: 0xd1,
    DOMAIN_PARAMS_INVALID: 0x130,
    CURVE_NOT_SUPPORTED: 0x140,
  }),
  ...row("operation-not-supported", { FUNCTION_NOT_SUPPORTED: 0x54, RANDOM_NO_RNG: 0x121 }),
  // Known numbers that nobody can act on but by reading them.
  ...row("vendor-error", {
    ARGUMENTS_BAD: 0x07,
    DATA_INVALID: 0x20,
    DATA_LEN_RANGE: 0x21,
    ENCRYPTED_DATA_INVALID: 0x40,
    ENCRYPTED_DATA_LEN_RANGE: 0x41,
    USER_TYPE_INVALID: 0x103,
    BUFFER_TOO_SMALL: 0x150,
  }),
]);

/** Return values that are looked for by number. */
export const returnValueNumbers = {
  attributeReadOnly: 0x10,
  attributeSensitive: 0x11,
  attributeTypeInvalid: 0x12,
  encryptedDataInvalid: 0x40,
  userAlreadyLoggedIn: 0x100,
  cryptokiNotInitialized: 0x190,
  cryptokiAlreadyInitialized: 0x191,
} as const;

/** Numbers of a vendor's own, from the profile. */
export type VendorReturnValues = ReadonlyMap<number, KeyStoreErrorCode>;

/** The refusal that a return value is, with its number, name and the function that gave it. */
export function returnValueError(
  number: number,
  call: string,
  options: {
    readonly vendor?: VendorReturnValues;
    readonly facts?: KeyStoreErrorFacts;
    cause?: unknown;
  } = {},
): KeyStoreError {
  const known = returnValues.get(number);
  const code = options.vendor?.get(number) ?? known?.code ?? "vendor-error";
  const name = known?.name ?? (number >= 0x8000_0000 ? "CKR_VENDOR_DEFINED" : "CKR_UNKNOWN");
  const message = `${call} answered ${name} (0x${number.toString(16)})`;
  const facts = { ...options.facts, vendor: { family: "pkcs11", number, name, call } };
  return new KeyStoreError(code, message, { facts, ...("cause" in options ? { cause: options.cause } : {}) });
}

/** The return value in an error of pkcs11js, which hides it in different places; undefined for any other error. */
export function returnValueIn(cause: unknown): number | undefined {
  if (!(cause instanceof Error)) return undefined;
  const [, inMessage] = /CKR_\w+:(\d+)/.exec(cause.message) ?? [];
  if (inMessage !== undefined) return Number(inMessage);
  const isReturnValue = cause.name === "Pkcs11Error" && "code" in cause && typeof cause.code === "number";
  return isReturnValue ? (cause.code as number) : undefined;
}

/** Whether an error is the refusal with this return value. */
export function isReturnValue(cause: unknown, ...numbers: readonly number[]): boolean {
  const number = cause instanceof KeyStoreError ? cause.facts.vendor?.number : undefined;
  return number !== undefined && numbers.includes(number);
}
