import {
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  createHash,
  randomBytes,
} from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

import { afterAll, describe, expect, it } from "vitest";

import { toolTest } from "../../scripts/testing/tools.ts";
import { bytesOfHex, hexOf } from "../src/bytes/index.ts";
import { nativeEngine, nativeVariants, wasmEngine, wrongAnswer } from "../src/sm2/engine/index.ts";
import type { EcCurve, EcEngine, NativeAddon } from "../src/sm2/engine/index.ts";
import { compileNative } from "./compile.ts";

const curves: readonly EcCurve[] = ["sm2", "p256"];
const orders: Readonly<Record<EcCurve, bigint>> = {
  sm2: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

const folder = mkdtempSync(join(tmpdir(), "yinxin-addon-"));
const file = join(folder, "yinxin-ec.node");
let addon: NativeAddon | undefined;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The engines under test, one for each build that this processor runs; compiled once, as a release is. */
function nativeEngines(): EcEngine[] {
  if (addon === undefined) {
    compileNative(file, { compiler: "gcc" });
    addon = createRequire(import.meta.url)(file) as NativeAddon;
  }
  const loaded = addon;
  return nativeVariants(loaded).map((variant) => nativeEngine(loaded, variant));
}

/** Runs the body for every build and curve. */
function eachCurve(body: (native: EcEngine, curve: EcCurve) => void): void {
  for (const native of nativeEngines()) for (const curve of curves) body(native, curve);
}

const wasm = wasmEngine();
const random32 = (): Uint8Array => new Uint8Array(randomBytes(32));
const bytesOf = (value: bigint): Uint8Array => bytesOfHex(value.toString(16).padStart(64, "0"));
const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

/** A source that gives the same bytes again to whoever starts it with the same seed. */
function repeatable(seed: Uint8Array): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    count += 1;
    return new Uint8Array(createHash("sha256").update(seed).update(String(count)).digest()).subarray(
      0,
      length,
    );
  };
}

function publicKeyOf(xy: Uint8Array): ReturnType<typeof createPublicKey> {
  const part = (at: number): string => Buffer.from(xy.subarray(at, at + 32)).toString("base64url");
  return createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x: part(0), y: part(32) } });
}

