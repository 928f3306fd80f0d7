import { describe, expect, it } from "vitest";

import { bytesOfHex } from "../../bytes/index.ts";
import { currentEngine, verifyDigest } from "./index.ts";
import type { EcCurve } from "./index.ts";

const secret = (last: number): Uint8Array => bytesOfHex(last.toString(16).padStart(64, "0"));
const digest = new Uint8Array(32).fill(7);

function signedBy(curve: EcCurve, d: Uint8Array): Uint8Array {
  return currentEngine()
    .importPrivateKey(curve, d)
    .sign(digest, (length) => new Uint8Array(length).fill(1));
}

/** Bytes in memory that another thread writes to: they are `first` when they are read first, and then others. */
class TurningBytes extends Uint8Array<ArrayBuffer> {
  #reads = 0;
  readonly #others: Uint8Array;

  constructor(first: Uint8Array, others: Uint8Array) {
    super(Uint8Array.from(first).buffer);
    this.#others = others;
  }

  override subarray(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this);
  }

  override [Symbol.iterator](): ArrayIterator<number> {
    this.#reads += 1;
    return this.#reads === 1 ? Uint8Array.from(this.values()).values() : this.#others.values();
  }
}

describe.each(["sm2", "p256"] as const)("keys remembered on %s", (curve) => {
  const engine = currentEngine();

  it("verify before and after they get a table, beside the same numbers for the other curve", () => {
    const d = secret(11);
    const point = engine.publicPoint(curve, d);
    const signature = signedBy(curve, d);
    for (let uses = 0; uses < 20; uses += 1) {
      expect(verifyDigest(curve, point, digest, signature)).toBe(true);
      expect(verifyDigest(curve === "sm2" ? "p256" : "sm2", point, digest, signature)).toBe(false);
    }
  });

  it("are never kept under another's name, even if their bytes change while they are read", () => {
    const [victim, attacker] = [engine.publicPoint(curve, secret(12)), engine.publicPoint(curve, secret(13))];
    const forged = signedBy(curve, secret(13));
    for (let uses = 0; uses < 20; uses += 1) {
      verifyDigest(curve, new TurningBytes(victim, attacker), digest, forged);
      expect(verifyDigest(curve, victim, digest, forged)).toBe(false);
    }
    expect(verifyDigest(curve, victim, digest, signedBy(curve, secret(12)))).toBe(true);
  });

  it("may be no point, or too short: then nothing is signed by them", () => {
    const signature = signedBy(curve, secret(12));
    const point = engine.publicPoint(curve, secret(12));
    expect(
      verifyDigest(
        curve,
        point.map((byte, at) => byte ^ Number(at === 63)),
        digest,
        signature,
      ),
    ).toBe(false);
    expect(verifyDigest(curve, point.subarray(1), digest, signature)).toBe(false);
    expect(verifyDigest(curve, new Uint8Array(64), digest, signature)).toBe(false);
  });
});
