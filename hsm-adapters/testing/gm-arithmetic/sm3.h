/* SM3 (GB/T 32905-2016), for the device fixtures only: small, not fast. */
#ifndef YINXIN_FIXTURE_SM3_H
#define YINXIN_FIXTURE_SM3_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sm3 {
  uint32_t state[8];
  uint8_t block[64];
  uint64_t size;
};

static inline uint32_t sm3_rotate(uint32_t value, unsigned bits) {
  bits %= 32;
  return bits == 0 ? value : (value << bits) | (value >> (32 - bits));
}

static void sm3_compress(uint32_t state[8], const uint8_t block[64]) {
  uint32_t w[68], v[8];
  for (int i = 0; i < 16; i += 1)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
           block[4 * i + 3];
  for (int i = 16; i < 68; i += 1) {
    uint32_t x = w[i - 16] ^ w[i - 9] ^ sm3_rotate(w[i - 3], 15);
    w[i] = x ^ sm3_rotate(x, 15) ^ sm3_rotate(x, 23) ^ sm3_rotate(w[i - 13], 7) ^ w[i - 6];
  }
  memcpy(v, state, sizeof v);
  for (unsigned i = 0; i < 64; i += 1) {
    uint32_t constant = i < 16 ? 0x79cc4519 : 0x7a879d8a;
    uint32_t ss1 = sm3_rotate(sm3_rotate(v[0], 12) + v[4] + sm3_rotate(constant, i), 7);
    uint32_t ss2 = ss1 ^ sm3_rotate(v[0], 12);
    uint32_t ff = i < 16 ? v[0] ^ v[1] ^ v[2] : (v[0] & v[1]) | (v[0] & v[2]) | (v[1] & v[2]);
    uint32_t gg = i < 16 ? v[4] ^ v[5] ^ v[6] : (v[4] & v[5]) | (~v[4] & v[6]);
    uint32_t tt1 = ff + v[3] + ss2 + (w[i] ^ w[i + 4]);
    uint32_t tt2 = gg + v[7] + ss1 + w[i];
    v[3] = v[2];
    v[2] = sm3_rotate(v[1], 9);
    v[1] = v[0];
    v[0] = tt1;
    v[7] = v[6];
    v[6] = sm3_rotate(v[5], 19);
    v[5] = v[4];
    v[4] = tt2 ^ sm3_rotate(tt2, 9) ^ sm3_rotate(tt2, 17);
  }
  for (int i = 0; i < 8; i += 1) state[i] ^= v[i];
}

static void sm3_begin(struct sm3 *hash) {
  static const uint32_t initial[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                      0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};
  memcpy(hash->state, initial, sizeof initial);
  hash->size = 0;
}

static void sm3_add(struct sm3 *hash, const void *bytes, size_t size) {
  const uint8_t *from = bytes;
  for (size_t i = 0; i < size; i += 1) {
    hash->block[hash->size % 64] = from[i];
    hash->size += 1;
    if (hash->size % 64 == 0) sm3_compress(hash->state, hash->block);
  }
}

static void sm3_end(struct sm3 *hash, uint8_t digest[32]) {
  uint64_t bits = hash->size * 8;
  uint8_t length[8];
  for (int i = 0; i < 8; i += 1) length[i] = (uint8_t)(bits >> (56 - 8 * i));
  sm3_add(hash, "\x80", 1);
  while (hash->size % 64 != 56) sm3_add(hash, "", 1);
  sm3_add(hash, length, sizeof length);
  for (int i = 0; i < 32; i += 1) digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

#endif
