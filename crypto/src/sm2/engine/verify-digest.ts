import { bytesOfLatin1, latin1Of } from "../../bytes/index.ts";
import { currentEngine } from "./choose-engine.ts";
import type { EcCurve, EcEngine, EcPublicKey } from "./engine.ts";

/** Public keys remembered between signatures; beyond them the one used longest ago is forgotten. */
const keysKept = 256;
/** A table costs about as much as eight verifications without one save. */
const usesBeforeTable = 8;

interface KnownKey {
  readonly engine: EcEngine;
  key: EcPublicKey;
  uses: number;
}

// A Map remembers the order of insertion: the first is the one used longest ago. Nothing in it is secret.
const known = new Map<string, KnownKey>();

/**
 * Whether r ‖ s is a signature of e under the point x ‖ y, on the engine of this process. A point that is not on the curve
 * and bytes of another length are a wrong signature, not an error. Keys that come again and again get a table.
 */
export function verifyDigest(curve: EcCurve, xy64: Uint8Array, e32: Uint8Array, rs64: Uint8Array): boolean {
  return keyOf(curve, xy64)?.verify(e32, rs64) ?? false;
}

function keyOf(curve: EcCurve, xy64: Uint8Array): EcPublicKey | undefined {
  if (xy64.length !== 64) return undefined;
  const engine = currentEngine();
  // The bytes are read once: were they read again, somebody who shares the memory could have a key kept under another's name.
  const point = latin1Of(xy64);
  const name = curve + point;
  const found = known.get(name);
  const entry = found?.engine === engine ? found : freshKey(engine, curve, bytesOfLatin1(point));
  if (entry === undefined) return undefined;
  known.delete(name);
  known.set(name, entry);
  forgetOldest();
  entry.uses += 1;
  if (entry.uses >= usesBeforeTable && !entry.key.hasTable) {
    entry.key = engine.importPublicKey(curve, bytesOfLatin1(point), { table: true });
    entry.uses = 0;
  }
  return entry.key;
}

function freshKey(engine: EcEngine, curve: EcCurve, xy64: Uint8Array): KnownKey | undefined {
  try {
    return { engine, key: engine.importPublicKey(curve, xy64, { table: false }), uses: 0 };
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function forgetOldest(): void {
  if (known.size <= keysKept) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}
