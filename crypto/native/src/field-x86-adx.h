/*
 * The same arithmetic as field-portable.h for x86-64 processors with BMI2 (mulx) and ADX (adcx, adox), which run two
 * carry chains side by side. Only code chosen by `processor_is_fast` may call it. No branch and no address depends on
 * a value.
 */
#ifndef YINXIN_FIELD_X86_ADX_H
#define YINXIN_FIELD_X86_ADX_H

#include "limb.h"
#include "parameters.h"

#define MEMORY_A [a0] "m"(a[0]), [a1] "m"(a[1]), [a2] "m"(a[2]), [a3] "m"(a[3])
#define MEMORY_B [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3])

/* The limbs 1 and 3 of p do not fit an immediate operand. */
#define PRIME_OPERANDS [p1] "m"(field_prime[1]), [p3] "m"(field_prime[3])

/* (a0…a5) += a · limb i of b, with a5 fresh. */
#define MULTIPLY_ROUND(i, a0, a1, a2, a3, a4, a5)                                                          \
  "movq %[b" #i "], %%rdx\n\t"                                                                          \
  "xorl %k[" #a5 "], %k[" #a5 "]\n\t"                                                                      \
  "mulxq %[a0], %[lo], %[hi]\n\t"                                                                           \
  "adcxq %[lo], %[" #a0 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a1 "]\n\t"                                                                            \
  "mulxq %[a1], %[lo], %[hi]\n\t"                                                                         \
  "adcxq %[lo], %[" #a1 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a2 "]\n\t"                                                                            \
  "mulxq %[a2], %[lo], %[hi]\n\t"                                                                        \
  "adcxq %[lo], %[" #a2 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a3 "]\n\t"                                                                            \
  "mulxq %[a3], %[lo], %[hi]\n\t"                                                                        \
  "adcxq %[lo], %[" #a3 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a4 "]\n\t"                                                                            \
  "adcxq %[" #a5 "], %[" #a4 "]\n\t"                                                                       \
  "adoxq %[" #a5 "], %[" #a5 "]\n\t"                                                                       \
  "adcq $0, %[" #a5 "]\n\t"

#if CURVE == CURVE_SM2

/* (a1…a5) += a0·(p + 1)/2^64 = a0·(2^192 - 2^160 - 2^32 + 1). */
#define REDUCE_ROUND(a0, a1, a2, a3, a4, a5)                                                               \
  "movq %[" #a0 "], %[lo]\n\t"                                                                             \
  "shlq $32, %[lo]\n\t"                                                                                    \
  "movq %[" #a0 "], %[hi]\n\t"                                                                             \
  "shrq $32, %[hi]\n\t"                                                                                    \
  "addq %[" #a0 "], %[" #a1 "]\n\t"                                                                        \
  "adcq $0, %[" #a2 "]\n\t"                                                                                \
  "adcq $0, %[" #a3 "]\n\t"                                                                                \
  "adcq %[" #a0 "], %[" #a4 "]\n\t"                                                                        \
  "adcq $0, %[" #a5 "]\n\t"                                                                                \
  "subq %[lo], %[" #a1 "]\n\t"                                                                             \
  "sbbq %[hi], %[" #a2 "]\n\t"                                                                             \
  "sbbq %[lo], %[" #a3 "]\n\t"                                                                             \
  "sbbq %[hi], %[" #a4 "]\n\t"                                                                             \
  "sbbq $0, %[" #a5 "]\n\t"

/* The same for four limbs below 2^256; the fourth comes out in a0. */
#define REDUCE_LOW_ROUND(a0, a1, a2, a3)                                                                   \
  "movq %[" #a0 "], %[lo]\n\t"                                                                             \
  "shlq $32, %[lo]\n\t"                                                                                    \
  "movq %[" #a0 "], %[hi]\n\t"                                                                             \
  "shrq $32, %[hi]\n\t"                                                                                    \
  "addq %[" #a0 "], %[" #a1 "]\n\t"                                                                        \
  "adcq $0, %[" #a2 "]\n\t"                                                                                \
  "adcq $0, %[" #a3 "]\n\t"                                                                                \
  "adcq $0, %[" #a0 "]\n\t"                                                                                \
  "subq %[lo], %[" #a1 "]\n\t"                                                                             \
  "sbbq %[hi], %[" #a2 "]\n\t"                                                                             \
  "sbbq %[lo], %[" #a3 "]\n\t"                                                                             \
  "sbbq %[hi], %[" #a0 "]\n\t"

