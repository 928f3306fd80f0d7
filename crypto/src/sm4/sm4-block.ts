import { bytesOfHex } from "../bytes/index.ts";

/** The substitution of GB/T 32907-2016 §6.2. */
const substitution = bytesOfHex(
  "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699" +
    "9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6" +
    "4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35" +
    "1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e" +
    "eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3" +
    "1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51" +
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0" +
    "8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948",
);
const familyKey = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc] as const;
const rounds = 32;

/**
 * SM4 on one block, in plain code for machines whose node:crypto lacks it.
 *
 * Every look-up reads the whole substitution, so that no address depends on key or text; that costs some ten microseconds a
 * block, and is why it is only the fallback.
 */
export function createSm4Block(key: Uint8Array): {
  readonly encrypt: (block: Uint8Array) => Uint8Array;
  readonly decrypt: (block: Uint8Array) => Uint8Array;
} {
  const roundKeys = expandKey(key);
  const reversed = roundKeys.toReversed();
  return {
    encrypt: (block) => cryptBlock(roundKeys, block),
    decrypt: (block) => cryptBlock(reversed, block),
  };
}

/** GB/T 32907-2016 §7.3. */
function expandKey(key: Uint8Array): number[] {
  const k = wordsOf(key).map((word, index) => word ^ (familyKey[index] ?? 0));
  return Array.from({ length: rounds }, (_, round) => {
    const [a = 0, b = 0, c = 0, d = 0] = k;
    const mixed = substituted(b ^ c ^ d ^ roundConstant(round));
    const next = a ^ mixed ^ rotated(mixed, 13) ^ rotated(mixed, 23);
    k.shift();
    k.push(next);
    return next;
  });
}

/** Its four bytes are (4·round + j)·7 modulo 256. */
function roundConstant(round: number): number {
  return [0, 1, 2, 3].reduce((word, j) => (word << 8) | (((4 * round + j) * 7) & 0xff), 0);
}

/** GB/T 32907-2016 §7.1; decryption is the same with the round keys in reverse. */
function cryptBlock(roundKeys: readonly number[], block: Uint8Array): Uint8Array {
  let [a = 0, b = 0, c = 0, d = 0] = wordsOf(block);
  for (const roundKey of roundKeys) {
    const mixed = substituted(b ^ c ^ d ^ roundKey);
    const next = a ^ mixed ^ rotated(mixed, 2) ^ rotated(mixed, 10) ^ rotated(mixed, 18) ^ rotated(mixed, 24);
    [a, b, c, d] = [b, c, d, next];
  }
  const result = new Uint8Array(16);
  const view = new DataView(result.buffer);
  [d, c, b, a].forEach((word, index) => {
    view.setInt32(index * 4, word);
  });
  return result;
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [0, 4, 8, 12].map((at) => view.getInt32(at));
}

function rotated(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}

function substituted(word: number): number {
  let result = 0;
  for (let shift = 0; shift < 32; shift += 8) result |= lookUp((word >>> shift) & 0xff) << shift;
  return result;
}

function lookUp(wanted: number): number {
  let found = 0;
  for (const [index, value] of substitution.entries()) {
    const difference = index ^ wanted;
    // All ones where the difference is 0.
    found |= value & ~((difference | -difference) >> 31);
  }
  return found;
}
