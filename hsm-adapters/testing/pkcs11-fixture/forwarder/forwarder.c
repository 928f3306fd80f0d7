/*
 * A PKCS#11 library that hands everything on to another one (PKCS11_FORWARD_TO), but may spoil C_Sign: whenever the file
 * PKCS11_FORWARD_CONTROL is there, its words are followed:
 *   delay=N    waits N microseconds first
 *   fail=N     answers N and leaves the operation as it is
 *   empty      answers OK and no octet
 *   once       removes the file, so that only this call is spoilt
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cryptoki.h"

static struct ck_function_list list;

typedef ck_ulong (*sign_function)(ck_ulong, ck_byte *, ck_ulong, ck_byte *, ck_ulong *);
static sign_function real_sign;

static ck_ulong forward_sign(ck_ulong session, ck_byte *data, ck_ulong size, ck_byte *out, ck_ulong *out_size) {
  const char *path = getenv("PKCS11_FORWARD_CONTROL");
  FILE *control = path == NULL ? NULL : fopen(path, "r");
  unsigned long fail = 0;
  int is_empty = 0, is_once = 0;
  if (control != NULL) {
    char word[64];
    unsigned long delay = 0;
    while (fscanf(control, "%63s", word) == 1) {
      sscanf(word, "delay=%lu", &delay);
      sscanf(word, "fail=%lu", &fail);
      if (strcmp(word, "empty") == 0) is_empty = 1;
      if (strcmp(word, "once") == 0) is_once = 1;
    }
    fclose(control);
    /* Of several threads that have read it, the one that removes it. */
    if (is_once && unlink(path) != 0) fail = is_empty = delay = 0;
    if (delay > 0) usleep((useconds_t)delay);
  }
  if (fail != 0) return fail;
  ck_ulong rv = real_sign(session, data, size, out, out_size);
  if (is_empty) *out_size = 0;
  return rv;
}

CK_EXPORT ck_ulong C_GetFunctionList(struct ck_function_list **out) {
  if (real_sign == NULL) {
    const char *path = getenv("PKCS11_FORWARD_TO");
    void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return CKR_GENERAL_ERROR;
    ck_ulong (*get)(struct ck_function_list **) = NULL;
    *(void **)&get = dlsym(library, "C_GetFunctionList");
    struct ck_function_list *real = NULL;
    if (get == NULL || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    list = *real;
    *(void **)&real_sign = real->functions[at_sign];
    *(sign_function *)&list.functions[at_sign] = forward_sign;
    *(void **)&list.functions[at_get_function_list] = dlsym(RTLD_DEFAULT, "C_GetFunctionList");
  }
  *out = &list;
  return CKR_OK;
}
