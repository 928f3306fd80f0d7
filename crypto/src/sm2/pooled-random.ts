import { platform } from "../platform/index.ts";

/** One call to the machine's source serves 128 nonces; a call costs as much for 32 bytes as for some thousand. */
const poolBytes = 4096;

let pool = new Uint8Array();
let used = 0;

/**
 * Random bytes from the machine's source, fetched in bulk. What was given out is overwritten in the pool, and none is given
 * twice, unless a virtual machine is copied while it runs: then both copies hold one pool. That is good enough to hedge
 * nonces, which are made of key and digest besides, and for nothing else: keys come from the machine's source itself.
 */
export function pooledRandom(length: number): Uint8Array {
  if (length > poolBytes) return platform.randomBytes(length);
  if (pool.length - used < length) {
    pool = Uint8Array.from(platform.randomBytes(poolBytes));
    used = 0;
  }
  const given = pool.slice(used, used + length);
  pool.fill(0, used, used + length);
  used += length;
  return given;
}
