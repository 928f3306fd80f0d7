/*
 * Multiples of points.
 *
 * A scalar is cut into windows of w bits, each read as a digit -2^(w-1) … 2^(w-1) (Booth). A table holds, for every
 * window i, the multiples 1 … 2^(w-1) of 2^(w·i)·P, so a product is one addition for each window and no doubling. The
 * base point has w = 7; a public key that verifies often gets a table with w = 5 (52 KiB).
 */
#ifndef YINXIN_MULTIPLY_H
#define YINXIN_MULTIPLY_H

#include "point.h"
#include "scalar.h"

#define BASE_WINDOW 7
#define BASE_WINDOWS 37
#define BASE_MULTIPLES 64
#define KEY_WINDOW 5
#define KEY_WINDOWS 52
#define KEY_MULTIPLES 16

typedef affine_point base_window[BASE_MULTIPLES];
typedef affine_point key_window[KEY_MULTIPLES];

static base_window base_table[BASE_WINDOWS];

/* The w bits of window i and the highest bit of the window below it. */
static inline limb window_bits(const u256 k, int w, int i) {
  int from = w * i - 1;
  if (from < 0) return (k[0] << 1) & (((limb)2 << w) - 1);
  int word = from / 64, shift = from % 64;
  limb bits = k[word] >> shift;
  if (shift + w + 1 > 64 && word < 3) bits |= k[word + 1] << (64 - shift);
  return bits & (((limb)2 << w) - 1);
}

/* Booth: the digit's absolute value; *negative is a mask. */
static inline limb digit_of(limb bits, int w, limb *negative) {
  limb sign = mask_of(bits >> w);
  limb value = (bits & ~sign) | ((((limb)2 << w) - 1 - bits) & sign);
  *negative = sign;
  return (value >> 1) + (value & 1);
}

/*
 * r = window[index - 1], or zeros for index 0. Every entry is read, whatever the index.
 */
#if defined(FAST)
typedef limb lanes __attribute__((vector_size(32), aligned(32)));
#define SCAN_TARGET __attribute__((target("avx2")))
#else
typedef limb lanes __attribute__((vector_size(16), aligned(16)));
#define SCAN_TARGET
#endif
#define LANES (sizeof(lanes) / sizeof(limb))
#define LANES_IN_POINT (sizeof(affine_point) / sizeof(lanes))

SCAN_TARGET static void scan(affine_point *r, const affine_point *window, limb count, limb index) {
  const lanes *entry = (const lanes *)window;
  lanes wanted = (lanes){0} + hidden(index), current = (lanes){0} + 1, found[LANES_IN_POINT] = {0};
  for (limb i = 0; i < count; i += 1, entry += LANES_IN_POINT, current += 1) {
    lanes mask = (lanes)(current == wanted);
    for (size_t part = 0; part < LANES_IN_POINT; part += 1) found[part] |= entry[part] & mask;
  }
  __builtin_memcpy(r, found, sizeof *r);
}

/* Multiples 1 … count of the point, by one inversion. */
static void fill_window(affine_point *window, const affine_point *step, size_t count) {
  point multiples[BASE_MULTIPLES];
  field inverses[BASE_MULTIPLES];
  point_of_affine(&multiples[0], step);
  point_double(&multiples[1], &multiples[0]);
  for (size_t i = 2; i < count; i += 1) point_add_affine(&multiples[i], &multiples[i - 1], step);
  point_invert_all(inverses, multiples, count);
  for (size_t i = 0; i < count; i += 1) point_to_affine(&window[i], &multiples[i], inverses[i]);
}

/* The points 2^(w·i)·P that the windows step by. */
static void window_steps(affine_point *steps, const affine_point *a, int w, size_t count) {
  point powers[KEY_WINDOWS];
  field inverses[KEY_WINDOWS];
  point_of_affine(&powers[0], a);
  for (size_t i = 1; i < count; i += 1) {
    powers[i] = powers[i - 1];
    for (int j = 0; j < w; j += 1) point_double(&powers[i], &powers[i]);
  }
  point_invert_all(inverses, powers, count);
  for (size_t i = 0; i < count; i += 1) point_to_affine(&steps[i], &powers[i], inverses[i]);
}

static void base_prepare(void) {
  affine_point base, steps[BASE_WINDOWS];
  field_from(base.x, base_x);
  field_from(base.y, base_y);
  window_steps(steps, &base, BASE_WINDOW, BASE_WINDOWS);
  for (size_t i = 0; i < BASE_WINDOWS; i += 1) fill_window(base_table[i], &steps[i], BASE_MULTIPLES);
}

static void key_prepare(key_window *table, const affine_point *key) {
  affine_point steps[KEY_WINDOWS];
  window_steps(steps, key, KEY_WINDOW, KEY_WINDOWS);
  for (size_t i = 0; i < KEY_WINDOWS; i += 1) fill_window(table[i], &steps[i], KEY_MULTIPLES);
}

/*
 * r = k·G for a secret k in 1 … n-1.
 *
 * The sum so far is below half a step of the next window, so it is never ± the point to add; the last window could only
 * meet it for a k that is 0 modulo n or above n.
 */
