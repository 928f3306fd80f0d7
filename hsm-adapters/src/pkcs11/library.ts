import type { PKCS11 } from "pkcs11js";

import { KeyStoreError } from "../key-store/index.ts";
import { osLocking } from "./cryptoki.ts";
import { isReturnValue, returnValueError, returnValueIn, returnValueNumbers } from "./return-values.ts";
import type { VendorReturnValues } from "./return-values.ts";

/** The part of the package that is used. */
interface Pkcs11Package {
  readonly PKCS11: new () => PKCS11;
}

/** How the package is imported; a parameter for the test of its absence. */
export type ImportPkcs11 = () => Promise<{ readonly default: Pkcs11Package }>;

export interface LibraryOptions {
  /** What NSS takes at C_Initialize. */
  readonly parameters?: string;
}

/** A PKCS#11 library in this process. Every refusal of a call through it is a KeyStoreError with number, name and function. */
export class CryptokiLibrary {
  readonly path: string;
  readonly #module: PKCS11;
  readonly #options: LibraryOptions;
  #isOurs = false;
  #vendor: VendorReturnValues = new Map();

  private constructor(path: string, module: PKCS11, options: LibraryOptions) {
    this.path = path;
    this.#module = module;
    this.#options = options;
  }

  /**
   * @throws KeyStoreError `native-module-missing`; `library-not-loadable` with the path and the loader's words.
   */
  static async load(
    path: string,
    options: LibraryOptions,
    importPkcs11: ImportPkcs11 = () => import("pkcs11js"),
  ): Promise<CryptokiLibrary> {
    const { PKCS11: Module } = await packageOf(importPkcs11);
    const module = new Module();
    try {
      module.load(path);
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      const problem = said.includes("C_GetFunctionList")
        ? "loads, but has no C_GetFunctionList: it is not a PKCS#11 library"
        : `cannot be loaded: ${said}`;
      throw new KeyStoreError("library-not-loadable", `the library ${path} ${problem}`, {
        cause,
        facts: { library: path, loaderSaid: said },
      });
    }
    return new CryptokiLibrary(path, module, options);
  }

  /** From now on the vendor's own return values mean this. */
  understand(vendor: VendorReturnValues): void {
    this.#vendor = vendor;
  }

  /** C_Initialize for a process with threads; that somebody else did it already is fine. */
  initialize(): void {
    const { parameters } = this.#options;
    try {
      this.call("C_Initialize", (module) => {
        module.C_Initialize({
          flags: osLocking,
          // pkcs11js cuts off the last character.
          ...(parameters === undefined ? {} : { libraryParameters: `${parameters} ` }),
        });
      });
      this.#isOurs = true;
    } catch (cause) {
      if (!isReturnValue(cause, returnValueNumbers.cryptokiAlreadyInitialized)) throw cause;
    }
  }

  /** Initialises again: what was made elsewhere meanwhile is seen, and every session and login is gone. */
  reinitialize(): void {
    this.#finalize();
    this.initialize();
  }

  /** C_Finalize, unless somebody else in this process uses the library. */
  release(): void {
    if (this.#isOurs) this.#finalize();
    this.#isOurs = false;
  }

  /** @param name of the function that `body` calls, for the error. */
  call<Value>(name: string, body: (module: PKCS11) => Value): Value {
    try {
      return body(this.#module);
    } catch (cause) {
      throw this.errorOf(name, cause);
    }
  }

  /** As {@link call}, for a call on another thread. */
  async callLater<Value>(name: string, body: (module: PKCS11) => Promise<Value>): Promise<Value> {
    try {
      return await body(this.#module);
    } catch (cause) {
      throw this.errorOf(name, cause);
    }
  }

  /** The refusal with this return value. */
  refusal(number: number, call: string): KeyStoreError {
    return returnValueError(number, call, { vendor: this.#vendor });
  }

  errorOf(call: string, cause: unknown): unknown {
    const number = returnValueIn(cause);
    if (number === undefined) return cause;
    return returnValueError(number, call, { vendor: this.#vendor, cause });
  }

  #finalize(): void {
    try {
      this.call("C_Finalize", (module) => {
        module.C_Finalize();
      });
    } catch (cause) {
      // CKR_CRYPTOKI_NOT_INITIALIZED is what was wanted.
      if (!(cause instanceof KeyStoreError && cause.code === "driver-crashed")) throw cause;
    }
  }
}

async function packageOf(importPkcs11: ImportPkcs11): Promise<Pkcs11Package> {
  try {
    return (await importPkcs11()).default;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new KeyStoreError(
      "native-module-missing",
      "the package pkcs11js, which calls PKCS#11 libraries, is not installed for this machine",
      { cause, facts: { loaderSaid: said } },
    );
  }
}
