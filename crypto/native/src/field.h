/* The field of the curve: the four rules of arithmetic, conversion, inversion. Elements are in Montgomery form, below p. */
#ifndef YINXIN_FIELD_H
#define YINXIN_FIELD_H

#if defined(FAST)
#include "field-x86-adx.h"
#else
#include "field-portable.h"
#endif

typedef u256 field;

/* 2^256 mod p, which stands for 1, and 2^512 mod p, which turns a number into Montgomery form. */
static u256 field_one, field_to_montgomery;

static void field_prepare(void) {
  static const u256 zero = {0};
  u256_sub(field_one, zero, field_prime);
  u256_copy(field_to_montgomery, field_one);
  for (int i = 0; i < 256; i += 1) field_add(field_to_montgomery, field_to_montgomery, field_to_montgomery);
}

static void field_from(field r, const u256 number) { field_mul(r, number, field_to_montgomery); }

static void field_to(u256 number, const field a) {
  static const u256 one = {1};
  field_mul(number, a, one);
}

/* r = a^(2^times) · b */
static void field_raise(field r, const field a, int times, const field b) {
  field power;
  field_sqr(power, a);
  for (int i = 1; i < times; i += 1) field_sqr(power, power);
  field_mul(r, power, b);
}

/* r = a^(p-2), which is 1/a, by a fixed chain; zero stays zero. xN is a^(2^N - 1). */
static void field_invert(field r, const field a) {
  field x2, x3, x6, x12, x15, x30, x31, x32, t;
  field_raise(x2, a, 1, a);
  field_raise(x3, x2, 1, a);
  field_raise(x6, x3, 3, x3);
  field_raise(x12, x6, 6, x6);
  field_raise(x15, x12, 3, x3);
  field_raise(x30, x15, 15, x15);
  field_raise(x31, x30, 1, a);
  field_raise(x32, x31, 1, a);
#if CURVE == CURVE_SM2
  field_raise(t, x31, 33, x32);
  for (int i = 0; i < 3; i += 1) field_raise(t, t, 32, x32);
  field_raise(t, t, 64, x32);
#else
  field_raise(t, x32, 32, a);
  field_raise(t, t, 128, x32);
  field_raise(t, t, 32, x32);
#endif
  field_raise(t, t, 30, x30);
  field_raise(r, t, 2, a);
}

#endif
