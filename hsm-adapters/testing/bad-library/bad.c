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

#ifdef LIES
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* A file in the folder that the test looks into. */
static void note(const char *name, int number) {
  const char *folder = getenv("BAD_LIBRARY_NOTES");
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder ? folder : ".", name);
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%d", number);
  fclose(file);
}

/* Writes into the descriptor of the probe what is no answer, speaks to the terminal, and leaves a child behind. */
__attribute__((constructor)) static void lie(void) {
  static const char words[] = "null\n7\n{\"problem\":null}\n{\"answer\":[{\"family\":7}]}\n";
  if (open("/dev/tty", O_WRONLY) >= 0) note("terminal", 0);
  if (write(3, words, sizeof words - 1) < 0) return;
  if (fork() != 0) return;
  note("child", (int)getpid());
  for (;;) pause();
}
#endif