#define SUBTRACT_PRIME(a0, a1, a2, a3)                                                                     \
  "subq $-1, " a0 "\n\t"                                                                                   \
  "sbbq %[p1], " a1 "\n\t"                                                                                 \
  "sbbq $-1, " a2 "\n\t"                                                                                   \
  "sbbq %[p3], " a3 "\n\t"

#define PRIME_LIMB_2_AND_MASK(mask) (mask)

#else

/* (a1…a5) += a0·(p + 1)/2^64 = a0·(2^32 + (2^64 - 2^32 + 1)·2^128). */
#define REDUCE_ROUND(a0, a1, a2, a3, a4, a5)                                                               \
  "movq %[" #a0 "], %%rdx\n\t"                                                                             \
  "movq %[" #a0 "], %[lo]\n\t"                                                                             \
  "shlq $32, %[lo]\n\t"                                                                                    \
  "shrq $32, %[" #a0 "]\n\t"                                                                               \
  "addq %[lo], %[" #a1 "]\n\t"                                                                             \
  "adcq %[" #a0 "], %[" #a2 "]\n\t"                                                                        \
  "mulxq %[p3], %[lo], %[hi]\n\t"                                                                          \
  "adcq %[lo], %[" #a3 "]\n\t"                                                                             \
  "adcq %[hi], %[" #a4 "]\n\t"                                                                             \
  "adcq $0, %[" #a5 "]\n\t"

#define REDUCE_LOW_ROUND(a0, a1, a2, a3)                                                                   \
  "movq %[" #a0 "], %%rdx\n\t"                                                                             \
  "movq %[" #a0 "], %[lo]\n\t"                                                                             \
  "shlq $32, %[lo]\n\t"                                                                                    \
  "shrq $32, %[" #a0 "]\n\t"                                                                               \
  "addq %[lo], %[" #a1 "]\n\t"                                                                             \
  "adcq %[" #a0 "], %[" #a2 "]\n\t"                                                                        \
  "mulxq %[p3], %[lo], %[" #a0 "]\n\t"                                                                     \
  "adcq %[lo], %[" #a3 "]\n\t"                                                                             \
  "adcq $0, %[" #a0 "]\n\t"

#define SUBTRACT_PRIME(a0, a1, a2, a3)                                                                     \
  "subq $-1, " a0 "\n\t"                                                                                   \
  "sbbq %[p1], " a1 "\n\t"                                                                                 \
  "sbbq $0, " a2 "\n\t"                                                                                    \
  "sbbq %[p3], " a3 "\n\t"

#define PRIME_LIMB_2_AND_MASK(mask) ((limb)0)

#endif

static inline void field_mul(u256 r, const u256 a, const u256 b) {
  limb t0, t1, t2, t3, t4, t5, lo, hi;
  __asm__("movq %[b0], %%rdx\n\t"
          "mulxq %[a0], %[t0], %[t1]\n\t"
          "mulxq %[a1], %[lo], %[t2]\n\t"
          "addq %[lo], %[t1]\n\t"
          "mulxq %[a2], %[lo], %[t3]\n\t"
          "adcq %[lo], %[t2]\n\t"
          "mulxq %[a3], %[lo], %[t4]\n\t"
          "adcq %[lo], %[t3]\n\t"
          "adcq $0, %[t4]\n\t"
          "movl $0, %k[t5]\n\t"
          REDUCE_ROUND(t0, t1, t2, t3, t4, t5)
          MULTIPLY_ROUND(1, t1, t2, t3, t4, t5, t0)
          REDUCE_ROUND(t1, t2, t3, t4, t5, t0)
          MULTIPLY_ROUND(2, t2, t3, t4, t5, t0, t1)
          REDUCE_ROUND(t2, t3, t4, t5, t0, t1)
          MULTIPLY_ROUND(3, t3, t4, t5, t0, t1, t2)
          REDUCE_ROUND(t3, t4, t5, t0, t1, t2)
          /* The sum is (t4, t5, t0, t1) with the carry t2. */
          "movq %[t4], %[lo]\n\t"
          "movq %[t5], %[hi]\n\t"
          "movq %[t0], %%rdx\n\t"
          "movq %[t1], %[t3]\n\t"
          SUBTRACT_PRIME("%[lo]", "%[hi]", "%%rdx", "%[t3]")
          "sbbq $0, %[t2]\n\t"
          "cmovncq %[lo], %[t4]\n\t"
          "cmovncq %[hi], %[t5]\n\t"
          "cmovncq %%rdx, %[t0]\n\t"
          "cmovncq %[t3], %[t1]\n\t"
          : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
            [lo] "=&r"(lo), [hi] "=&r"(hi)
          : MEMORY_A, MEMORY_B, PRIME_OPERANDS
          : "rdx", "cc");
  r[0] = t4;
  r[1] = t5;
  r[2] = t0;
  r[3] = t1;
}

