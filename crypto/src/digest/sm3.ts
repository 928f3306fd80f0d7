/** SM3 (GB/T 32905-2016) in plain code, for platforms without it. {@link createSm3} is fed in pieces. */
export interface Sm3 {
  update(part: Uint8Array): Sm3;
  /** The 32 octets; afterwards the object is used up. */
  digest(): Uint8Array;
}

const blockOctets = 64;

/** IV, GB/T 32905-2016 §4.1. */
const initialState = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
] as const;

/** T_j <<< (j mod 32), GB/T 32905-2016 §4.2. */
const roundConstants = Int32Array.from({ length: 64 }, (_, round) =>
  rotate(round < 16 ? 0x79cc4519 : 0x7a879d8a, round % 32),
);

/** A digest that takes its input in pieces. */
export function createSm3(): Sm3 {
  const state = Int32Array.from(initialState);
  const words = new Int32Array(68);
  const block = new Uint8Array(blockOctets);
  let filled = 0;
  let octets = 0;
  const take = (part: Uint8Array): void => {
    let at = 0;
    while (at < part.length) {
      const count = Math.min(blockOctets - filled, part.length - at);
      block.set(part.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === blockOctets) {
        compress(state, words, block);
        filled = 0;
      }
    }
  };
  const sm3: Sm3 = {
    update: (part) => {
      octets += part.length;
      take(part);
      return sm3;
    },
    digest: () => {
      take(sm3Padding(octets));
      return octetsOf(state);
    },
  };
  return sm3;
}

/** A one bit, zeros, and the number of bits in 64, after so many octets (GB/T 32905-2016 §5.2). */
export function sm3Padding(octets: number): Uint8Array {
  const zeros = (blockOctets * 2 - 9 - (octets % blockOctets)) % blockOctets;
  const padding = new Uint8Array(1 + zeros + 8);
  padding[0] = 0x80;
  const view = new DataView(padding.buffer);
  // A length in octets has at most 53 bits, so that the upper half holds what is above 32 after times eight.
  view.setUint32(1 + zeros, Math.floor(octets / 0x2000_0000));
  view.setUint32(5 + zeros, (octets * 8) % 0x1_0000_0000);
  return padding;
}

function octetsOf(state: Int32Array): Uint8Array {
  const octets = new Uint8Array(32);
  const view = new DataView(octets.buffer);
  for (const [index, word] of state.entries()) view.setInt32(index * 4, word);
  return octets;
}

/** CF, GB/T 32905-2016 §5.3. */
function compress(state: Int32Array, words: Int32Array, block: Uint8Array): void {
  expand(words, block);
  let a = wordAt(state, 0);
  let b = wordAt(state, 1);
  let c = wordAt(state, 2);
  let d = wordAt(state, 3);
  let e = wordAt(state, 4);
  let f = wordAt(state, 5);
  let g = wordAt(state, 6);
  let h = wordAt(state, 7);
  for (let round = 0; round < 64; round += 1) {
    const a12 = rotate(a, 12);
    const ss1 = rotate((a12 + e + wordAt(roundConstants, round)) | 0, 7);
    const word = wordAt(words, round);
    const ff = round < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = round < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ a12) + (word ^ wordAt(words, round + 4))) | 0;
    const tt2 = (gg + h + ss1 + word) | 0;
    d = c;
    c = rotate(b, 9);
    b = a;
    a = tt1;
    h = g;
    g = rotate(f, 19);
    f = e;
    e = permute0(tt2);
  }
  addInto(state, 0, a, b, c, d);
  addInto(state, 4, e, f, g, h);
}

function addInto(state: Int32Array, at: number, a: number, b: number, c: number, d: number): void {
  state[at] = (state[at] ?? 0) ^ a;
  state[at + 1] = (state[at + 1] ?? 0) ^ b;
  state[at + 2] = (state[at + 2] ?? 0) ^ c;
  state[at + 3] = (state[at + 3] ?? 0) ^ d;
}

/** The 68 words of message expansion, GB/T 32905-2016 §5.3.2. */
function expand(words: Int32Array, block: Uint8Array): void {
  const view = new DataView(block.buffer, block.byteOffset, blockOctets);
  for (let at = 0; at < 16; at += 1) words[at] = view.getInt32(at * 4);
  for (let at = 16; at < 68; at += 1) {
    const mixed = (words[at - 16] ?? 0) ^ (words[at - 9] ?? 0) ^ rotate(words[at - 3] ?? 0, 15);
    words[at] = permute1(mixed) ^ rotate(words[at - 13] ?? 0, 7) ^ (words[at - 6] ?? 0);
  }
}

/** P0, GB/T 32905-2016 §4.4. */
function permute0(word: number): number {
  return word ^ rotate(word, 9) ^ rotate(word, 17);
}

/** P1, GB/T 32905-2016 §4.4. */
function permute1(word: number): number {
  return word ^ rotate(word, 15) ^ rotate(word, 23);
}

function wordAt(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
