/* The numbers of the two curves y² = x³ - 3x + b, and what their primes allow. Everything else is derived at start. */
#ifndef YINXIN_PARAMETERS_H
#define YINXIN_PARAMETERS_H

#include "limb.h"

#define CURVE_SM2 1
#define CURVE_P256 2

#if CURVE == CURVE_SM2
/* GB/T 32918.5-2017: the recommended curve. */
static const u256 field_prime = {0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff};
static const u256 group_order = {0x53bbf40939d54123, 0x7203df6b21c6052b, 0xffffffffffffffff, 0xfffffffeffffffff};
static const u256 curve_b = {0xddbcbd414d940e93, 0xf39789f515ab8f92, 0x4d5a9e4bcf6509a7, 0x28e9fa9e9d9f5e34};
static const u256 base_x = {0x715a4589334c74c7, 0x8fe30bbff2660be1, 0x5f9904466a39c994, 0x32c4ae2c1f198119};
static const u256 base_y = {0x02df32e52139f0a0, 0xd0a9877cc62a4740, 0x59bdcee36b692153, 0xbc3736a2f4f6779c};
#elif CURVE == CURVE_P256
/* FIPS 186-5 and SP 800-186 §3.2.1.3. */
static const u256 field_prime = {0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001};
static const u256 group_order = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000};
static const u256 curve_b = {0x3bce3c3e27d2604b, 0x651d06b0cc53b0f6, 0xb3ebbd55769886bc, 0x5ac635d8aa3a93e7};
static const u256 base_x = {0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247};
static const u256 base_y = {0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b};
#else
#error "define CURVE"
#endif

#endif
