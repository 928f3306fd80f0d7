/*
 * Arithmetic modulo the prime in Montgomery form (a stands for a/2^256), in plain C.
 *
 * Both primes are -1 modulo 2^64, so the factor m of each Montgomery step is the lowest limb itself, and m·p is a few
 * shifts and additions instead of four multiplications. Results are always below p.
 */
#ifndef YINXIN_FIELD_PORTABLE_H
#define YINXIN_FIELD_PORTABLE_H

#include "limb.h"
#include "parameters.h"

/* (t + t[0]·p) / 2^64 for six limbs t, in t[1] … t[5]. */
static inline void montgomery_step(limb t[6]) {
  limb m = t[0], low = m << 32, high = m >> 32, carry = 0;
#if CURVE == CURVE_SM2
  limb borrow = 0;
  t[1] = add_carry(t[1], m, &carry);
  t[2] = add_carry(t[2], 0, &carry);
  t[3] = add_carry(t[3], 0, &carry);
  t[4] = add_carry(t[4], m, &carry);
  t[5] += carry;
  t[1] = sub_borrow(t[1], low, &borrow);
  t[2] = sub_borrow(t[2], high, &borrow);
  t[3] = sub_borrow(t[3], low, &borrow);
  t[4] = sub_borrow(t[4], high, &borrow);
  t[5] -= borrow;
#else
  limb borrow = 0;
  limb product_low = sub_borrow(m, low, &borrow);
  limb product_high = m - high - borrow;
  t[1] = add_carry(t[1], low, &carry);
  t[2] = add_carry(t[2], high, &carry);
  t[3] = add_carry(t[3], product_low, &carry);
  t[4] = add_carry(t[4], product_high, &carry);
  t[5] += carry;
#endif
}

static void field_mul(u256 r, const u256 a, const u256 b) {
  limb t[6] = {0};
  for (int i = 0; i < 4; i += 1) {
    limb carry = 0;
    for (int j = 0; j < 4; j += 1) t[j] = multiply_add(a[j], b[i], t[j], &carry);
    t[4] += carry;
    t[5] = t[4] < carry;
    montgomery_step(t);
    for (int j = 0; j < 5; j += 1) t[j] = t[j + 1];
  }
  u256_reduce_once(r, t, t[4], field_prime);
}

static void field_sqr(u256 r, const u256 a) { field_mul(r, a, a); }

static inline void field_add(u256 r, const u256 a, const u256 b) {
  u256 sum;
  limb carry = u256_add(sum, a, b);
  u256_reduce_once(r, sum, carry, field_prime);
}

static inline void field_sub(u256 r, const u256 a, const u256 b) {
  u256 difference, correction;
  limb negative = mask_of(u256_sub(difference, a, b));
  for (int i = 0; i < 4; i += 1) correction[i] = field_prime[i] & negative;
  u256_add(r, difference, correction);
}

/* r = a/2: an odd number becomes even by adding p. */
static inline void field_half(u256 r, const u256 a) {
  u256 even;
  limb odd = mask_of(a[0] & 1);
  for (int i = 0; i < 4; i += 1) even[i] = field_prime[i] & odd;
  limb carry = u256_add(even, even, a);
  for (int i = 0; i < 3; i += 1) r[i] = (even[i] >> 1) | (even[i + 1] << 63);
  r[3] = (even[3] >> 1) | (carry << 63);
}

#endif
