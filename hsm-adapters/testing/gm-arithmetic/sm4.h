/* SM4 (GB/T 32907-2016), for the device fixtures only: small, not fast. Of the standard's substitution box only its formula is kept. */
#ifndef YINXIN_FIXTURE_SM4_H
#define YINXIN_FIXTURE_SM4_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t sm4_rotate(uint32_t value, unsigned bits) { return (value << bits) | (value >> (32 - bits)); }

/* The product in GF(2^8) modulo x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1. */
static uint8_t sm4_multiply(uint8_t a, uint8_t b) {
  uint8_t product = 0;
  for (; b != 0; b >>= 1) {
    if (b & 1) product ^= a;
    a = (uint8_t)(a << 1) ^ (a & 0x80 ? 0xf5 : 0);
  }
  return product;
}

static uint8_t sm4_affine(uint8_t x) {
  uint8_t y = 0;
  for (unsigned row = 0; row < 8; row += 1) {
    uint8_t bits = x & (uint8_t)((0xa7 << row) | (0xa7 >> (8 - row)));
    y |= (uint8_t)((unsigned)__builtin_parity(bits) << row);
  }
  return y ^ 0xd3;
}

static const uint8_t *sm4_box(void) {
  static uint8_t box[256];
  static int is_ready = 0;
  if (!is_ready) {
    for (unsigned x = 0; x < 256; x += 1) {
      uint8_t a = sm4_affine((uint8_t)x), inverse = 0;
      for (unsigned candidate = 1; candidate < 256; candidate += 1)
        if (sm4_multiply(a, (uint8_t)candidate) == 1) inverse = (uint8_t)candidate;
      box[x] = sm4_affine(inverse);
    }
    is_ready = 1;
  }
  return box;
}

static uint32_t sm4_substitute(uint32_t word) {
  const uint8_t *box = sm4_box();
  return (uint32_t)box[word >> 24] << 24 | (uint32_t)box[word >> 16 & 255] << 16 | (uint32_t)box[word >> 8 & 255] << 8 |
         box[word & 255];
}

static uint32_t sm4_read(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void sm4_round_keys(uint32_t keys[32], const uint8_t key[16]) {
  static const uint32_t family[4] = {0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc};
  uint32_t k[36];
  for (int i = 0; i < 4; i += 1) k[i] = sm4_read(key + 4 * i) ^ family[i];
  for (unsigned i = 0; i < 32; i += 1) {
    uint32_t constant = 0;
    for (unsigned j = 0; j < 4; j += 1) constant = constant << 8 | ((4 * i + j) * 7 & 255);
    uint32_t t = sm4_substitute(k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ constant);
    k[i + 4] = k[i] ^ t ^ sm4_rotate(t, 13) ^ sm4_rotate(t, 23);
    keys[i] = k[i + 4];
  }
}

/* One block, in ECB; decrypts with the round keys backwards. */
static void sm4_block(const uint32_t keys[32], int is_decryption, uint8_t block[16]) {
  uint32_t x[36];
  for (int i = 0; i < 4; i += 1) x[i] = sm4_read(block + 4 * i);
  for (int i = 0; i < 32; i += 1) {
    uint32_t t = sm4_substitute(x[i + 1] ^ x[i + 2] ^ x[i + 3] ^ keys[is_decryption ? 31 - i : i]);
    x[i + 4] = x[i] ^ t ^ sm4_rotate(t, 2) ^ sm4_rotate(t, 10) ^ sm4_rotate(t, 18) ^ sm4_rotate(t, 24);
  }
  for (int i = 0; i < 16; i += 1) block[i] = (uint8_t)(x[35 - i / 4] >> (24 - 8 * (i % 4)));
}

#endif
