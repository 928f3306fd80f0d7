/* scalar_mul of scalar.h with the instructions of field-x86-adx.h. */
#ifndef YINXIN_SCALAR_X86_ADX_H
#define YINXIN_SCALAR_X86_ADX_H

#include "field-x86-adx.h"

#define ORDER_OPERANDS                                                                                     \
  [n0] "m"(group_order[0]), [n1] "m"(group_order[1]), [n2] "m"(group_order[2]), [n3] "m"(group_order[3]),  \
      [factor] "m"(order_factor)

/* (a1…a5) = ((a0…a5) + a0·factor·n) / 2^64; a0 becomes zero. */
#define ORDER_REDUCE_ROUND(a0, a1, a2, a3, a4, a5)                                                         \
  "movq %[" #a0 "], %%rdx\n\t"                                                                             \
  "imulq %[factor], %%rdx\n\t"                                                                             \
  "xorl %k[lo], %k[lo]\n\t"                                                                                \
  "mulxq %[n0], %[lo], %[hi]\n\t"                                                                          \
  "adcxq %[lo], %[" #a0 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a1 "]\n\t"                                                                            \
  "mulxq %[n1], %[lo], %[hi]\n\t"                                                                          \
  "adcxq %[lo], %[" #a1 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a2 "]\n\t"                                                                            \
  "mulxq %[n2], %[lo], %[hi]\n\t"                                                                          \
  "adcxq %[lo], %[" #a2 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a3 "]\n\t"                                                                            \
  "mulxq %[n3], %[lo], %[hi]\n\t"                                                                          \
  "adcxq %[lo], %[" #a3 "]\n\t"                                                                            \
  "adoxq %[hi], %[" #a4 "]\n\t"                                                                            \
  "adcxq %[" #a0 "], %[" #a4 "]\n\t"                                                                       \
  "adoxq %[" #a0 "], %[" #a5 "]\n\t"                                                                       \
  "adcq $0, %[" #a5 "]\n\t"

static void scalar_mul(u256 r, const u256 a, const u256 b) {
  limb t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5, lo, hi;
  __asm__(MULTIPLY_ROUND(0, t0, t1, t2, t3, t4, t5)
          ORDER_REDUCE_ROUND(t0, t1, t2, t3, t4, t5)
          MULTIPLY_ROUND(1, t1, t2, t3, t4, t5, t0)
          ORDER_REDUCE_ROUND(t1, t2, t3, t4, t5, t0)
          MULTIPLY_ROUND(2, t2, t3, t4, t5, t0, t1)
          ORDER_REDUCE_ROUND(t2, t3, t4, t5, t0, t1)
          MULTIPLY_ROUND(3, t3, t4, t5, t0, t1, t2)
          ORDER_REDUCE_ROUND(t3, t4, t5, t0, t1, t2)
          /* The sum is (t4, t5, t0, t1) with the carry t2. */
          "movq %[t4], %[lo]\n\t"
          "movq %[t5], %[hi]\n\t"
          "movq %[t0], %%rdx\n\t"
          "movq %[t1], %[t3]\n\t"
          "subq %[n0], %[lo]\n\t"
          "sbbq %[n1], %[hi]\n\t"
          "sbbq %[n2], %%rdx\n\t"
          "sbbq %[n3], %[t3]\n\t"
          "sbbq $0, %[t2]\n\t"
          "cmovncq %[lo], %[t4]\n\t"
          "cmovncq %[hi], %[t5]\n\t"
          "cmovncq %%rdx, %[t0]\n\t"
          "cmovncq %[t3], %[t1]\n\t"
          : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4), [t5] "=&r"(t5),
            [lo] "=&r"(lo), [hi] "=&r"(hi)
          : MEMORY_A, MEMORY_B, ORDER_OPERANDS
          : "rdx", "cc");
  r[0] = t4;
  r[1] = t5;
  r[2] = t0;
  r[3] = t1;
}

#endif
