import { runSelfTest } from "@yinxin/crypto/self-test";
import { wasmEngine } from "@yinxin/crypto/sm2/engine";
import type { ChosenEngine } from "@yinxin/crypto/sm2/engine";
import { nodeEngine } from "@yinxin/crypto/sm2/node";

import { loadNativeEngine } from "./load-native-engine.ts";

/**
 * Runs the self-test and sets the engine of this process: the native one where it was built, else WebAssembly, else
 * node:crypto. Call it before anything signs or verifies.
 *
 * @throws SelfTestError, Sm4Error or EngineError if the published answers do not come out; the service must not start.
 */
export function startEngine(): ChosenEngine {
  const native = loadNativeEngine();
  return runSelfTest([...(native === undefined ? [] : [native]), wasmEngine(), nodeEngine]);
}
