/*
 * Points in Jacobian form: (x, y, z) stands for (x/z², y/z³); z = 0 is the point at infinity.
 *
 * The plain names run in the same time for all values and leave out the cases that their callers exclude. The names
 * with `public` handle every case and branch on values; they are for verification only.
 */
#ifndef YINXIN_POINT_H
#define YINXIN_POINT_H

#include "field.h"
#include "parameters.h"

typedef struct {
  field x, y, z;
} point;

typedef struct {
  field x, y;
} __attribute__((aligned(64))) affine_point;

/*
 * r = 2a; correct for infinity too. 4M + 4S, by l = 3/2·(x - z²)(x + z²), t = x·y². Operations that do not wait for each
 * other stand side by side, so that the processor can overlap them.
 */
static void point_double(point *r, const point *a) {
  field z2, y2, l, t, u, z3;
  field_sqr(z2, a->z);
  field_sqr(y2, a->y);
  field_sub(u, a->x, z2);
  field_add(z2, a->x, z2);
  field_mul(z3, a->y, a->z);
  field_mul(l, u, z2);
  field_mul(t, a->x, y2);
  field_half(u, l);
  field_add(l, l, u);
  field_sqr(u, l);
  field_sqr(y2, y2);
  field_add(z2, t, t);
  field_sub(r->x, u, z2);
  field_sub(t, t, r->x);
  field_mul(t, t, l);
  field_sub(r->y, t, y2);
  u256_copy(r->z, z3);
}

/* What both additions share, from the differences h of the x and s of the y: r = (s² - h³ - 2v, …), with v = x1·h². */
static inline void point_finish_sum(point *r, const field x1, const field y1, const field h, const field s) {
  field h2, h3, v;
  field_sqr(h2, h);
  field_mul(h3, h2, h);
  field_mul(v, x1, h2);
  field_mul(h2, y1, h3);
  field_sqr(r->x, s);
  field_sub(r->x, r->x, h3);
  field_sub(r->x, r->x, v);
  field_sub(r->x, r->x, v);
  field_sub(v, v, r->x);
  field_mul(v, v, s);
  field_sub(r->y, v, h2);
}

/* h and s of a + b; both are zero if a = b, only h is if a = -b. */
static inline void point_differences_affine(field h, field s, const point *a, const affine_point *b) {
  field z2, t;
  field_sqr(z2, a->z);
  field_mul(t, b->x, z2);
  field_sub(h, t, a->x);
  field_mul(t, z2, a->z);
  field_mul(t, t, b->y);
  field_sub(s, t, a->y);
}

/* r = a + b for a ≠ ±b, neither infinite. 8M + 3S */
static void point_add_affine(point *r, const point *a, const affine_point *b) {
  field h, s, z;
  point_differences_affine(h, s, a, b);
  field_mul(z, a->z, h);
  point_finish_sum(r, a->x, a->y, h, s);
  u256_copy(r->z, z);
}

static void point_of_affine(point *r, const affine_point *a) {
  u256_copy(r->x, a->x);
  u256_copy(r->y, a->y);
  u256_copy(r->z, field_one);
}

/* 1 if the differences say that r is now the sum, a case without the formula. */
static int point_special_sum(point *r, const point *a, const field h, const field s) {
  if (!u256_zero_mask(h)) return 0;
  if (u256_zero_mask(s)) {
    point_double(r, a);
  } else {
    *r = (point){0};
  }
  return 1;
}

static void point_add_affine_public(point *r, const point *a, const affine_point *b) {
  field h, s, z;
  if (u256_zero_mask(a->z)) {
    point_of_affine(r, b);
    return;
  }
  point_differences_affine(h, s, a, b);
  if (point_special_sum(r, a, h, s)) return;
  field_mul(z, a->z, h);
  point_finish_sum(r, a->x, a->y, h, s);
  u256_copy(r->z, z);
}

