/* SM2 for the device fixtures: the curve is the one of the native engine, what stands on top of it is here. */
#ifndef YINXIN_FIXTURE_SM2_H
#define YINXIN_FIXTURE_SM2_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "curve.h"
#include "sm3.h"

static const char sm2_default_id[] = "1234567812345678";

static const struct curve *sm2_curve(void) {
#ifdef HAVE_FAST
  return processor_is_fast() ? &sm2_fast : &sm2_portable;
#else
  return &sm2_portable;
#endif
}

/* Once, before anything else. */
static void sm2_prepare(void) { sm2_curve()->prepare(); }

static void fill_random(void *bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t got = getrandom((uint8_t *)bytes + done, size - done, 0);
    if (got < 0) abort();
    done += (size_t)got;
  }
}

static void sm2_generate(uint8_t d[32], uint8_t xy[64]) {
  struct private_key key;
  do fill_random(d, 32);
  while (!sm2_curve()->read_private(&key, d));
  sm2_curve()->public_point(xy, d);
}

static int sm2_is_point(const uint8_t xy[64]) {
  struct public_key key;
  return sm2_curve()->read_public(&key, xy, 0) == 1;
}

static void sm2_sign(const struct private_key *key, const uint8_t e[32], uint8_t rs[64]) {
  memcpy(rs, e, 32);
  fill_random(rs + 32, 32);
  sm2_curve()->sign(key, rs, 1);
}

static int sm2_verify(const uint8_t xy[64], const uint8_t e[32], const uint8_t rs[64]) {
  struct public_key key;
  return sm2_curve()->read_public(&key, xy, 0) == 1 && sm2_curve()->verify(&key, e, rs);
}

/* Begins e = SM3(Z || M): GB/T 32918.2-2016 §5.5, with the curve of GB/T 32918.5-2017. */
static void sm2_begin_digest(struct sm3 *hash, const uint8_t xy[64], const void *id, size_t id_size) {
  static const uint8_t parameters[128] = {
      0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0x28, 0xe9, 0xfa, 0x9e, 0x9d, 0x9f,
      0x5e, 0x34, 0x4d, 0x5a, 0x9e, 0x4b, 0xcf, 0x65, 0x09, 0xa7, 0xf3, 0x97, 0x89, 0xf5, 0x15, 0xab, 0x8f, 0x92, 0xdd,
      0xbc, 0xbd, 0x41, 0x4d, 0x94, 0x0e, 0x93, 0x32, 0xc4, 0xae, 0x2c, 0x1f, 0x19, 0x81, 0x19, 0x5f, 0x99, 0x04, 0x46,
      0x6a, 0x39, 0xc9, 0x94, 0x8f, 0xe3, 0x0b, 0xbf, 0xf2, 0x66, 0x0b, 0xe1, 0x71, 0x5a, 0x45, 0x89, 0x33, 0x4c, 0x74,
      0xc7, 0xbc, 0x37, 0x36, 0xa2, 0xf4, 0xf6, 0x77, 0x9c, 0x59, 0xbd, 0xce, 0xe3, 0x6b, 0x69, 0x21, 0x53, 0xd0, 0xa9,
      0x87, 0x7c, 0xc6, 0x2a, 0x47, 0x40, 0x02, 0xdf, 0x32, 0xe5, 0x21, 0x39, 0xf0, 0xa0};
  uint8_t z[32], bits[2] = {(uint8_t)(id_size >> 5), (uint8_t)(id_size << 3)};
  sm3_begin(hash);
  sm3_add(hash, bits, sizeof bits);
  sm3_add(hash, id, id_size);
  sm3_add(hash, parameters, sizeof parameters);
  sm3_add(hash, xy, 64);
  sm3_end(hash, z);
  sm3_begin(hash);
  sm3_add(hash, z, sizeof z);
}

static void sm2_digest(uint8_t e[32], const uint8_t xy[64], const void *message, size_t size) {
  struct sm3 hash;
  sm2_begin_digest(&hash, xy, sm2_default_id, sizeof sm2_default_id - 1);
  sm3_add(&hash, message, size);
  sm3_end(&hash, e);
}

/* Adds the key stream of GB/T 32918.4-2016 §5.4.3 to the text, and makes C3 = SM3(x2 || M || y2) of what is the plaintext. */
static void sm2_crypt(const uint8_t shared[64], const uint8_t *in, uint8_t *out, size_t size, int is_decryption,
                      uint8_t c3[32]) {
  struct sm3 hash;
  uint8_t stream[32];
  for (size_t i = 0; i < size; i += 1) {
    if (i % 32 == 0) {
      uint32_t count = (uint32_t)(i / 32 + 1);
      uint8_t counter[4] = {(uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8), (uint8_t)count};
      sm3_begin(&hash);
      sm3_add(&hash, shared, 64);
      sm3_add(&hash, counter, sizeof counter);
      sm3_end(&hash, stream);
    }
    out[i] = in[i] ^ stream[i % 32];
  }
  sm3_begin(&hash);
  sm3_add(&hash, shared, 32);
  sm3_add(&hash, is_decryption ? out : in, size);
  sm3_add(&hash, shared + 32, 32);
  sm3_end(&hash, c3);
}

static void sm2_encrypt(const uint8_t xy[64], const uint8_t *text, size_t size, uint8_t c1[64], uint8_t c3[32],
                        uint8_t *c2) {
  uint8_t k[32], shared[64];
  sm2_generate(k, c1);
  sm2_curve()->multiply(shared, xy, k);
  sm2_crypt(shared, text, c2, size, 0, c3);
}

/* 0 unless the point is on the curve and C3 fits. */
static int sm2_decrypt(const uint8_t d[32], const uint8_t c1[64], const uint8_t c3[32], const uint8_t *c2, size_t size,
                       uint8_t *text) {
  uint8_t shared[64], expected[32];
  if (sm2_curve()->multiply(shared, c1, d) != 1) return 0;
  sm2_crypt(shared, c2, text, size, 1, expected);
  return memcmp(expected, c3, 32) == 0;
}

#endif
