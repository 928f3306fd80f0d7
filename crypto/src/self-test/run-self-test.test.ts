import { afterAll, describe, expect, it } from "vitest";

import { currentEngine, EngineError, useEngine, wasmEngine } from "../sm2/engine/index.ts";
import type { EcEngine } from "../sm2/engine/index.ts";
import { nodeEngine } from "../sm2/node/index.ts";
import { runSelfTest } from "./index.ts";

const good = wasmEngine();

afterAll(() => {
  useEngine(good);
});

/** Engines that are wrong in one way each, over one that is right. */
const broken: Record<string, EcEngine> = {
  "computes another public key": {
    ...good,
    publicPoint: (curve, d) => good.publicPoint(curve, d).fill(7, 63),
  },
  "multiplies wrongly": { ...good, multiply: () => new Uint8Array(64) },
  "finds every signature right": {
    ...good,
    importPublicKey: () => ({ hasTable: false, verify: () => true }),
  },
  "finds every signature wrong": {
    ...good,
    importPublicKey: () => ({ hasTable: false, verify: () => false }),
  },
  "signs something else": {
    ...good,
    importPrivateKey: (curve, d) => ({
      ...good.importPrivateKey(curve, d),
      signBatch: (digests) => digests.map(() => new Uint8Array(64).fill(1)),
    }),
  },
  "uses one nonce for all": {
    ...good,
    importPrivateKey: (curve, d) => {
      const key = good.importPrivateKey(curve, d);
      return {
        ...key,
        signBatch: ([first = new Uint8Array(32)], random) => [
          key.sign(first, random),
          key.sign(first, random),
        ],
      };
    },
  },
  throws: {
    ...good,
    publicPoint: () => {
      throw new WebAssembly.RuntimeError("unreachable");
    },
  },
  "has no curve": { ...good, curves: [] },
};

describe("the self-test", () => {
  it.each(Object.entries(broken))("passes over an engine that %s", (_what, engine) => {
    const chosen = runSelfTest([engine, nodeEngine]);
    expect(chosen.engine).toBe(nodeEngine);
    expect(chosen.refused).toMatchObject([{ name: "wasm" }]);
    expect(currentEngine()).toBe(nodeEngine);
  });

  it("refuses to go on if no engine is right", () => {
    expect(() => runSelfTest(Object.values(broken))).toThrow(EngineError);
    expect(() => runSelfTest([])).toThrow(EngineError);
  });

  it("takes the first engine that is right", () => {
    expect(runSelfTest([good, nodeEngine])).toEqual({ engine: good, refused: [] });
    expect(currentEngine()).toBe(good);
  });
});
