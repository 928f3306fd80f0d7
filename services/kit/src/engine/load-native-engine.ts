import { createRequire } from "node:module";
import { join } from "node:path";

import { nativeEngine } from "@yinxin/crypto/sm2/engine";
import type { EcEngine, NativeAddon } from "@yinxin/crypto/sm2/engine";

/** Where `npm run build:native` puts the addon. */
export const nativeEngineFile = join(import.meta.dirname, "../../../../crypto/native/build/yinxin-ec.node");

/**
 * The native engine in this file, untested: give it to `chooseEngine` before the others. Undefined if there is no such file
 * or this Node cannot load it (another processor, another system library): then the service runs without.
 *
 * @param file an absolute path. It is code: only a file of this installation may be named.
 */
export function loadNativeEngine(file: string = nativeEngineFile): EcEngine | undefined {
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
