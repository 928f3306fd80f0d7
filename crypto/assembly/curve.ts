/**
 * The two curves, chosen when the module is built: `CURVE` is an alias that scripts/build-wasm.ts gives for one of these.
 *
 * Every number is nine limbs of 29 bits, the lowest first. R = 2²⁶¹ is the Montgomery radix.
 * sm2p256v1: GB/T 32918.5-2017; P-256: SEC 2 and FIPS 186-5.
 */
// @ts-ignore: decorators of AssemblyScript
@global const CURVE_SM2: i32 = 0;
// @ts-ignore: decorators of AssemblyScript
@global const CURVE_P256: i32 = 1;

/** Whether this module computes on sm2p256v1. */
export const IS_SM2: bool = CURVE == CURVE_SM2;

/** The field prime p. */
export const P: usize = IS_SM2
  ? memory.data<u32>([
        0x1fffffff, 0x1fffffff, 0x3f, 0x1ffffe00, 0x1fffffff, 0x1fffffff, 0x1fffffff, 0x1fdfffff, 0xffffff,
    ])
  : memory.data<u32>([
        0x1fffffff, 0x1fffffff, 0x1fffffff, 0x1ff, 0x0, 0x0, 0x40000, 0x1fe00000, 0xffffff,
    ]);
/** The group order n. */
export const N: usize = IS_SM2
  ? memory.data<u32>([
        0x19d54123, 0x1ddfa049, 0x11814ad4, 0x7bed643, 0x1ffff720, 0x1fffffff, 0x1fffffff, 0x1fdfffff, 0xffffff,
    ])
  : memory.data<u32>([
        0x1c632551, 0x1dce5617, 0x5e7a13c, 0xdf55b4e, 0x1ffffbce, 0x1fffffff, 0x3ffff, 0x1fe00000, 0xffffff,
    ]);
/** R mod p, which is 1 in Montgomery form. */
export const ONE: usize = IS_SM2
  ? memory.data<u32>([
        0x20, 0x0, 0x1ffff800, 0x3fff, 0x0, 0x0, 0x0, 0x4000000, 0x0,
    ])
  : memory.data<u32>([
        0x20, 0x0, 0x0, 0x1fffc000, 0x1fffffff, 0x1fffffff, 0x1f7fffff, 0x3ffffff, 0x0,
    ]);
/** R² mod p. */
export const R2: usize = IS_SM2
  ? memory.data<u32>([
        0xc00, 0x4000, 0x1fff0000, 0x17ffff, 0x400000, 0x2000000, 0x0, 0x1, 0x10,
    ])
  : memory.data<u32>([
        0xc00, 0x0, 0x1fff0000, 0x1fdfffff, 0x1fbfffff, 0x1fffffff, 0x1fffffff, 0x1ffffffe, 0x13,
    ]);
/** R³ mod p. */
export const R3: usize = IS_SM2
  ? memory.data<u32>([
        0xb0000, 0x480000, 0x1f000000, 0xeffffff, 0x0, 0x3, 0x14, 0x90, 0xd80,
    ])
  : memory.data<u32>([
        0x50000, 0x1ff40000, 0x1effffff, 0xdffffff, 0x7ffffff, 0x1fffffff, 0xb, 0x10, 0xc00,
    ]);
/** B·R mod p of the curve y² = x³ − 3x + b. */
export const B: usize = IS_SM2
  ? memory.data<u32>([
        0x181ba844, 0x1230632b, 0x9bd5b86, 0xde6c26d, 0x1878e39e, 0x1505ea51, 0x4293cc0, 0x368838b, 0x81fc31,
    ])
  : memory.data<u32>([
        0x1897bbfb, 0x1cdf6229, 0x18486c4, 0x1732821, 0x1dad59e0, 0xabf7212, 0x1a06d110, 0x17721d20, 0x8600c3,
    ]);
/** The generator, x and y in Montgomery form. */
export const G: usize = IS_SM2
  ? memory.data<u32>([
        0x30053d2, 0x128990f4, 0x16027e89, 0x7b9b29, 0x7867cf3, 0x199ac24c, 0x2eb50f6, 0x1dc704ec, 0x22cf4b,
        0x5a1bbac, 0x154e593c, 0x14afd309, 0x195e3b4c, 0x11f183eb, 0x1066e2a4, 0x1ec6a67d, 0x13875cd6, 0x79acba,
    ])
  : memory.data<u32>([
        0x15228783, 0x730d418, 0xdb00bcf, 0x57f11fb, 0xa20eb75, 0x12b77622, 0x330fdb9, 0x1af4dd57, 0x120bee,
        0x12aac150, 0x125357ce, 0xf22e6ef, 0xe390e86, 0x64b1695, 0x88dd21f, 0x2a97443, 0x2962176, 0xae3fe3,
    ]);
/** R² mod n. */
export const R2_N: usize = IS_SM2
  ? memory.data<u32>([
        0x159b7552, 0x15c38c55, 0xb5ce697, 0x1164d74c, 0x151153b6, 0x1875ffc1, 0x1620fc84, 0x559e9d, 0xd7904b,
    ])
  : memory.data<u32>([
        0x148d9ef5, 0xf4e7f75, 0x14c6a651, 0x3f8b765, 0x165861f1, 0x1256d7d8, 0x1c185b23, 0xd4cab0f, 0x84b655,
    ]);
/** R³ mod n. */
export const R3_N: usize = IS_SM2
  ? memory.data<u32>([
        0xfd189c5, 0xba2c355, 0x7873037, 0x442d379, 0x7b63dc2, 0x5c616bf, 0x189f7767, 0x186ea144, 0x924ece,
    ])
  : memory.data<u32>([
        0x1e021dd3, 0x1d50b165, 0x1cc6c8ae, 0x2fc7618, 0x19313170, 0x1ae97a4f, 0xa137248, 0x41be64d, 0x2a73da,
    ]);
/** 2²⁵⁶·R mod n. */
export const HIGH_N: usize = IS_SM2
  ? memory.data<u32>([
        0x14aa2097, 0x17f3ce9e, 0x893f401, 0x1cd634d1, 0x1a88367, 0x4c3affe, 0x1db107e4, 0xae8acf4, 0xd6bc82,
    ])
  : memory.data<u32>([
        0x1a981474, 0x1ea08c9f, 0x4a1a53d, 0x16e6cac5, 0x18b2bf85, 0x392b6be, 0xfe422d9, 0x154f6558, 0xdc25b2,
    ]);
/** 1 mod p, not in Montgomery form. */
export const PLAIN_ONE: usize = memory.data<u32>([1, 0, 0, 0, 0, 0, 0, 0, 0]);
/** −n⁻¹ mod 2²⁹, for the Montgomery reduction modulo n. For p it is 1 on both curves. */
export const N_DASH: i64 = IS_SM2 ? 0x12350975 : 0xe00bc4f;
/** n⁻¹ mod 2²⁹, for the inversion modulo n. For p it is 2²⁹ − 1 on both curves. */
export const N_INVERSE: i32 = IS_SM2 ? 0xdcaf68b : 0x11ff43b1;
