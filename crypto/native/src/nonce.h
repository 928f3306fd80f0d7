/*
 * Hedged nonces: HMAC-SHA-512(d, e || random || counter), 64 bytes to be reduced modulo n (RFC 2104 §2; the idea of RFC
 * 6979 §3.6). A source of randomness that repeats itself still gives a nonce that nobody else can compute, and never one
 * nonce for two digests. The WebAssembly engine derives the same.
 */
#ifndef YINXIN_NONCE_H
#define YINXIN_NONCE_H

#include <stdint.h>

/* HMAC's two states for one d: after the inner pad and after the outer. */
struct nonce_key {
  uint64_t inner[8], outer[8];
};

void nonce_prepare(struct nonce_key *key, const uint8_t d[32]);

/* The input is e || random. */
void nonce_derive(uint8_t nonce[64], const struct nonce_key *key, const uint8_t input[64], uint8_t counter);

#endif
