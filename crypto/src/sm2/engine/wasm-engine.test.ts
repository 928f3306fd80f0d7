import { describe, expect, it } from "vitest";

import { describeEngine } from "../../../testing/engine-contract.ts";
import { loadWasmEngine, wasmEngine } from "./index.ts";

describeEngine(wasmEngine("simd"), { nonces: "ours" });
describeEngine(wasmEngine("portable"), { nonces: "ours" });

describe("the engine in WebAssembly", () => {
  it("can be compiled without blocking, for browsers", async () => {
    const engine = await loadWasmEngine();
    expect(engine.variant).toBe("simd");
    const key = engine.importPrivateKey("sm2", new Uint8Array(32).fill(1));
    const point = engine.publicPoint("sm2", new Uint8Array(32).fill(1));
    const e = new Uint8Array(32).fill(2);
    const rs = key.sign(e, (length) => new Uint8Array(length));
    expect(engine.importPublicKey("sm2", point, { table: false }).verify(e, rs)).toBe(true);
  });
});
