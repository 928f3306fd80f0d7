/* The body of curve.h for the CURVE, with FAST or without; included by the files that name the four builds. */
#include <stdlib.h>

#include "curve.h"
#include "multiply.h"

static void prepare(void) {
  field_prepare();
  scalar_prepare();
  base_prepare();
}

/* x mod n of a point whose 1/z is known */
static void point_x_scalar(scalar r, const point *a, const field inverse) {
  field t;
  field_sqr(t, inverse);
  field_mul(t, t, a->x);
  field_to(t, t);
  scalar_reduce(r, t);
}

static int read_private(struct private_key *key, const uint8_t bytes[32]) {
  static const u256 one = {1};
  scalar d, t;
  u256_read(d, bytes);
  limb valid = scalar_in_range_mask(d);
  scalar_to_mont(key->d, d);
#if CURVE == CURVE_SM2
  scalar_add(t, d, one);
  valid &= ~u256_zero_mask(t);
  scalar_to_mont(t, t);
  scalar_invert_mont(key->inverse, t);
#else
  (void)one;
  u256_copy(key->inverse, key->d);
#endif
  nonce_prepare(&key->nonce_key, bytes);
  wipe(d, sizeof d);
  wipe(t, sizeof t);
  return valid != 0;
}

static int write_point(uint8_t xy[64], const point *a) {
  field inverse;
  affine_point affine;
  field_invert(inverse, a->z);
  point_to_affine(&affine, a, inverse);
  point_write(xy, &affine);
  wipe(inverse, sizeof inverse);
  wipe(&affine, sizeof affine);
  return 1;
}

static int public_point(uint8_t xy[64], const uint8_t bytes[32]) {
  scalar d;
  point product;
  u256_read(d, bytes);
  int valid = scalar_in_range_mask(d) != 0;
  if (valid) {
    base_multiply(&product, d);
    write_point(xy, &product);
    wipe(&product, sizeof product);
  }
  wipe(d, sizeof d);
  return valid;
}

static int multiply_point(uint8_t xy[64], const uint8_t bytes[64], const uint8_t number[32]) {
  scalar k;
  affine_point a;
  point product;
  if (!point_read(&a, bytes)) return -1;
  u256_read(k, number);
  scalar_reduce(k, k);
  int valid = u256_zero_mask(k) == 0;
  if (valid) {
    multiply(&product, &a, k);
    write_point(xy, &product);
    wipe(&product, sizeof product);
  }
  wipe(k, sizeof k);
  return valid;
}

/* k = the nonce modulo n; 1 in place of an unlucky 0, so that the rest of the batch can be computed. */
static limb read_nonce(scalar k, const uint8_t bytes[64]) {
  static const u256 one = {1};
  u256 high, low;
  u256_read(high, bytes);
  u256_read(low, bytes + 32);
  scalar_reduce_wide(k, high, low);
  wipe(high, sizeof high);
  wipe(low, sizeof low);
  limb unlucky = u256_zero_mask(k);
  u256_select(k, one, unlucky);
  return unlucky;
}

#if CURVE == CURVE_SM2

/* GB/T 32918.2-2016 §6.1: r = e + x, s = (k - r·d)/(1 + d), computed as (k + r)/(1 + d) - r. */
static limb finish_sm2(const struct private_key *key, scalar r, scalar s, const scalar e, const scalar x,
                       const scalar k) {
  scalar sum;
  scalar_add(r, e, x);
  scalar_add(sum, r, k);
  limb unlucky = u256_zero_mask(r) | u256_zero_mask(sum);
  scalar_mul(s, sum, key->inverse);
  scalar_sub(s, s, r);
  wipe(sum, sizeof sum);
  return unlucky | u256_zero_mask(s);
}

#else

/* FIPS 186-5 §6.4.1: r = x, s = (e + r·d)/k. */
static limb finish_ecdsa(const struct private_key *key, scalar r, scalar s, const scalar e, const scalar x,
                         const scalar inverse) {
  scalar product;
  u256_copy(r, x);
  scalar_mul(product, r, key->d);
  scalar_add(product, product, e);
  scalar_mul(s, product, inverse);
  wipe(product, sizeof product);
  return u256_zero_mask(r) | u256_zero_mask(s);
}

/* inverses[i] = 1/k[i] in Montgomery form, by one inversion for all. */
static void invert_nonces(scalar *inverses, const scalar *k, size_t count) {
  scalar mont[BATCH_LIMIT], running, previous;
  for (size_t i = 0; i < count; i += 1) scalar_to_mont(mont[i], k[i]);
  u256_copy(inverses[0], mont[0]);
  for (size_t i = 1; i < count; i += 1) scalar_mul(inverses[i], inverses[i - 1], mont[i]);
  scalar_invert_mont(running, inverses[count - 1]);
  for (size_t i = count - 1; i > 0; i -= 1) {
    scalar_mul(previous, running, mont[i]);
    scalar_mul(inverses[i], running, inverses[i - 1]);
    u256_copy(running, previous);
  }
  u256_copy(inverses[0], running);
  wipe(mont, count * sizeof mont[0]);
  wipe(running, sizeof running);
  wipe(previous, sizeof previous);
}

#endif

