import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { nativeEngine } from "@yinxin/crypto/sm2/engine";
import type { EcEngine, NativeAddon } from "@yinxin/crypto/sm2/engine";

/**
 * Where `npm run build:native` puts the addon: in the installed package of the core. It is found as every package is,
 * because this module also runs as part of a bundle in another folder.
 */
export function nativeEngineFile(): string {
  // Beside `src` and `dist`, which have the same folders.
  const engine = import.meta.resolve("@yinxin/crypto/sm2/engine");
  return fileURLToPath(new URL("../../../native/build/yinxin-ec.node", engine));
}

/**
 * The native engine in this file, untested: give it to `chooseEngine` before the others. Undefined if there is no such file
 * or this Node cannot load it (another processor, another system library): then the service runs without.
 *
 * @param file an absolute path. It is code: only a file of this installation may be named.
 */
export function loadNativeEngine(file: string = nativeEngineFile()): EcEngine | undefined {
  const addon = openAddon(file);
  return addon === undefined ? undefined : nativeEngine(addon);
}

function openAddon(file: string): NativeAddon | undefined {
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (cause) {
    if (isNotLoadable(cause)) return undefined;
    throw cause;
  }
}

function isNotLoadable(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "MODULE_NOT_FOUND" || code === "ERR_DLOPEN_FAILED";
}
