/*
 * What the token is to be like: the file `control` in the folder PKCS11_FIXTURE_FOLDER, read at C_Initialize.
 *   profile=NAME            whose numbers for SM2: ibm-ep11, sansec, wosign
 *   only=HEX                the one signing mechanism that it has; all of the profile's if absent
 *   tries=N                 wrong PINs until it locks
 *   pad                     the PIN is typed on the device (which always types the right one)
 *   always-authenticate     keys want the PIN at every signature
 *   bare-point              CKA_EC_POINT without the OCTET STRING around it
 *   fixed-id                CKA_ID cannot be changed
 *   wrong-pin=HEX           what it answers to a wrong PIN
 *   extractable             keys can be taken out, whatever their template says
 */
#ifndef YINXIN_FIXTURE_CONTROL_H
#define YINXIN_FIXTURE_CONTROL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cryptoki.h"

struct vendor {
  const char *name;
  ck_ulong key_type, key_generation;
  /* e, raw and DER; message with Z by the token, raw and DER; message without, raw and DER. */
  ck_ulong signing[6];
  ck_ulong decryption;
  /* Where the numbers are: 0 for CKA_EC_POINT and CKA_VALUE. */
  ck_ulong x, y, d;
};

static const struct vendor vendors[] = {
    {"ibm-ep11", 0x80050002, 0x8005000a, {0x8005000b, 0, 0x8005000c, 0, 0, 0}, 0x8005000d, 0, 0, 0},
    {"sansec",
     0x80000004,
     0x80008001,
     {0x80008105, 0x80008104, 0x80008102, 0x80008103, 0x80008100, 0x80008101},
     0x80008200,
     0,
     0,
     0},
    {"wosign", 0x10001, 0x10009, {0x10002, 0, 0x10004, 0, 0, 0}, 0x10001, 0x10002, 0x10003, 0x10004},
};

struct control {
  const struct vendor *vendor;
  ck_ulong only, tries, wrong_pin;
  int has_pad, always_authenticate, bare_point, fixed_id, extractable;
};

static const char *fixture_path(const char *name) {
  static char path[4096];
  const char *folder = getenv("PKCS11_FIXTURE_FOLDER");
  snprintf(path, sizeof path, "%s/%s", folder == NULL ? "." : folder, name);
  return path;
}

static void read_control(struct control *control) {
  *control = (struct control){.vendor = &vendors[0], .tries = 3};
  FILE *file = fopen(fixture_path("control"), "r");
  if (file == NULL) return;
  char word[64];
  while (fscanf(file, "%63s", word) == 1) {
    for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i += 1)
      if (strncmp(word, "profile=", 8) == 0 && strcmp(word + 8, vendors[i].name) == 0) control->vendor = &vendors[i];
    sscanf(word, "only=%lx", &control->only);
    sscanf(word, "tries=%lu", &control->tries);
    if (strcmp(word, "pad") == 0) control->has_pad = 1;
    if (strcmp(word, "always-authenticate") == 0) control->always_authenticate = 1;
    if (strcmp(word, "bare-point") == 0) control->bare_point = 1;
    sscanf(word, "wrong-pin=%lx", &control->wrong_pin);
    if (strcmp(word, "extractable") == 0) control->extractable = 1;
    if (strcmp(word, "fixed-id") == 0) control->fixed_id = 1;
  }
  fclose(file);
}

#endif
