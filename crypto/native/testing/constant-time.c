/*
 * Works with secrets that Memcheck takes for uninitialised memory: it reports every branch and every address that depends
 * on one (the method of A. Langley's ctgrind, 2010). Only the portable build runs there; Memcheck knows no ADX.
 */
#include <stdlib.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "../src/curve.h"

static void exercise(const struct curve *curve) {
  struct private_key key;
  uint8_t d[32], requests[3 * REQUEST_SIZE], point[64], product[64];
  for (size_t i = 0; i < sizeof d; i += 1) d[i] = (uint8_t)(7 * i + 3);
  memset(requests, 0x55, sizeof requests);
  VALGRIND_MAKE_MEM_UNDEFINED(d, sizeof d);
  int valid = curve->read_private(&key, d);
  /* That a key is in range is told to everybody. */
  VALGRIND_MAKE_MEM_DEFINED(&valid, sizeof valid);
  if (!valid) abort();
  curve->sign(&key, requests, 1);
  memset(requests, 0x33, sizeof requests);
  curve->sign(&key, requests, 3);
  curve->public_point(point, d);
  VALGRIND_MAKE_MEM_DEFINED(point, sizeof point);
  curve->multiply(product, point, d);
}

int main(void) {
  sm2_portable.prepare();
  p256_portable.prepare();
  exercise(&sm2_portable);
  exercise(&p256_portable);
  return 0;
}
