import { describe, expect, it } from "vitest";

import { KeyStoreError } from "../key-store/index.ts";
import { CryptokiLibrary } from "./library.ts";
import { isReturnValue, returnValueError, returnValueIn } from "./return-values.ts";

describe("a return value of PKCS#11", () => {
  it.each([
    [0x02, "CKR_HOST_MEMORY", "device-error"],
    [0x05, "CKR_GENERAL_ERROR", "device-error"],
    [0x06, "CKR_FUNCTION_FAILED", "device-error"],
    [0x30, "CKR_DEVICE_ERROR", "device-error"],
    [0x31, "CKR_DEVICE_MEMORY", "device-error"],
    [0x32, "CKR_DEVICE_REMOVED", "device-removed"],
    [0xe0, "CKR_TOKEN_NOT_PRESENT", "device-removed"],
    [0xe1, "CKR_TOKEN_NOT_RECOGNIZED", "device-removed"],
    [0x60, "CKR_KEY_HANDLE_INVALID", "key-handle-stale"],
    [0x82, "CKR_OBJECT_HANDLE_INVALID", "key-handle-stale"],
    [0x68, "CKR_KEY_FUNCTION_NOT_PERMITTED", "not-permitted"],
    [0x70, "CKR_MECHANISM_INVALID", "algorithm-not-supported"],
    [0x90, "CKR_OPERATION_ACTIVE", "session-lost"],
    [0x91, "CKR_OPERATION_NOT_INITIALIZED", "session-lost"],
    [0xb0, "CKR_SESSION_CLOSED", "session-lost"],
    [0xb3, "CKR_SESSION_HANDLE_INVALID", "session-lost"],
    [0xb1, "CKR_SESSION_COUNT", "device-busy"],
    [0xa0, "CKR_PIN_INCORRECT", "pin-incorrect"],
    [0xa3, "CKR_PIN_EXPIRED", "pin-expired"],
    [0xa4, "CKR_PIN_LOCKED", "pin-locked"],
    [0x101, "CKR_USER_NOT_LOGGED_IN", "login-lost"],
    [0x102, "CKR_USER_PIN_NOT_INITIALIZED", "pin-expired"],
    [0x190, "CKR_CRYPTOKI_NOT_INITIALIZED", "driver-crashed"],
    [0x40, "CKR_ENCRYPTED_DATA_INVALID", "vendor-error"],
    [0x8000_1234, "CKR_VENDOR_DEFINED", "vendor-error"],
    [0x7777, "CKR_UNKNOWN", "vendor-error"],
  ] as const)("0x%s is %s and means %s", (number, name, code) => {
    const error = returnValueError(number, "C_Sign");
    expect(error).toBeInstanceOf(KeyStoreError);
    expect(error).toMatchObject({
      code,
      facts: { vendor: { family: "pkcs11", number, name, call: "C_Sign" } },
    });
    expect(error.message).toBe(`C_Sign answered ${name} (0x${number.toString(16)})`);
    expect(isReturnValue(error, 1, number)).toBe(true);
    expect(isReturnValue(error, number + 1)).toBe(false);
  });

  it("means what the profile says, if it says anything", () => {
    const vendor = new Map([[0x8000_1234, "pin-locked"]] as const);
    expect(returnValueError(0x8000_1234, "C_Login", { vendor }).code).toBe("pin-locked");
    expect(returnValueError(0x30, "C_Login", { vendor }).code).toBe("device-error");
  });

  it("is found wherever pkcs11js puts it, and in no other error", () => {
    expect(returnValueIn(new Error("CKR_DEVICE_ERROR:48\n at PKCS11.C_Sign"))).toBe(48);
    expect(returnValueIn(Object.assign(new Error("CKR_X"), { name: "Pkcs11Error", code: 0x8000_0001 }))).toBe(
      0x8000_0001,
    );
    expect(returnValueIn(new TypeError("Argument 1 has wrong type"))).toBeUndefined();
    expect(returnValueIn("CKR_DEVICE_ERROR:48")).toBeUndefined();
  });
});

describe("a PKCS#11 library", () => {
  it("cannot be loaded without the package that calls it, and the error says so", async () => {
    const absent = () => Promise.reject(new Error("Cannot find package 'pkcs11js'"));
    await expect(CryptokiLibrary.load("/x.so", {}, absent)).rejects.toMatchObject({
      code: "native-module-missing",
      facts: { loaderSaid: "Cannot find package 'pkcs11js'" },
    });
  });
});