/* The x and y of both points with the same denominator, and their differences. */
static inline void point_align(field x1, field y1, field h, field s, const point *a, const point *b) {
  field a2, b2, t;
  field_sqr(a2, a->z);
  field_sqr(b2, b->z);
  field_mul(x1, a->x, b2);
  field_mul(t, b->x, a2);
  field_sub(h, t, x1);
  field_mul(b2, b2, b->z);
  field_mul(y1, a->y, b2);
  field_mul(a2, a2, a->z);
  field_mul(t, b->y, a2);
  field_sub(s, t, y1);
}

/* r = a + b for a ≠ ±b, neither infinite. 12M + 4S */
static void point_add(point *r, const point *a, const point *b) {
  field x1, y1, h, s, z;
  point_align(x1, y1, h, s, a, b);
  field_mul(z, a->z, b->z);
  field_mul(z, z, h);
  point_finish_sum(r, x1, y1, h, s);
  u256_copy(r->z, z);
}

static void point_add_public(point *r, const point *a, const point *b) {
  field x1, y1, h, s, z;
  if (u256_zero_mask(a->z) || u256_zero_mask(b->z)) {
    *r = u256_zero_mask(a->z) ? *b : *a;
    return;
  }
  point_align(x1, y1, h, s, a, b);
  if (point_special_sum(r, a, h, s)) return;
  field_mul(z, a->z, b->z);
  field_mul(z, z, h);
  point_finish_sum(r, x1, y1, h, s);
  u256_copy(r->z, z);
}

static void point_select(point *r, const point *a, limb mask) {
  u256_select(r->x, a->x, mask);
  u256_select(r->y, a->y, mask);
  u256_select(r->z, a->z, mask);
}

/* y = -y where the mask is ones */
static void field_negate_where(field y, limb mask) {
  static const u256 zero = {0};
  field negative;
  field_sub(negative, zero, y);
  u256_select(y, negative, mask);
}

/* inverses[i] = 1/z of points[i], by one inversion for all. No z may be zero. */
static void point_invert_all(field *inverses, const point *points, size_t count) {
  field running, previous;
  u256_copy(inverses[0], points[0].z);
  for (size_t i = 1; i < count; i += 1) field_mul(inverses[i], inverses[i - 1], points[i].z);
  field_invert(running, inverses[count - 1]);
  for (size_t i = count - 1; i > 0; i -= 1) {
    field_mul(previous, running, points[i].z);
    field_mul(inverses[i], running, inverses[i - 1]);
    u256_copy(running, previous);
  }
  u256_copy(inverses[0], running);
  wipe(running, sizeof running);
  wipe(previous, sizeof previous);
}

static void point_to_affine(affine_point *r, const point *a, const field inverse) {
  field t;
  field_sqr(t, inverse);
  field_mul(r->x, a->x, t);
  field_mul(t, t, inverse);
  field_mul(r->y, a->y, t);
}

/* Reads x ‖ y. Returns 0 unless both are below p and the point is on the curve; all of its points have order n. */
static int point_read(affine_point *r, const uint8_t bytes[64]) {
  u256 x, y, ignored;
  field left, right, t;
  u256_read(x, bytes);
  u256_read(y, bytes + 32);
  if (!u256_sub(ignored, x, field_prime) || !u256_sub(ignored, y, field_prime)) return 0;
  field_from(r->x, x);
  field_from(r->y, y);
  field_sqr(left, r->y);
  field_sqr(right, r->x);
  field_mul(right, right, r->x);
  field_add(t, r->x, r->x);
  field_add(t, t, r->x);
  field_sub(right, right, t);
  field_from(t, curve_b);
  field_add(right, right, t);
  return u256_equal_mask(left, right) != 0;
}

static void point_write(uint8_t bytes[64], const affine_point *a) {
  u256 number;
  field_to(number, a->x);
  u256_write(bytes, number);
  field_to(number, a->y);
  u256_write(bytes + 32, number);
}

#endif