static inline void field_sqr(u256 r, const u256 a) {
  limb t0, t1, t2, t3, t4, t5, t6, t7, lo, hi;
  __asm__("movq %[a0], %%rdx\n\t"
          "mulxq %[a1], %[t1], %[t2]\n\t"
          "mulxq %[a2], %[lo], %[t3]\n\t"
          "addq %[lo], %[t2]\n\t"
          "mulxq %[a3], %[lo], %[t4]\n\t"
          "adcq %[lo], %[t3]\n\t"
          "adcq $0, %[t4]\n\t"
          "movq %[a1], %%rdx\n\t"
          "xorl %k[t5], %k[t5]\n\t"
          "mulxq %[a2], %[lo], %[hi]\n\t"
          "adcxq %[lo], %[t3]\n\t"
          "adoxq %[hi], %[t4]\n\t"
          "mulxq %[a3], %[lo], %[hi]\n\t"
          "adcxq %[lo], %[t4]\n\t"
          "adoxq %[hi], %[t5]\n\t"
          "adcq $0, %[t5]\n\t"
          "movq %[a2], %%rdx\n\t"
          "mulxq %[a3], %[lo], %[t6]\n\t"
          "addq %[lo], %[t5]\n\t"
          "adcq $0, %[t6]\n\t"
          /* Twice the mixed products in the one chain, plus the squares in the other. */
          "movq %[a0], %%rdx\n\t"
          "xorl %k[t7], %k[t7]\n\t"
          "mulxq %%rdx, %[t0], %[hi]\n\t"
          "adcxq %[t1], %[t1]\n\t"
          "adoxq %[hi], %[t1]\n\t"
          "movq %[a1], %%rdx\n\t"
          "mulxq %%rdx, %[lo], %[hi]\n\t"
          "adcxq %[t2], %[t2]\n\t"
          "adoxq %[lo], %[t2]\n\t"
          "adcxq %[t3], %[t3]\n\t"
          "adoxq %[hi], %[t3]\n\t"
          "movq %[a2], %%rdx\n\t"
          "mulxq %%rdx, %[lo], %[hi]\n\t"
          "adcxq %[t4], %[t4]\n\t"
          "adoxq %[lo], %[t4]\n\t"
          "adcxq %[t5], %[t5]\n\t"
          "adoxq %[hi], %[t5]\n\t"
          "movq %[a3], %%rdx\n\t"
          "mulxq %%rdx, %[lo], %[hi]\n\t"
          "adcxq %[t6], %[t6]\n\t"
          "adoxq %[lo], %[t6]\n\t"
          "adcxq %[t7], %[t7]\n\t"
          "adoxq %[hi], %[t7]\n\t"
          REDUCE_LOW_ROUND(t0, t1, t2, t3)
          REDUCE_LOW_ROUND(t1, t2, t3, t0)
          REDUCE_LOW_ROUND(t2, t3, t0, t1)
          REDUCE_LOW_ROUND(t3, t0, t1, t2)
          "xorl %%edx, %%edx\n\t"
          "addq %[t0], %[t4]\n\t"
          "adcq %[t1], %[t5]\n\t"
          "adcq %[t2], %[t6]\n\t"
          "adcq %[t3], %[t7]\n\t"
          "adcq $0, %%rdx\n\t"
          "movq %[t4], %[t0]\n\t"
          "movq %[t5], %[t1]\n\t"
          "movq %[t6], %[t2]\n\t"
          "movq %[t7], %[t3]\n\t"
          SUBTRACT_PRIME("%[t0]", "%[t1]", "%[t2]", "%[t3]")
          "sbbq $0, %%rdx\n\t"
          "cmovcq %[t4], %[t0]\n\t"
          "cmovcq %[t5], %[t1]\n\t"
          "cmovcq %[t6], %[t2]\n\t"
          "cmovcq %[t7], %[t3]\n\t"
          : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
            [t6] "=&r"(t6), [t7] "=&r"(t7), [lo] "=&r"(lo), [hi] "=&r"(hi)
          : MEMORY_A, PRIME_OPERANDS
          : "rdx", "cc");
  r[0] = t0;
  r[1] = t1;
  r[2] = t2;
  r[3] = t3;
}

