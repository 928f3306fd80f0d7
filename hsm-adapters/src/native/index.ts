/**
 * Calls into shared libraries by their C prototypes: the one place that loads koffi, an optional package.
 *
 * {@link loadKoffi} says whether it is there, {@link openLibrary} opens a library file, and a {@link NativeLibrary} declares its
 * functions. Everything that crosses the border is a number, a handle or bytes: structures are laid out by `device-profile`, because
 * vendors disagree on them. Only a driver host calls this; a library may crash its process.
 */
export { loadKoffi } from "./load-koffi.ts";
export type { ImportKoffi, Koffi } from "./load-koffi.ts";
export { openLibrary } from "./native-library.ts";
export type {
  CallingConvention,
  NativeArgument,
  NativeFunction,
  NativeLibrary,
  NativeResult,
  NativeValue,
} from "./native-library.ts";
