/* The private operation of RSA, for the device fixtures only: small, slow, and not constant in time. */
#ifndef YINXIN_FIXTURE_RSA_H
#define YINXIN_FIXTURE_RSA_H

#include <stdint.h>
#include <string.h>

#define RSA_LIMBS (4096 / 64)

struct rsa_number {
  uint64_t limbs[RSA_LIMBS];
};

static void rsa_read(struct rsa_number *number, const uint8_t *octets, unsigned size) {
  memset(number, 0, sizeof *number);
  for (unsigned i = 0; i < size; i += 1)
    number->limbs[i / 8] |= (uint64_t)octets[size - 1 - i] << (8 * (i % 8));
}

static void rsa_write(uint8_t *octets, unsigned size, const struct rsa_number *number) {
  for (unsigned i = 0; i < size; i += 1) octets[size - 1 - i] = (uint8_t)(number->limbs[i / 8] >> (8 * (i % 8)));
}

/* Subtracts the modulus if the number, with this limb above it, is not below it. */
static void rsa_reduce(struct rsa_number *a, uint64_t above, const struct rsa_number *modulus, unsigned limbs) {
  struct rsa_number difference;
  uint64_t borrow = 0;
  for (unsigned i = 0; i < limbs; i += 1) {
    unsigned __int128 value = (unsigned __int128)a->limbs[i] - modulus->limbs[i] - borrow;
    difference.limbs[i] = (uint64_t)value;
    borrow = (uint64_t)(value >> 64) & 1;
  }
  if (above >= borrow) memcpy(a->limbs, difference.limbs, limbs * sizeof(uint64_t));
}

/* r = a·b/2^(64·limbs) modulo the modulus. */
static void rsa_multiply(struct rsa_number *r, const struct rsa_number *a, const struct rsa_number *b,
                         const struct rsa_number *modulus, uint64_t inverse, unsigned limbs) {
  uint64_t t[RSA_LIMBS + 2] = {0};
  for (unsigned i = 0; i < limbs; i += 1) {
    unsigned __int128 carry = 0;
    for (unsigned j = 0; j < limbs; j += 1) {
      carry += (unsigned __int128)a->limbs[j] * b->limbs[i] + t[j];
      t[j] = (uint64_t)carry;
      carry >>= 64;
    }
    carry += t[limbs];
    t[limbs] = (uint64_t)carry;
    t[limbs + 1] = (uint64_t)(carry >> 64);
    uint64_t factor = t[0] * inverse;
    carry = (unsigned __int128)factor * modulus->limbs[0] + t[0];
    carry >>= 64;
    for (unsigned j = 1; j < limbs; j += 1) {
      carry += (unsigned __int128)factor * modulus->limbs[j] + t[j];
      t[j - 1] = (uint64_t)carry;
      carry >>= 64;
    }
    carry += t[limbs];
    t[limbs - 1] = (uint64_t)carry;
    t[limbs] = t[limbs + 1] + (uint64_t)(carry >> 64);
  }
  memset(r, 0, sizeof *r);
  memcpy(r->limbs, t, limbs * sizeof(uint64_t));
  rsa_reduce(r, t[limbs], modulus, limbs);
}

/* out = in^d modulo n; all of the same size, a multiple of 8. */
static void rsa_power(uint8_t *out, const uint8_t *in, const uint8_t *n, const uint8_t *d, unsigned size) {
  struct rsa_number modulus, base, power, square;
  unsigned limbs = size / 8;
  uint64_t inverse = 1;
  rsa_read(&modulus, n, size);
  rsa_read(&base, in, size);
  for (int i = 0; i < 6; i += 1) inverse *= 2 - modulus.limbs[0] * inverse;
  inverse = 0 - inverse;
  /* 2^(64·limbs) and its square modulo n, by doubling. */
  memset(&power, 0, sizeof power);
  power.limbs[0] = 1;
  for (unsigned i = 0; i < 2 * 64 * limbs; i += 1) {
    uint64_t above = power.limbs[limbs - 1] >> 63;
    for (unsigned j = limbs - 1; j > 0; j -= 1) power.limbs[j] = power.limbs[j] << 1 | power.limbs[j - 1] >> 63;
    power.limbs[0] <<= 1;
    rsa_reduce(&power, above, &modulus, limbs);
  }
  square = power;
  rsa_multiply(&base, &base, &square, &modulus, inverse, limbs);
  memset(&power, 0, sizeof power);
  power.limbs[0] = 1;
  rsa_multiply(&power, &power, &square, &modulus, inverse, limbs);
  for (unsigned bit = 0; bit < size * 8; bit += 1) {
    rsa_multiply(&power, &power, &power, &modulus, inverse, limbs);
    if (d[bit / 8] >> (7 - bit % 8) & 1) rsa_multiply(&power, &power, &base, &modulus, inverse, limbs);
  }
  memset(&square, 0, sizeof square);
  square.limbs[0] = 1;
  rsa_multiply(&power, &power, &square, &modulus, inverse, limbs);
  rsa_write(out, size, &power);
}

#endif
