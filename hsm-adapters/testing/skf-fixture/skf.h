/*
 * The prototypes and structures of GM/T 0016-2012 that the fixture has, in the layouts in which vendors ship them:
 *
 *   SKF_NATURAL          structures aligned as the compiler likes; packed without
 *   SKF_WIDE             ULONG has eight octets; four without
 *   SKF_SHIFTED_PIN      a wrong PIN is 0x0A000029 and a locked one 0x0A00002A; …24 and …25 without
 *   SKF_SM2_SIGN         the number of SM2 for signing, 0x00020200 by GM/T 0006-2012
 *   SKF_SIGN_MESSAGE     SKF_ECCSignData takes the message; e without
 *   SKF_DECRYPT          SKF_ECCDecrypt is there
 */
#ifndef YINXIN_SKF_FIXTURE_H
#define YINXIN_SKF_FIXTURE_H

#include <stdint.h>

typedef uint8_t BYTE;
typedef int32_t BOOL;
typedef char *LPSTR;
typedef void *HANDLE;
#ifdef SKF_WIDE
typedef uint64_t ULONG;
#else
typedef uint32_t ULONG;
#endif

#ifndef SKF_SM2_SIGN
#define SKF_SM2_SIGN 0x00020200
#endif

#ifdef SKF_SHIFTED_PIN
#define SAR_PIN_INCORRECT 0x0A000029
#define SAR_PIN_LOCKED 0x0A00002A
#else
#define SAR_PIN_INCORRECT 0x0A000024
#define SAR_PIN_LOCKED 0x0A000025
#endif
#define SAR_OK 0
#define SAR_FAIL 0x0A000001
#define SAR_NOTSUPPORTYETERR 0x0A000003
#define SAR_FILEERR 0x0A000004
#define SAR_INVALIDHANDLEERR 0x0A000005
#define SAR_INVALIDPARAMERR 0x0A000006
#define SAR_NAMELENERR 0x0A000009
#define SAR_TIMEOUTERR 0x0A00000F
#define SAR_INDATALENERR 0x0A000010
#define SAR_INDATAERR 0x0A000011
#define SAR_KEYNOTFOUNTERR 0x0A00001B
#define SAR_CERTNOTFOUNTERR 0x0A00001C
#define SAR_BUFFER_TOO_SMALL 0x0A000020
#define SAR_DEVICE_REMOVED 0x0A000023
#define SAR_PIN_LEN_RANGE 0x0A000027
#define SAR_USER_TYPE_INVALID 0x0A00002A
#define SAR_USER_NOT_LOGGED_IN 0x0A00002D
#define SAR_APPLICATION_NOT_EXISTS 0x0A00002E
#define SAR_FILE_ALREADY_EXIST 0x0A00002F
#define SAR_FILE_NOT_EXIST 0x0A000031

#define SGD_SM4_ECB 0x00000401
#define PIN_ADMIN 0
#define PIN_USER 1

#ifndef SKF_NATURAL
#pragma pack(push, 1)
#endif
typedef struct {
  BYTE major, minor;
} VERSION;

typedef struct {
  VERSION Version;
  char Manufacturer[64], Issuer[64], Label[32], SerialNumber[32];
  VERSION HWVersion, FirmwareVersion;
  ULONG AlgSymCap, AlgAsymCap, AlgHashCap, DevAuthAlgId, TotalSpace, FreeSpace, MaxECCBufferSize, MaxBufferSize;
  BYTE Reserved[64];
} DEVINFO;

typedef struct {
  ULONG BitLen;
  BYTE XCoordinate[64], YCoordinate[64];
} ECCPUBLICKEYBLOB;

typedef struct {
  BYTE r[64], s[64];
} ECCSIGNATUREBLOB;

typedef struct {
  BYTE XCoordinate[64], YCoordinate[64], HASH[32];
  ULONG CipherLen;
  BYTE Cipher[1];
} ECCCIPHERBLOB;

typedef struct {
  ULONG Version, ulSymmAlgID, ulBits;
  BYTE cbEncryptedPriKey[64];
  ECCPUBLICKEYBLOB PubKey;
  ECCCIPHERBLOB ECCCipherBlob;
} ENVELOPEDKEYBLOB;
#ifndef SKF_NATURAL
#pragma pack(pop)
#endif

#if !defined(SKF_WIDE) && !defined(SKF_NATURAL)
_Static_assert(sizeof(DEVINFO) == 294 && sizeof(ECCPUBLICKEYBLOB) == 132 && sizeof(ECCCIPHERBLOB) == 165 &&
                   sizeof(ENVELOPEDKEYBLOB) == 373,
               "the sizes of the packed layout");
#elif !defined(SKF_WIDE)
_Static_assert(sizeof(DEVINFO) == 296, "the size of the natural layout");
#endif

#define SKF_API __attribute__((visibility("default")))

#endif
