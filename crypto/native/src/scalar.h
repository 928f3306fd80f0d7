/* Arithmetic modulo the order n of the base point. Montgomery form is used only where a name says so. */
#ifndef YINXIN_SCALAR_H
#define YINXIN_SCALAR_H

#include "limb.h"
#include "parameters.h"

typedef u256 scalar;

/* -1/n mod 2^64, 2^512 mod n, n - 2. */
static limb order_factor;
static u256 scalar_to_montgomery, order_minus_2;

static inline void scalar_add(scalar r, const scalar a, const scalar b) {
  u256 sum;
  limb carry = u256_add(sum, a, b);
  u256_reduce_once(r, sum, carry, group_order);
}

static inline void scalar_sub(scalar r, const scalar a, const scalar b) {
  u256 difference, correction;
  limb negative = mask_of(u256_sub(difference, a, b));
  for (int i = 0; i < 4; i += 1) correction[i] = group_order[i] & negative;
  u256_add(r, difference, correction);
}

/* r = a·b / 2^256, for a and b whose product is below 2^256·n: one of them reduced is enough. */
#if defined(FAST)
#include "scalar-x86-adx.h"
#else
static void scalar_mul(scalar r, const u256 a, const u256 b) {
  limb t[6] = {0};
  for (int i = 0; i < 4; i += 1) {
    limb carry = 0;
    for (int j = 0; j < 4; j += 1) t[j] = multiply_add(a[j], b[i], t[j], &carry);
    t[4] += carry;
    t[5] = t[4] < carry;
    limb factor = t[0] * order_factor;
    carry = 0;
    multiply_add(factor, group_order[0], t[0], &carry);
    for (int j = 1; j < 4; j += 1) t[j - 1] = multiply_add(factor, group_order[j], t[j], &carry);
    t[3] = t[4] + carry;
    t[4] = t[5] + (t[3] < carry);
  }
  u256_reduce_once(r, t, t[4], group_order);
}
#endif

static void scalar_prepare(void) {
  static const u256 zero = {0}, two = {2};
  limb inverse = 1;
  for (int i = 0; i < 6; i += 1) inverse *= 2 - group_order[0] * inverse;
  order_factor = (limb)0 - inverse;
  u256_sub(order_minus_2, group_order, two);
  u256_sub(scalar_to_montgomery, zero, group_order);
  for (int i = 0; i < 256; i += 1) scalar_add(scalar_to_montgomery, scalar_to_montgomery, scalar_to_montgomery);
}

/* r = number · 2^256 mod n. Any 256-bit number will do. */
static void scalar_to_mont(scalar r, const u256 number) { scalar_mul(r, number, scalar_to_montgomery); }

/* r = number mod n: n is above 2^255, so it goes at most once into 256 bits. */
static inline void scalar_reduce(scalar r, const u256 number) { u256_reduce_once(r, number, 0, group_order); }

/* r = (high · 2^256 + low) mod n */
static void scalar_reduce_wide(scalar r, const u256 high, const u256 low) {
  scalar upper, lower;
  scalar_to_mont(upper, high);
  scalar_reduce(lower, low);
  scalar_add(r, upper, lower);
  wipe(upper, sizeof upper);
  wipe(lower, sizeof lower);
}

/* 1/a for a in Montgomery form, in Montgomery form: a^(n-2), four bits of the public exponent at a time. Zero stays zero. */
static void scalar_invert_mont(scalar r, const scalar a) {
  scalar power[16], t;
  u256_copy(power[1], a);
  for (int i = 2; i < 16; i += 1) scalar_mul(power[i], power[i - 1], a);
  u256_copy(t, power[order_minus_2[3] >> 60]);
  for (int digit = 62; digit >= 0; digit -= 1) {
    for (int i = 0; i < 4; i += 1) scalar_mul(t, t, t);
    limb bits = (order_minus_2[digit / 16] >> (4 * (digit % 16))) & 15;
    if (bits != 0) scalar_mul(t, t, power[bits]);
  }
  u256_copy(r, t);
  wipe(power, sizeof power);
  wipe(t, sizeof t);
}

/* Whether 1 <= a < n, as a mask. */
static limb scalar_in_range_mask(const u256 a) {
  u256 ignored;
  limb below = mask_of(u256_sub(ignored, a, group_order));
  return below & ~u256_zero_mask(a);
}

#endif