static inline void field_add(u256 r, const u256 a, const u256 b) {
  limb t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], s0, s1, s2, s3, top;
  __asm__("xorl %k[top], %k[top]\n\t"
          "addq %[b0], %[t0]\n\t"
          "adcq %[b1], %[t1]\n\t"
          "adcq %[b2], %[t2]\n\t"
          "adcq %[b3], %[t3]\n\t"
          "adcq $0, %[top]\n\t"
          "movq %[t0], %[s0]\n\t"
          "movq %[t1], %[s1]\n\t"
          "movq %[t2], %[s2]\n\t"
          "movq %[t3], %[s3]\n\t"
          SUBTRACT_PRIME("%[s0]", "%[s1]", "%[s2]", "%[s3]")
          "sbbq $0, %[top]\n\t"
          "cmovncq %[s0], %[t0]\n\t"
          "cmovncq %[s1], %[t1]\n\t"
          "cmovncq %[s2], %[t2]\n\t"
          "cmovncq %[s3], %[t3]\n\t"
          : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [s0] "=&r"(s0), [s1] "=&r"(s1),
            [s2] "=&r"(s2), [s3] "=&r"(s3), [top] "=&r"(top)
          : MEMORY_B, PRIME_OPERANDS
          : "cc");
  r[0] = t0;
  r[1] = t1;
  r[2] = t2;
  r[3] = t3;
}

static inline void field_sub(u256 r, const u256 a, const u256 b) {
  limb t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], negative;
  __asm__("subq %[b0], %[t0]\n\t"
          "sbbq %[b1], %[t1]\n\t"
          "sbbq %[b2], %[t2]\n\t"
          "sbbq %[b3], %[t3]\n\t"
          "sbbq %[negative], %[negative]\n\t"
          : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [negative] "=&r"(negative)
          : MEMORY_B
          : "cc");
  limb p1 = field_prime[1] & negative, p2 = PRIME_LIMB_2_AND_MASK(negative), p3 = field_prime[3] & negative;
  __asm__("addq %[p0], %[t0]\n\t"
          "adcq %[p1], %[t1]\n\t"
          "adcq %[p2], %[t2]\n\t"
          "adcq %[p3], %[t3]\n\t"
          : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3)
          : [p0] "r"(negative), [p1] "r"(p1), [p2] "r"(p2), [p3] "r"(p3)
          : "cc");
  r[0] = t0;
  r[1] = t1;
  r[2] = t2;
  r[3] = t3;
}

static inline void field_half(u256 r, const u256 a) {
  limb t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], top = 0, odd = mask_of(a[0] & 1);
  limb p1 = field_prime[1] & odd, p2 = PRIME_LIMB_2_AND_MASK(odd), p3 = field_prime[3] & odd;
  __asm__("addq %[p0], %[t0]\n\t"
          "adcq %[p1], %[t1]\n\t"
          "adcq %[p2], %[t2]\n\t"
          "adcq %[p3], %[t3]\n\t"
          "adcq $0, %[top]\n\t"
          "shrdq $1, %[t1], %[t0]\n\t"
          "shrdq $1, %[t2], %[t1]\n\t"
          "shrdq $1, %[t3], %[t2]\n\t"
          "shrdq $1, %[top], %[t3]\n\t"
          : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [top] "+&r"(top)
          : [p0] "r"(odd), [p1] "r"(p1), [p2] "r"(p2), [p3] "r"(p3)
          : "cc");
  r[0] = t0;
  r[1] = t1;
  r[2] = t2;
  r[3] = t3;
}

#endif
