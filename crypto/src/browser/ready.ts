import { chooseEngine, loadWasmEngine, useEngine } from "../sm2/engine/index.ts";
import type { EcEngine, WasmVariant } from "../sm2/engine/index.ts";

export interface ReadyOptions {
  /** Which build of the engine to load; the fastest that the browser runs, unless said otherwise. */
  readonly wasm?: WasmVariant;
}

/** What computes from now on. */
export type BrowserEngine = Pick<EcEngine, "name" | "variant">;

/**
 * Compiles the elliptic-curve engine without blocking the page, holds it against the published answers and makes it the
 * engine of the page.
 *
 * @throws EngineError if it computes them wrongly: then nothing may be believed here. Rejects with what the browser says if
 *   it has no WebAssembly, or none with SIMD and `wasm` asks for it.
 */
export async function ready({ wasm }: ReadyOptions = {}): Promise<BrowserEngine> {
  const { engine } = chooseEngine([await loadWasmEngine(wasm)]);
  useEngine(engine);
  return { name: engine.name, variant: engine.variant };
}