describe("the native engine", () => {
  toolTest(["gcc"], "computes the published answers in every build", () => {
    expect(nativeEngines().map((native) => wrongAnswer(native))).toEqual(
      nativeEngines().map(() => undefined),
    );
  });

  toolTest(
    ["gcc"],
    "signs byte for byte what WebAssembly signs from the same randomness, alone and in batches",
    () => {
      eachCurve((native, curve) => {
        const [d, seed] = [random32(), random32()];
        const digests = Array.from({ length: 130 }, random32);
        const [ours, theirs] = [native, wasm].map((engine) => engine.importPrivateKey(curve, d));
        const batch = ours?.signBatch(digests, repeatable(seed));
        expect(batch?.map(hexOf)).toEqual(theirs?.signBatch(digests, repeatable(seed)).map(hexOf));
        const again = repeatable(seed);
        expect(digests.map((e) => ours?.sign(e, again))).toEqual(batch);
      });
    },
  );

  toolTest(["gcc"], "judges genuine, changed and forged signatures as WebAssembly does", () => {
    eachCurve((native, curve) => {
      const d = random32();
      const e = random32();
      const xy = native.publicPoint(curve, d);
      const rs = native.importPrivateKey(curve, d).sign(e, random32);
      const [r, s] = [rs.subarray(0, 32), rs.subarray(32)];
      const edges = [0n, 1n, orders[curve] - 1n, orders[curve], (1n << 256n) - 1n].map(bytesOf);
      const forged = [
        ...Array.from({ length: 64 }, (_, byte) => flipped(rs, byte * 8 + (byte % 8))),
        ...edges.flatMap((edge) => [Uint8Array.of(...edge, ...s), Uint8Array.of(...r, ...edge)]),
        Uint8Array.of(...s, ...r),
        new Uint8Array(63),
        new Uint8Array(65),
        new Uint8Array(),
      ];
      for (const table of [false, true]) {
        const key = native.importPublicKey(curve, xy, { table });
        const other = wasm.importPublicKey(curve, xy, { table });
        expect(key.hasTable).toBe(table);
        expect([key.verify(e, rs), other.verify(e, rs)]).toEqual([true, true]);
        expect([key.verify(flipped(e, 9), rs), key.verify(e.subarray(1), rs)]).toEqual([false, false]);
        expect(forged.map((value) => key.verify(e, value))).toEqual(forged.map(() => false));
        expect(forged.map((value) => other.verify(e, value))).toEqual(forged.map(() => false));
      }
    });
  });

  toolTest(["gcc"], "multiplies as WebAssembly does", () => {
    eachCurve((native, curve) => {
      const n = orders[curve];
      const xy = native.publicPoint(curve, random32());
      const scalars = [0n, 1n, 2n, 3n, n - 6n, n - 1n, n, n + 1n, (1n << 256n) - 1n].map(bytesOf);
      for (const scalar of [...scalars, random32(), random32()]) {
        expect(native.multiply(curve, xy, scalar)).toEqual(wasm.multiply(curve, xy, scalar));
      }
    });
  });

  toolTest(["gcc"], "signs on P-256 what node:crypto verifies, and verifies what node:crypto signs", () => {
    const message = randomBytes(100);
    const e = new Uint8Array(createHash("sha256").update(message).digest());
    for (const native of nativeEngines()) {
      const d = random32();
      const xy = native.publicPoint("p256", d);
      const key = publicKeyOf(xy);
      const signature = native.importPrivateKey("p256", d).sign(e, random32);
      const format = { key, dsaEncoding: "ieee-p1363" } as const;
      expect(createVerify("sha256").update(message).verify(format, signature)).toBe(true);

      const jwk = { ...key.export({ format: "jwk" }), d: Buffer.from(d).toString("base64url") };
      const theirs = createSign("sha256")
        .update(message)
        .sign({ key: createPrivateKey({ format: "jwk", key: jwk }), dsaEncoding: "ieee-p1363" });
      const verifier = native.importPublicKey("p256", xy, { table: true });
      expect(verifier.verify(e, new Uint8Array(theirs))).toBe(true);
    }
  });

  toolTest(["gcc"], "refuses keys out of range, points off the curve, and a destroyed key", () => {
    eachCurve((native, curve) => {
      const n = orders[curve];
      const refused = [0n, n, (1n << 256n) - 1n, ...(curve === "sm2" ? [n - 1n] : [])].map(bytesOf);
      for (const d of [...refused, new Uint8Array(31)]) {
        expect(() => native.importPrivateKey(curve, d)).toThrow(RangeError);
      }
      expect(() => native.publicPoint(curve, bytesOf(n))).toThrow(RangeError);
      const off = flipped(native.publicPoint(curve, random32()), 511);
      for (const xy of [off, new Uint8Array(64), new Uint8Array(64).fill(255), new Uint8Array(65)]) {
        expect(() => native.importPublicKey(curve, xy, { table: true })).toThrow(RangeError);
        expect(() => native.multiply(curve, xy, bytesOf(1n))).toThrow(RangeError);
      }
      const key = native.importPrivateKey(curve, random32());
      key.destroy();
      key.destroy();
      expect(() => key.sign(random32(), random32)).toThrow(RangeError);
      expect(() => key.signBatch([random32()], random32)).toThrow(RangeError);
    });
  });

  toolTest(
    ["gcc"],
    "refuses by itself a key of the other kind, a destroyed one, and numbers out of range",
    () => {
      nativeEngines();
      if (addon === undefined) throw new Error("the addon is not loaded");
      const raw = addon;
      new Uint8Array(raw.memory).set(bytesOf(5n));
      const key = raw.importPrivateKey(0) ?? {};
      expect(() => raw.verify(key)).toThrow(TypeError);
      expect(() => {
        raw.sign(key, 97);
      }).toThrow(TypeError);
      expect(() => raw.publicPoint(4)).toThrow(TypeError);
      raw.destroyPrivateKey(key);
      expect(() => {
        raw.sign(key, 1);
      }).toThrow(TypeError);
      expect(() => raw.verify({})).toThrow(TypeError);
    },
  );

  toolTest(
    ["gcc"],
    "works in several threads of one process, and in none whose memory was taken away",
    async () => {
      nativeEngines();
      const script = `
      const { parentPort, workerData } = require("node:worker_threads");
      const addon = require(workerData.file);
      new Uint8Array(addon.memory).set(workerData.d);
      const found = addon.publicPoint(0);
      const point = found && new Uint8Array(addon.memory).slice(0, 64);
      structuredClone(addon.memory, { transfer: [addon.memory] });
      let refusal;
      try { addon.publicPoint(0); } catch (error) { refusal = error.message; }
      parentPort.postMessage({ point, refusal });`;
      const d = random32();
      const worker = new Worker(script, { eval: true, workerData: { file, d } });
      // Both at once: it may have ended before what follows its message runs.
      const [[{ point, refusal }]] = (await Promise.all([once(worker, "message"), once(worker, "exit")])) as [
        [{ point: Uint8Array; refusal: string }],
        unknown,
      ];
      expect(hexOf(point)).toBe(hexOf(wasm.publicPoint("sm2", d)));
      expect(refusal).toBe("the memory was taken away");
    },
  );
});

describe("the compiler of the native engine", () => {
  it("says what it says when it fails", () => {
    expect(() => {
      compileNative(join(folder, "none.node"), { compiler: join(folder, "no-compiler") });
    }).toThrow(/no-compiler/);
  });
});