static void base_multiply(point *r, const scalar k) {
  affine_point entry;
  point sum;
  limb negative;
  *r = (point){0};
  for (int i = 0; i < BASE_WINDOWS; i += 1) {
    limb digit = digit_of(window_bits(k, BASE_WINDOW, i), BASE_WINDOW, &negative);
    scan(&entry, base_table[i], BASE_MULTIPLES, digit);
    field_negate_where(entry.y, negative);
    limb started = ~u256_zero_mask(r->z), adds = ~mask_of_zero(digit);
    point_add_affine(&sum, r, &entry);
    point_select(r, &sum, started & adds);
    point_of_affine(&sum, &entry);
    point_select(r, &sum, ~started & adds);
  }
  wipe(&entry, sizeof entry);
  wipe(&sum, sizeof sum);
}

/* r += ±table[digit - 1] for a public digit */
static inline void add_entry_public(point *r, const affine_point *window, limb digit, limb negative) {
  if (digit == 0) return;
  affine_point entry = window[digit - 1];
  if (negative) field_negate_where(entry.y, negative);
  point_add_affine_public(r, r, &entry);
}

static void add_base_public(point *r, const scalar k) {
  limb negative;
  for (int i = 0; i < BASE_WINDOWS; i += 1) {
    limb digit = digit_of(window_bits(k, BASE_WINDOW, i), BASE_WINDOW, &negative);
    add_entry_public(r, base_table[i], digit, negative);
  }
}

static void add_key_public(point *r, key_window *table, const scalar k) {
  limb negative;
  for (int i = 0; i < KEY_WINDOWS; i += 1) {
    limb digit = digit_of(window_bits(k, KEY_WINDOW, i), KEY_WINDOW, &negative);
    add_entry_public(r, table[i], digit, negative);
  }
}

/* Signed digits of a public k, at most one in six of them not zero, each odd and in -31 … 31. */
#define NAF_DIGITS 257
static int naf_of(int8_t digits[NAF_DIGITS], const scalar k) {
  limb rest[5] = {k[0], k[1], k[2], k[3], 0};
  int length = 0;
  for (int i = 0; i < NAF_DIGITS; i += 1) {
    int digit = 0;
    if (rest[0] & 1) {
      digit = (int)(rest[0] & 63);
      if (digit > 31) digit -= 64;
      limb carry = 0, borrow = 0;
      rest[0] = digit < 0 ? add_carry(rest[0], (limb)-digit, &carry) : sub_borrow(rest[0], (limb)digit, &borrow);
      for (int j = 1; j < 5; j += 1) rest[j] = add_carry(rest[j], 0, &carry);
      length = i + 1;
    }
    digits[i] = (int8_t)digit;
    for (int j = 0; j < 4; j += 1) rest[j] = (rest[j] >> 1) | (rest[j + 1] << 63);
    rest[4] >>= 1;
  }
  return length;
}

/* r = k·a for a public k and a point seen for the first time */
static void multiply_public(point *r, const affine_point *a, const scalar k) {
  point odd[16], twice;
  int8_t digits[NAF_DIGITS];
  point_of_affine(&odd[0], a);
  point_double(&twice, &odd[0]);
  for (int i = 1; i < 16; i += 1) point_add(&odd[i], &odd[i - 1], &twice);
  *r = (point){0};
  for (int i = naf_of(digits, k) - 1; i >= 0; i -= 1) {
    point_double(r, r);
    if (digits[i] == 0) continue;
    point entry = odd[(digits[i] < 0 ? -digits[i] : digits[i]) / 2];
    if (digits[i] < 0) field_negate_where(entry.y, ~(limb)0);
    point_add_public(r, r, &entry);
  }
}

/* The multiple with this digit out of all sixteen, each of which is read. */
static void scan_points(point *r, const point multiples[16], limb digit) {
  *r = (point){0};
  for (limb i = 0; i < 16; i += 1) point_select(r, &multiples[i], mask_of_zero((i + 1) ^ digit));
}

/*
 * r = k·a for a secret k in 1 … n-1, in time that does not depend on k or a.
 *
 * Before the last window the sum is below n/16, so it cannot meet ± the point to add. In the last window it can be the
 * point itself (k = n - 6 on SM2), so there the double is computed too and chosen by mask.
 */
static void multiply(point *r, const affine_point *a, const scalar k) {
  point multiples[16], entry, sum;
  limb negative;
  point_of_affine(&multiples[0], a);
  point_double(&multiples[1], &multiples[0]);
  for (int i = 2; i < 16; i += 1) point_add_affine(&multiples[i], &multiples[i - 1], a);
  *r = (point){0};
  for (int i = KEY_WINDOWS - 1; i >= 0; i -= 1) {
    for (int j = 0; j < KEY_WINDOW; j += 1) point_double(r, r);
    limb digit = digit_of(window_bits(k, KEY_WINDOW, i), KEY_WINDOW, &negative);
    scan_points(&entry, multiples, digit);
    field_negate_where(entry.y, negative);
    limb started = ~u256_zero_mask(r->z), adds = ~mask_of_zero(digit);
    field x1, y1, h, s;
    point_align(x1, y1, h, s, r, &entry);
    limb same = u256_zero_mask(h) & u256_zero_mask(s);
    point_add(&sum, r, &entry);
    point before = *r;
    point_select(r, &sum, started & adds);
    point_select(r, &entry, ~started & adds);
    if (i == 0) {
      point_double(&sum, &before);
      point_select(r, &sum, started & adds & same);
    }
    wipe(&before, sizeof before);
  }
  wipe(&entry, sizeof entry);
  wipe(&sum, sizeof sum);
}

#endif
