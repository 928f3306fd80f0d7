/* A PKCS#11 library (v2.40, the layout of CK_FUNCTION_LIST) that crashes or hangs where it is told to: a fixture. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long CK_RV;
typedef struct {
  unsigned char version[2];
  void *functions[68];
} CK_FUNCTION_LIST;

#define EXPORTED __attribute__((visibility("default")))

static void misbehave(void) {
#ifdef HANGS
  for (;;) pause();
#else
  raise(SIGSEGV);
#endif
}

static CK_RV initialize(void *arguments) {
  (void)arguments;
  return 0;
}

static CK_RV finalize(void *reserved) {
  (void)reserved;
  return 0;
}

static CK_RV get_info(void *info) {
  (void)info;
  misbehave();
  return 0;
}

static CK_FUNCTION_LIST list;

EXPORTED CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out) {
  memset(&list, 0, sizeof list);
  list.version[0] = 2;
  list.version[1] = 40;
  list.functions[0] = (void *)initialize;
  list.functions[1] = (void *)finalize;
  list.functions[2] = (void *)get_info;
  list.functions[3] = (void *)C_GetFunctionList;
  *out = &list;
  return 0;
}

#ifdef CRASHES_AT_ONCE
__attribute__((constructor)) static void begin(void) { misbehave(); }
#endif