static int sign_with_nonces(const struct private_key *key, uint8_t *requests, size_t count) {
  scalar k[BATCH_LIMIT];
  point points[BATCH_LIMIT];
  field inverses[BATCH_LIMIT];
  limb unlucky = 0;
  if (count == 0 || count > BATCH_LIMIT) return 0;
  size_t i = 0;
  do {
    unlucky |= read_nonce(k[i], requests + i * NONCED_SIZE + 32);
    base_multiply(&points[i], k[i]);
    i += 1;
  } while (i < count);
  point_invert_all(inverses, points, count);
#if CURVE == CURVE_P256
  scalar nonce_inverses[BATCH_LIMIT];
  invert_nonces(nonce_inverses, k, count);
#endif
  for (i = 0; i < count; i += 1) {
    uint8_t *request = requests + i * NONCED_SIZE;
    scalar e, x, r, s;
    u256_read(e, request);
    scalar_reduce(e, e);
    point_x_scalar(x, &points[i], inverses[i]);
#if CURVE == CURVE_SM2
    unlucky |= finish_sm2(key, r, s, e, x, k[i]);
#else
    unlucky |= finish_ecdsa(key, r, s, e, x, nonce_inverses[i]);
#endif
    wipe(request, NONCED_SIZE);
    u256_write(request, r);
    u256_write(request + 32, s);
  }
  if (unlucky) wipe(requests, count * NONCED_SIZE);
  wipe(k, count * sizeof k[0]);
  wipe(points, count * sizeof points[0]);
  wipe(inverses, count * sizeof inverses[0]);
#if CURVE == CURVE_P256
  wipe(nonce_inverses, count * sizeof nonce_inverses[0]);
#endif
  return unlucky == 0;
}

/* One signature, by the first counter from here on whose nonce is not unlucky. */
static void sign_one(const struct private_key *key, uint8_t request[REQUEST_SIZE]) {
  uint8_t nonced[NONCED_SIZE];
  uint8_t counter = 0;
  do {
    __builtin_memcpy(nonced, request, 32);
    nonce_derive(nonced + 32, &key->nonce_key, request, counter);
    counter += 1;
  } while (!sign_with_nonces(key, nonced, 1));
  __builtin_memcpy(request, nonced, REQUEST_SIZE);
}

static void sign(const struct private_key *key, uint8_t *requests, size_t count) {
  uint8_t nonced[BATCH_LIMIT * NONCED_SIZE];
  if (count == 0 || count > BATCH_LIMIT) return;
  for (size_t i = 0; i < count; i += 1) {
    __builtin_memcpy(nonced + i * NONCED_SIZE, requests + i * REQUEST_SIZE, 32);
    nonce_derive(nonced + i * NONCED_SIZE + 32, &key->nonce_key, requests + i * REQUEST_SIZE, 0);
  }
  int lucky = sign_with_nonces(key, nonced, count);
  for (size_t i = 0; i < count; i += 1) {
    if (lucky) {
      __builtin_memcpy(requests + i * REQUEST_SIZE, nonced + i * NONCED_SIZE, REQUEST_SIZE);
    } else {
      /* Once in 2^255 signatures. */
      sign_one(key, requests + i * REQUEST_SIZE);
    }
  }
}

static int read_public(struct public_key *key, const uint8_t xy[64], int with_table) {
  affine_point a;
  key->table = NULL;
  if (!point_read(&a, xy)) return 0;
  u256_copy(key->x, a.x);
  u256_copy(key->y, a.y);
  if (with_table) {
    key->table = aligned_alloc(64, KEY_WINDOWS * sizeof(key_window));
    if (key->table == NULL) return -1;
    key_prepare(key->table, &a);
  }
  return 1;
}

static void free_public(struct public_key *key) {
  free(key->table);
  key->table = NULL;
}

/* r = u·G + v·key */
static void sum_of_products(point *sum, const struct public_key *key, const scalar u, const scalar v) {
  if (key->table != NULL) {
    *sum = (point){0};
    add_key_public(sum, key->table, v);
  } else {
    affine_point a;
    u256_copy(a.x, key->x);
    u256_copy(a.y, key->y);
    multiply_public(sum, &a, v);
  }
  add_base_public(sum, u);
}

/* Whether the x of the point, as a number below p, is x modulo n; without an inversion. p < 2n, so x may be x or x + n. */
static int has_x(const point *a, const scalar x) {
  field z2, candidate;
  u256 next, ignored;
  if (u256_zero_mask(a->z)) return 0;
  field_sqr(z2, a->z);
  field_from(candidate, x);
  field_mul(candidate, candidate, z2);
  if (u256_equal_mask(candidate, a->x)) return 1;
  if (u256_add(next, x, group_order) || !u256_sub(ignored, next, field_prime)) return 0;
  field_from(candidate, next);
  field_mul(candidate, candidate, z2);
  return u256_equal_mask(candidate, a->x) != 0;
}

static int verify(const struct public_key *key, const uint8_t digest[32], const uint8_t rs[64]) {
  scalar r, s, e, u, v, x;
  point sum;
  u256_read(r, rs);
  u256_read(s, rs + 32);
  if (!scalar_in_range_mask(r) || !scalar_in_range_mask(s)) return 0;
  u256_read(e, digest);
  scalar_reduce(e, e);
#if CURVE == CURVE_SM2
  /* GB/T 32918.2-2016 §7.1: t = r + s is not 0, and the x of s·G + t·P is r - e. */
  u256_copy(u, s);
  scalar_add(v, r, s);
  if (u256_zero_mask(v)) return 0;
  scalar_sub(x, r, e);
#else
  /* FIPS 186-5 §6.4.2: the x of (e/s)·G + (r/s)·P is r. */
  scalar inverse;
  scalar_to_mont(inverse, s);
  scalar_invert_mont(inverse, inverse);
  scalar_mul(u, e, inverse);
  scalar_mul(v, r, inverse);
  u256_copy(x, r);
#endif
  sum_of_products(&sum, key, u, v);
  return has_x(&sum, x);
}

#define CURVE_VALUE                                                                                        \
  {                                                                                                        \
    prepare, read_private, public_point, multiply_point, sign, sign_with_nonces, read_public, free_public, \
        verify, KEY_WINDOWS * sizeof(key_window)                                                           \
  }
