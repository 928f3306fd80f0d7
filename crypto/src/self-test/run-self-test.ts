import { bytesOfHex, equalBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { chooseEngine, useEngine } from "../sm2/engine/index.ts";
import type { ChosenEngine, EcEngine } from "../sm2/engine/index.ts";
import { currentSm4 } from "../sm4/index.ts";

/** SM3 does not give its published answer. */
export class SelfTestError extends Error {
  readonly code = "sm3-self-test";
  constructor() {
    super("SM3 does not give the published answer");
    this.name = "SelfTestError";
  }
}

// GB/T 32905-2016 annex A.1.
const knownText = utf8Of("abc");
const knownDigest = bytesOfHex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");

/**
 * Tests SM3, SM4 and the engines in order, and makes the first engine that is right the one of this process.
 *
 * @throws SelfTestError, Sm4Error or EngineError if there is nothing right to run on.
 */
export function runSelfTest(candidates: readonly EcEngine[]): ChosenEngine {
  if (!equalBytes(digest("SM3", knownText), knownDigest)) throw new SelfTestError();
  currentSm4();
  const chosen = chooseEngine(candidates);
  useEngine(chosen.engine);
  return chosen;
}
