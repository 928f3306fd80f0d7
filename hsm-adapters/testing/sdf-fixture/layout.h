/*
 * The structures of GM/T 0018-2012 as one vendor's compiler sees them. What vendors change is defined from outside:
 *
 *   ECC_BITS 512 | 256          ECCref_MAX_BITS
 *   RSA_BITS 2048 | 4096        RSAref_MAX_BITS
 *   ULONG_OCTETS 4 | 8          what the numbers of structures and calls are
 *   CIPHER_LENGTH_FIRST         L, x, y, C[136], M instead of x, y, M, L, C
 *   CIPHER_OCTETS 0 | 136       how long C is in the structure; 0: as long as the text
 *   SIGNS_MESSAGE               InternalSign_ECC takes the message instead of e
 *   RSA_KEY_USAGE               InternalPrivateKeyOperation_RSA has one more argument
 *   RIGHT_MISSING, PASSWORD_WRONG, ALGORITHM_ENCRYPT   numbers
 *   NO_PASSWORD                 GetPrivateKeyAccessRight takes anything
 */
#ifndef YINXIN_SDF_LAYOUT_H
#define YINXIN_SDF_LAYOUT_H

#include <stdint.h>

#ifndef ECC_BITS
#define ECC_BITS 512
#endif
#ifndef RSA_BITS
#define RSA_BITS 2048
#endif
#ifndef ULONG_OCTETS
#define ULONG_OCTETS 4
#endif
#ifndef CIPHER_OCTETS
#define CIPHER_OCTETS 0
#endif
#ifndef RIGHT_MISSING
#define RIGHT_MISSING 0x01000007
#endif
#ifndef PASSWORD_WRONG
#define PASSWORD_WRONG 0x01000018
#endif
#ifndef ALGORITHM_ENCRYPT
#define ALGORITHM_ENCRYPT 0x00020800
#endif

#define ECC_OCTETS (ECC_BITS / 8)
#define RSA_OCTETS (RSA_BITS / 8)

#if ULONG_OCTETS == 8
typedef uint64_t ULONG;
#else
typedef uint32_t ULONG;
#endif

typedef struct {
  uint8_t IssuerName[40];
  uint8_t DeviceName[16];
  uint8_t DeviceSerial[16];
  uint32_t DeviceVersion;
  uint32_t StandardVersion;
  uint32_t AsymAlgAbility[2];
  uint32_t SymAlgAbility;
  uint32_t HashAlgAbility;
  uint32_t BufferSize;
} DEVICEINFO;

typedef struct {
  ULONG bits;
  uint8_t m[RSA_OCTETS];
  uint8_t e[RSA_OCTETS];
} RSArefPublicKey;

typedef struct {
  ULONG bits;
  uint8_t x[ECC_OCTETS];
  uint8_t y[ECC_OCTETS];
} ECCrefPublicKey;

typedef struct {
  uint8_t r[ECC_OCTETS];
  uint8_t s[ECC_OCTETS];
} ECCSignature;

#ifdef CIPHER_LENGTH_FIRST
typedef struct {
  ULONG L;
  uint8_t x[ECC_OCTETS];
  uint8_t y[ECC_OCTETS];
  uint8_t C[CIPHER_OCTETS];
  uint8_t M[32];
} ECCCipher;
#else
typedef struct {
  uint8_t x[ECC_OCTETS];
  uint8_t y[ECC_OCTETS];
  uint8_t M[32];
  ULONG L;
  uint8_t C[CIPHER_OCTETS];
} ECCCipher;
#endif

enum {
  SDR_OK = 0,
  SDR_NOTSUPPORT = 0x01000002,
  SDR_COMMFAIL = 0x01000003,
  SDR_OPENDEVICE = 0x01000005,
  SDR_KEYNOTEXIST = 0x01000008,
  SDR_ALGNOTSUPPORT = 0x01000009,
  SDR_SKOPERR = 0x0100000c,
  SDR_ENCDATAERR = 0x01000016,
  SDR_INARGERR = 0x0100001d,
  /* The standard has no number for it; this is the fixture's own. */
  PASSWORD_LOCKED = 0x01008001,
};

#endif
