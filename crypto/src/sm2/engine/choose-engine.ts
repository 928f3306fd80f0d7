import { EngineError } from "./engine.ts";
import type { EcEngine } from "./engine.ts";
import { wrongAnswer } from "./known-answers.ts";
import { wasmEngine } from "./wasm-engine.ts";

export interface ChosenEngine {
  readonly engine: EcEngine;
  /** The candidates before it, and what each computed wrongly. */
  readonly refused: readonly { readonly name: EcEngine["name"]; readonly why: string }[];
}

/**
 * The first candidate that computes the published answers.
 *
 * @throws EngineError if none does: nothing may be signed or believed on such a machine.
 */
export function chooseEngine(candidates: readonly EcEngine[]): ChosenEngine {
  const refused: { name: EcEngine["name"]; why: string }[] = [];
  for (const engine of candidates) {
    const why = wrongAnswer(engine);
    if (why === undefined) return { engine, refused };
    refused.push({ name: engine.name, why });
  }
  const reasons = refused.map(({ name, why }) => `${name}: ${why}`).join("; ");
  throw new EngineError(`no elliptic-curve engine computes the published answers (${reasons})`);
}

// One process computes with one engine; it is chosen before anything is signed and then left alone.
let current: EcEngine | undefined;

/**
 * The engine of this process: what {@link useEngine} set, else the one in WebAssembly, after its known answers.
 *
 * @throws EngineError if it computes them wrongly or cannot run here.
 */
export function currentEngine(): EcEngine {
  current ??= chooseEngine([wasmEngine()]).engine;
  return current;
}

/** Sets the engine of this process; it should come from {@link chooseEngine}. Keys imported before stay where they are. */
export function useEngine(engine: EcEngine): void {
  current = engine;
}
