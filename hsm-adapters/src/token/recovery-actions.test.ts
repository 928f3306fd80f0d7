import { describe, expect, it } from "vitest";

import { returnValueError } from "../pkcs11/return-values.ts";
import { recoveryActions } from "./index.ts";

describe("the table of recovery actions", () => {
  it.each([
    ["SESSION_HANDLE_INVALID", 0xb3, "replace-session", 1],
    ["SESSION_CLOSED", 0xb0, "replace-session", 1],
    ["OPERATION_ACTIVE", 0x90, "replace-session", 1],
    ["OPERATION_NOT_INITIALIZED", 0x91, "replace-session", 1],
    ["OBJECT_HANDLE_INVALID", 0x82, "find-key", 2],
    ["KEY_HANDLE_INVALID", 0x60, "find-key", 2],
    ["USER_NOT_LOGGED_IN", 0x101, "log-in", 1],
    ["DEVICE_ERROR", 0x30, "replace-session-or-host", 1],
    ["GENERAL_ERROR", 0x05, "replace-session-or-host", 1],
    ["FUNCTION_FAILED", 0x06, "replace-session-or-host", 1],
    ["DEVICE_MEMORY", 0x31, "replace-session-or-host", 1],
    ["HOST_MEMORY", 0x02, "replace-session-or-host", 1],
    ["CRYPTOKI_NOT_INITIALIZED", 0x190, "restart-host", 3],
    ["DEVICE_REMOVED", 0x32, "go-offline", 0],
    ["TOKEN_NOT_PRESENT", 0xe0, "go-offline", 0],
    ["TOKEN_NOT_RECOGNIZED", 0xe1, "go-offline", 0],
    ["PIN_INCORRECT", 0xa0, "latch", 0],
    ["PIN_LOCKED", 0xa4, "latch", 0],
    ["PIN_EXPIRED", 0xa3, "latch", 0],
    ["MECHANISM_INVALID", 0x70, "read-key", 1],
  ] as const)("answers CKR_%s (%i) with %s and %i retries", (name, number, action, retries) => {
    const { code, facts } = returnValueError(number, "C_Sign");
    expect(facts.vendor?.name).toBe(`CKR_${name}`);
    expect(recoveryActions[code]).toEqual({ action, retries });
  });

  it("never tries again after an error about a PIN", () => {
    const aboutPins = Object.entries(recoveryActions).filter(([code]) => /^(pin|passphrase)-/.test(code));
    expect(aboutPins.length).toBeGreaterThan(7);
    expect(new Set(aboutPins.map(([, { retries }]) => retries))).toEqual(new Set([0]));
  });
});
