/*
 * A curve with its signature scheme: SM2 (GB/T 32918.2-2016) or ECDSA (FIPS 186-5 §6). The same code is compiled for
 * each curve, once in plain C and once, on x86-64, with the instructions that `processor_is_fast` looks for.
 */
#ifndef YINXIN_CURVE_H
#define YINXIN_CURVE_H

#include <stddef.h>
#include <stdint.h>

#include "nonce.h"

/* One signature to make: where e and 32 random bytes stand, r || s is written. */
#define REQUEST_SIZE 64
/* As a step of it: where e and the 64 bytes of the nonce stand, r || s is written and the rest wiped. */
#define NONCED_SIZE 96

/* Signatures that share one inversion. */
#define BATCH_LIMIT 64

/* What a curve keeps of a private key: d, and on SM2 1/(1+d), in Montgomery form; and what makes its nonces. */
struct private_key {
  uint64_t d[4], inverse[4];
  struct nonce_key nonce_key;
};

/* A point of the curve, and its multiples where the key is worth them. */
struct public_key {
  uint64_t x[4], y[4];
  void *table;
};

struct curve {
  /* Fills the table of the base point. To be called once before anything else. */
  void (*prepare)(void);
  /* 0 unless d is in 1 … n-1 (SM2: … n-2). */
  int (*read_private)(struct private_key *key, const uint8_t d[32]);
  /* 0 unless d is in 1 … n-1. */
  int (*public_point)(uint8_t xy[64], const uint8_t d[32]);
  /* The product of a point and a number modulo n; 0 if that is zero, -1 if there is no such point. */
  int (*multiply)(uint8_t xy[64], const uint8_t point[64], const uint8_t number[32]);
  /* Turns 1 … BATCH_LIMIT requests into signatures. */
  void (*sign)(const struct private_key *key, uint8_t *requests, size_t count);
  /* The same with given nonces. 0 if one of them was unlucky: nothing is signed. */
  int (*sign_with_nonces)(const struct private_key *key, uint8_t *requests, size_t count);
  /* 0 unless the point is on the curve; with_table asks for memory, -1 if there is none. */
  int (*read_public)(struct public_key *key, const uint8_t xy[64], int with_table);
  void (*free_public)(struct public_key *key);
  int (*verify)(const struct public_key *key, const uint8_t e[32], const uint8_t rs[64]);
  /* What one table takes. */
  size_t table_size;
};

extern const struct curve sm2_portable, p256_portable;

/* Without optimisation the compiler has no registers left for the inline assembler. */
#if defined(__x86_64__) && defined(__OPTIMIZE__)
#define HAVE_FAST 1
extern const struct curve sm2_fast, p256_fast;
#endif

/* Whether this processor has BMI2, ADX and AVX2, and the system keeps AVX2's registers. */
int processor_is_fast(void);

#endif
