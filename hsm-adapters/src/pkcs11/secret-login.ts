import type { Handle } from "pkcs11js";

import { KeyStoreError } from "../key-store/index.ts";
import { loadKoffi } from "../native/index.ts";
import type { Koffi } from "../native/index.ts";

/** C_Login and C_GetFunctionList as C has them; CK_ULONG is an unsigned long. */
interface LoginFunction {
  (session: bigint, userType: number, pin: Uint8Array | null, length: number): number | bigint;
  readonly async: (
    session: bigint,
    userType: number,
    pin: Uint8Array | null,
    length: number,
    done: (problem: unknown, answer: number | bigint) => void,
  ) => void;
}

/** Where C_Login stands in CK_FUNCTION_LIST: behind the version and eighteen functions (PKCS#11 v2.40 §3.6). */
const loginPosition = 1 + 18;

/**
 * C_Login with a PIN that can be overwritten: pkcs11js wants a string, which stays in memory, and cannot say "typed on the device",
 * which is a null pointer. So this one function is called through koffi.
 */
export interface SecretLogin {
  /** @returns the return value. */
  now(session: Handle, userType: number, pin: Uint8Array): number;
  /** On another thread, since a person types on the device meanwhile. */
  onPinPad(session: Handle, userType: number): Promise<number>;
}

/** @throws KeyStoreError `native-module-missing`, `library-not-loadable`. */
export async function createSecretLogin(library: string): Promise<SecretLogin> {
  const login = loginOf(library, await loadKoffi());
  return {
    now: (session, userType, pin) => Number(login(numberOf(session), userType, pin, pin.length)),
    onPinPad: (session, userType) =>
      new Promise((resolve, reject) => {
        login.async(numberOf(session), userType, null, 0, (problem, answer) => {
          if (problem === null || problem === undefined) resolve(Number(answer));
          else reject(problem instanceof Error ? problem : new Error("C_Login could not be called"));
        });
      }),
  };
}

function loginOf(library: string, koffi: Koffi): LoginFunction {
  // The loader gives the copy that is loaded already.
  const handle = koffi.load(library);
  const functionList = handle.func("C_GetFunctionList", "unsigned long", ["_Out_ uintptr_t *"]);
  const list: (number | bigint)[] = [0n];
  const answer = Number(functionList(list));
  const [address = 0n] = list;
  if (answer !== 0 || BigInt(address) === 0n) {
    throw new KeyStoreError(
      "library-not-loadable",
      `${library}: C_GetFunctionList answered ${String(answer)}`,
      {
        facts: { library },
      },
    );
  }
  const pointer = koffi.sizeof("uintptr_t");
  const login = koffi.decode(BigInt(address), loginPosition * pointer, "uintptr_t") as number | bigint;
  const prototype = koffi.proto("unsigned long", [
    "unsigned long",
    "unsigned long",
    "uint8_t *",
    "unsigned long",
  ]);
  return koffi.decode(BigInt(login), prototype) as LoginFunction;
}

function numberOf(session: Handle): bigint {
  return session.length === 8 ? session.readBigUInt64LE() : BigInt(session.readUInt32LE());
}
