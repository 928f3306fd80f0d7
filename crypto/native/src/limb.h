/* The smallest pieces: 64-bit limbs with carry, masks instead of branches, and wiping. */
#ifndef YINXIN_LIMB_H
#define YINXIN_LIMB_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t limb;

/* A number of 256 bits, least significant limb first. */
typedef limb u256[4];

/* Hides a value from the optimiser, which could otherwise turn a mask back into a branch. */
static inline limb hidden(limb value) {
  __asm__("" : "+r"(value));
  return value;
}

/* All ones for 1, all zeros for 0. */
static inline limb mask_of(limb bit) { return (limb)0 - hidden(bit); }

/* All ones if the value is zero. */
static inline limb mask_of_zero(limb value) { return mask_of(1 ^ ((value | ((limb)0 - value)) >> 63)); }

static inline limb add_carry(limb a, limb b, limb *carry) {
#ifdef __SIZEOF_INT128__
  unsigned __int128 t = (unsigned __int128)a + b + *carry;
  *carry = (limb)(t >> 64);
  return (limb)t;
#else
  limb sum = a + b;
  limb first = sum < a;
  limb total = sum + *carry;
  *carry = first | (total < sum);
  return total;
#endif
}

static inline limb sub_borrow(limb a, limb b, limb *borrow) {
#ifdef __SIZEOF_INT128__
  unsigned __int128 t = (unsigned __int128)a - b - *borrow;
  *borrow = (limb)(t >> 64) & 1;
  return (limb)t;
#else
  limb difference = a - b;
  limb first = a < b;
  limb total = difference - *borrow;
  *borrow = first | (difference < *borrow);
  return total;
#endif
}

/* The low limb of a·b + c + carry; the high limb becomes the carry. It always fits: (2^64-1)^2 + 2(2^64-1) < 2^128. */
static inline limb multiply_add(limb a, limb b, limb c, limb *carry) {
#ifdef __SIZEOF_INT128__
  unsigned __int128 t = (unsigned __int128)a * b + c + *carry;
  *carry = (limb)(t >> 64);
  return (limb)t;
#else
  limb a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  limb low = a0 * b0, mid1 = a1 * b0 + (low >> 32), mid2 = a0 * b1 + (uint32_t)mid1;
  limb high = a1 * b1 + (mid1 >> 32) + (mid2 >> 32);
  limb result = (mid2 << 32) | (uint32_t)low;
  result += c;
  high += result < c;
  result += *carry;
  high += result < *carry;
  *carry = high;
  return result;
#endif
}

static inline void u256_copy(u256 r, const u256 a) {
  for (int i = 0; i < 4; i += 1) r[i] = a[i];
}

static inline limb u256_zero_mask(const u256 a) { return mask_of_zero(a[0] | a[1] | a[2] | a[3]); }

static inline limb u256_equal_mask(const u256 a, const u256 b) {
  return mask_of_zero((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

/* r = a where the mask is ones, else r stays. */
static inline void u256_select(u256 r, const u256 a, limb mask) {
  for (int i = 0; i < 4; i += 1) r[i] ^= mask & (r[i] ^ a[i]);
}

/* r = a + b; the carry is returned. */
static inline limb u256_add(u256 r, const u256 a, const u256 b) {
  limb carry = 0;
  for (int i = 0; i < 4; i += 1) r[i] = add_carry(a[i], b[i], &carry);
  return carry;
}

/* r = a - b; the borrow is returned, so it is 1 exactly if a < b. */
static inline limb u256_sub(u256 r, const u256 a, const u256 b) {
  limb borrow = 0;
  for (int i = 0; i < 4; i += 1) r[i] = sub_borrow(a[i], b[i], &borrow);
  return borrow;
}

/* Takes modulus off the five limbs (top, a) once if they are not below it. */
static inline void u256_reduce_once(u256 r, const u256 a, limb top, const u256 modulus) {
  u256 less;
  limb borrow = u256_sub(less, a, modulus);
  limb keep = mask_of(borrow & (1 ^ top));
  for (int i = 0; i < 4; i += 1) r[i] = less[i] ^ (keep & (less[i] ^ a[i]));
}

/* Big-endian bytes, as every standard writes numbers. */
static inline void u256_read(u256 r, const uint8_t bytes[32]) {
  for (int i = 0; i < 4; i += 1) {
    limb value = 0;
    for (int j = 0; j < 8; j += 1) value = (value << 8) | bytes[8 * (3 - i) + j];
    r[i] = value;
  }
}

static inline void u256_write(uint8_t bytes[32], const u256 a) {
  for (int i = 0; i < 4; i += 1) {
    for (int j = 0; j < 8; j += 1) bytes[8 * (3 - i) + j] = (uint8_t)(a[i] >> (8 * (7 - j)));
  }
}

/* Overwrites secrets; the barrier keeps the compiler from calling it useless. */
static inline void wipe(void *memory, size_t size) {
  __builtin_memset(memory, 0, size);
  __asm__ __volatile__("" : : "r"(memory) : "memory");
}

#endif
