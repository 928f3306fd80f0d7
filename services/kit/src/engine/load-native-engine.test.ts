import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chooseEngine, wasmEngine } from "@yinxin/crypto/sm2/engine";
import { describe, expect, it } from "vitest";

import { compileNative } from "../../../../crypto/native/compile.ts";
import { toolTest } from "../../../../scripts/testing/tools.ts";
import { loadNativeEngine, nativeEngineFile } from "./index.ts";

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-engine-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the native engine of a service", () => {
  it("is absent where nobody built it", () => {
    inFolder((folder) => {
      expect(loadNativeEngine(join(folder, "yinxin-ec.node"))).toBeUndefined();
    });
  });

  it("is absent where the file is no addon of this machine", () => {
    inFolder((folder) => {
      const file = join(folder, "yinxin-ec.node");
      writeFileSync(file, "for another processor");
      expect(loadNativeEngine(file)).toBeUndefined();
    });
  });

  it("is looked for beside its sources", () => {
    expect(nativeEngineFile()).toBe(
      join(import.meta.dirname, "../../../../crypto/native/build/yinxin-ec.node"),
    );
  });

  toolTest(["cc"], "computes the published answers and is chosen before WebAssembly", () => {
    inFolder((folder) => {
      const file = join(folder, "yinxin-ec.node");
      compileNative(file, { flags: ["-O1"] });
      const native = loadNativeEngine(file);
      const candidates = [...(native === undefined ? [] : [native]), wasmEngine()];
      expect(chooseEngine(candidates).engine.name).toBe("native");
    });
  });
});
