#include "curve.h"

#ifdef HAVE_FAST
#include <cpuid.h>

int processor_is_fast(void) {
  const unsigned int bmi2 = 1u << 8, adx = 1u << 19;
  unsigned int eax, ebx, ecx, edx;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
  if ((ebx & (bmi2 | adx)) != (bmi2 | adx)) return 0;
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0;
}
#else
int processor_is_fast(void) { return 0; }
#endif
