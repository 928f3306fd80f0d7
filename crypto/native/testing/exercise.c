/*
 * Answers questions about the curves on standard input, a line each, so that a test can compare the C code with a
 * textbook under the sanitizers, without Node. Numbers are hexadecimal; "-" says that the input was refused.
 *
 *   builds                              the builds that this processor runs
 *   CURVE BUILD point D                 x || y
 *   CURVE BUILD multiply XY K           x || y, or "0" for infinity
 *   CURVE BUILD sign D (E RANDOM)…      r || s of each
 *   CURVE BUILD nonced D (E NONCE)…     the same with given nonces
 *   CURVE BUILD verify TABLE XY E RS    "1" or "0"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/curve.h"

#define MAXIMUM_WORDS (4 + 2 * BATCH_LIMIT)

static const struct curve *curve_named(const char *curve, const char *build) {
#ifdef HAVE_FAST
  if (strcmp(build, "fast") == 0) return strcmp(curve, "sm2") == 0 ? &sm2_fast : &p256_fast;
#endif
  if (strcmp(build, "portable") != 0) exit(2);
  return strcmp(curve, "sm2") == 0 ? &sm2_portable : &p256_portable;
}

static void read_hex(uint8_t *bytes, size_t size, const char *hex) {
  if (strlen(hex) != 2 * size) exit(3);
  for (size_t i = 0; i < size; i += 1) {
    unsigned int byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) exit(3);
    bytes[i] = (uint8_t)byte;
  }
}

static void print_hex(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i += 1) printf("%02x", bytes[i]);
}

static void answer_sign(const struct curve *curve, char **words, size_t count, int nonced) {
  struct private_key key;
  uint8_t d[32], requests[BATCH_LIMIT * NONCED_SIZE];
  size_t size = nonced ? NONCED_SIZE : REQUEST_SIZE, signatures = (count - 1) / 2;
  read_hex(d, sizeof d, words[0]);
  for (size_t i = 0; i < signatures; i += 1) {
    read_hex(requests + i * size, 32, words[1 + 2 * i]);
    read_hex(requests + i * size + 32, size - 32, words[2 + 2 * i]);
  }
  if (!curve->read_private(&key, d) ||
      (nonced && !curve->sign_with_nonces(&key, requests, signatures))) {
    printf("-");
    return;
  }
  if (!nonced) curve->sign(&key, requests, signatures);
  for (size_t i = 0; i < signatures; i += 1) {
    print_hex(requests + i * size, 64);
    /* Nothing is left of the nonce. */
    for (size_t j = 64; j < size; j += 1) {
      if (requests[i * size + j] != 0) exit(4);
    }
  }
}

static void answer_verify(const struct curve *curve, char **words) {
  struct public_key key;
  uint8_t xy[64], e[32], rs[64];
  read_hex(xy, sizeof xy, words[1]);
  read_hex(e, sizeof e, words[2]);
  read_hex(rs, sizeof rs, words[3]);
  if (curve->read_public(&key, xy, words[0][0] == '1') != 1) {
    printf("-");
    return;
  }
  printf("%d", curve->verify(&key, e, rs));
  curve->free_public(&key);
}

static void answer_multiply(const struct curve *curve, char **words) {
  uint8_t xy[64], point[64], number[32];
  read_hex(point, sizeof point, words[0]);
  read_hex(number, sizeof number, words[1]);
  int status = curve->multiply(xy, point, number);
  if (status == 1) print_hex(xy, sizeof xy);
  else printf("%s", status == 0 ? "0" : "-");
}

static void answer_point(const struct curve *curve, char **words) {
  uint8_t xy[64], d[32];
  read_hex(d, sizeof d, words[0]);
  if (curve->public_point(xy, d)) print_hex(xy, sizeof xy);
  else printf("-");
}

int main(void) {
  static char line[1 << 16];
  char *words[MAXIMUM_WORDS];
  sm2_portable.prepare();
  p256_portable.prepare();
#ifdef HAVE_FAST
  if (processor_is_fast()) {
    sm2_fast.prepare();
    p256_fast.prepare();
  }
#endif
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && count < MAXIMUM_WORDS; word = strtok(NULL, " \n")) {
      words[count] = word;
      count += 1;
    }
    if (count == 1 && strcmp(words[0], "builds") == 0) {
      printf("portable%s\n", processor_is_fast() ? " fast" : "");
      continue;
    }
    if (count < 4) exit(5);
    const struct curve *curve = curve_named(words[0], words[1]);
    if (strcmp(words[2], "point") == 0) answer_point(curve, words + 3);
    else if (strcmp(words[2], "multiply") == 0 && count == 5) answer_multiply(curve, words + 3);
    else if (strcmp(words[2], "sign") == 0) answer_sign(curve, words + 3, count - 3, 0);
    else if (strcmp(words[2], "nonced") == 0) answer_sign(curve, words + 3, count - 3, 1);
    else if (strcmp(words[2], "verify") == 0 && count == 7) answer_verify(curve, words + 3);
    else exit(5);
    printf("\n");
  }
  return 0;
}
