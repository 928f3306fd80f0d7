import { KeyStoreError } from "../key-store/index.ts";
import { loadKoffi } from "./load-koffi.ts";
import type { Koffi } from "./load-koffi.ts";

/**
 * What a parameter is in C: a number of 32 or 64 bits; `long`, signed, of the machine's width; `handle`, a pointer that the library gave
 * (a bigint here); `bytes`, a pointer to memory of ours, or null.
 */
export type NativeArgument = "u32" | "u64" | "long" | "handle" | "bytes";
export type NativeResult = "u32" | "i32" | "u64" | "long";
export type NativeValue = number | bigint | Uint8Array | null;
/** Who takes the arguments from the stack; there is a difference only in a process of 32 bits on Windows. */
export type CallingConvention = "c" | "stdcall";

/**
 * A function of a library. Whoever calls `later` keeps every array that was passed in a variable until it resolves: the
 * library writes into them from another thread.
 */
export interface NativeFunction {
  /** Calls at once; nothing else runs in this process meanwhile. */
  (...values: readonly NativeValue[]): number;
  /** Calls on the thread pool of libuv (`UV_THREADPOOL_SIZE`). */
  later(...values: readonly NativeValue[]): Promise<number>;
}

export interface NativeLibrary {
  readonly path: string;
  has(symbol: string): boolean;
  /** @throws KeyStoreError `library-not-loadable` if it has no such function. */
  declare(
    symbol: string,
    result: NativeResult,
    parameters: readonly NativeArgument[],
    convention?: CallingConvention,
  ): NativeFunction;
  /** Where the bytes lie, for a structure that points to them; whoever asks keeps the array in a variable as long as that is used. */
  addressOf(bytes: Uint8Array): bigint;
  /** Nothing of it may be called afterwards. */
  unload(): void;
}

/**
 * Opens a shared library with all it needs.
 *
 * @param path as the loader takes it: a file, or a name that it looks for itself.
 * @throws KeyStoreError `native-module-missing`; `library-not-loadable` with the path and the loader's own words.
 */
export async function openLibrary(path: string, koffi?: Koffi): Promise<NativeLibrary> {
  const loaded = koffi ?? (await loadKoffi());
  return libraryOf(path, loadLibrary(path, loaded), loaded);
}

type Handle = ReturnType<Koffi["load"]>;

function loadLibrary(path: string, koffi: Koffi): Handle {
  try {
    // Not lazily: what is missing is to be said now, and not by a process that dies at the first call.
    return koffi.load(path, { lazy: false });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new KeyStoreError("library-not-loadable", `the library ${path} cannot be loaded: ${said}`, {
      cause,
      facts: { library: path, loaderSaid: said },
    });
  }
}

function libraryOf(path: string, handle: Handle, koffi: Koffi): NativeLibrary {
  return {
    path,
    has: (symbol) => {
      try {
        handle.symbol(symbol);
        return true;
      } catch {
        // koffi has no other way of asking.
        return false;
      }
    },
    declare: (...prototype) => declare(path, handle, prototype),
    addressOf: (bytes) => koffi.address(bytes),
    unload: () => {
      handle.unload();
    },
  };
}

const argumentTypes: Readonly<Record<NativeArgument, string>> = {
  u32: "uint32_t",
  u64: "uint64_t",
  long: "long",
  handle: "uintptr_t",
  bytes: "uint8_t *",
};
const resultTypes: Readonly<Record<NativeResult, string>> = {
  u32: "uint32_t",
  i32: "int32_t",
  u64: "uint64_t",
  long: "long",
};

const conventions: Readonly<Record<CallingConvention, string>> = { c: "__cdecl", stdcall: "__stdcall" };

type Prototype = Parameters<NativeLibrary["declare"]>;

function declare(path: string, handle: Handle, prototype: Prototype): NativeFunction {
  const bound = boundFunction(path, handle, prototype);
  const call = (...values: readonly NativeValue[]): number => Number(bound(...values));
  const later = (...values: readonly NativeValue[]): Promise<number> =>
    new Promise((resolve, reject) => {
      bound.async(...values, (problem: unknown, answer: unknown) => {
        if (problem === null || problem === undefined) resolve(Number(answer));
        else reject(problem instanceof Error ? problem : new Error("the call into the library failed"));
      });
    });
  return Object.assign(call, { later });
}

type BoundFunction = ((...values: readonly unknown[]) => unknown) & {
  readonly async: (...values: readonly unknown[]) => void;
};

function boundFunction(
  path: string,
  handle: Handle,
  [symbol, result, parameters, convention = "c"]: Prototype,
): BoundFunction {
  try {
    const types = parameters.map((kind) => argumentTypes[kind]);
    return handle.func(conventions[convention], symbol, resultTypes[result], types);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new KeyStoreError("library-not-loadable", `the library ${path} has no function ${symbol}`, {
      cause,
      facts: { library: path, loaderSaid: said },
    });
  }
}
