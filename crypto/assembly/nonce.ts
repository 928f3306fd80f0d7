/**
 * Hedged nonces: k = HMAC-SHA-512(d, e ‖ random ‖ counter) modulo n (RFC 2104 §2; the idea of RFC 6979 §3.6).
 *
 * A source of randomness that repeats itself, or that an attacker knows, still gives a nonce nobody else can compute, and
 * never the same one for two digests. 512 bits are reduced, so that k is uniform but for 2⁻²⁵⁶.
 */
import { zeroMask } from "./field";
import { WORK } from "./memory";
import { addN, readModuloN, readWideModuloN } from "./scalar";

import { BLOCK_BYTES, compress, startState, STATE_BYTES, writeDigest } from "./sha512";

// @ts-ignore: decorators of AssemblyScript
@global const NONCE_HEDGED: i32 = 0;
/** k = random + counter: only in the module that a test builds to reach the nonces which the standards reject. */
// @ts-ignore: decorators of AssemblyScript
@global const NONCE_GIVEN: i32 = 1;

/** The two half-done HMAC states of a key: after the inner pad and after the outer. */
export const NONCE_KEY_BYTES: usize = 2 * STATE_BYTES;

const block: usize = WORK + 1088;
const state: usize = WORK + 1216;
const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/** Prepares HMAC for the key d of 32 bytes. */
export function prepareNonceKey(nonceKey: usize, d: usize): void {
  pad(d, INNER_PAD);
  startState(nonceKey);
  compress(nonceKey, block);
  pad(d, OUTER_PAD);
  startState(nonceKey + STATE_BYTES);
  compress(nonceKey + STATE_BYTES, block);
}

function pad(d: usize, value: u8): void {
  memory.fill(block, value, BLOCK_BYTES);
  for (let i: usize = 0; i < 32; i++) store<u8>(block + i, load<u8>(d + i) ^ value);
}

/** Writes the nonce to k; `input` is e ‖ random, 64 bytes. Counts on from `counter` past a nonce of 0. */
export function deriveNonce(k: usize, nonceKey: usize, input: usize, counter: u32): u32 {
  if (NONCE == NONCE_GIVEN) {
    memory.fill(block, 0, 64);
    store<u8>(block, <u8>counter, 31);
    readModuloN(k, block);
    memory.copy(block, input + 32, 32);
    readModuloN(state, block);
    addN(k, k, state);
    return counter;
  }
  let tries = counter;
  do {
    memory.fill(block, 0, BLOCK_BYTES);
    memory.copy(block, input, 64);
    store<u8>(block, <u8>tries, 64);
    store<u8>(block, 0x80, 65);
    finish(nonceKey, 65);
    memory.fill(block, 0, BLOCK_BYTES);
    writeDigest(block, state);
    store<u8>(block, 0x80, 64);
    finish(nonceKey + STATE_BYTES, 64);
    writeDigest(block, state);
    readWideModuloN(k, block);
    tries += 1;
  } while (zeroMask(k) != 0);
  return tries;
}

/** Takes the last block, `length` bytes of it used, into the half-done state; its digest is that of the whole. */
function finish(halfDone: usize, length: u64): void {
  store<u64>(block, bswap<u64>((<u64>BLOCK_BYTES + length) << 3), 120);
  memory.copy(state, halfDone, STATE_BYTES);
  compress(state, block);
}
