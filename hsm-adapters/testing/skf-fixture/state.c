/* For dladdr. */
#define _GNU_SOURCE
#include "state.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *state_folder(void) {
  static char folder[PATH_SIZE];
  Dl_info library;
  if (folder[0] == 0 && dladdr((void *)state_folder, &library) != 0) {
    snprintf(folder, sizeof folder, "%s", library.dli_fname);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) *slash = 0;
  }
  return folder;
}

int file_path(char path[PATH_SIZE], const char *folder, const char *file) {
  size_t first = strlen(folder), second = strlen(file);
  if (first + second + 2 > PATH_SIZE) return 0;
  memcpy(path, folder, first);
  path[first] = '/';
  memcpy(path + first + 1, file, second + 1);
  return 1;
}

int named_path(char path[PATH_SIZE], const char *folder, const char *name) {
  char digits[2 * NAME_SIZE + 1] = "";
  size_t size = strlen(name);
  if (size == 0 || size > NAME_SIZE) return 0;
  for (size_t i = 0; i < size; i += 1) snprintf(digits + 2 * i, 3, "%02x", (unsigned char)name[i]);
  return file_path(path, folder, digits);
}

int exists(const char *path) { return access(path, F_OK) == 0; }

int make_folder(const char *path) { return mkdir(path, 0700) == 0; }

void remove_folder(const char *path) {
  char file[PATH_SIZE];
  DIR *folder = opendir(path);
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
    if (entry->d_name[0] != '.' && file_path(file, path, entry->d_name)) unlink(file);
  closedir(folder);
  rmdir(path);
}

long read_bytes(const char *path, void *bytes, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  long got = read(file, bytes, size);
  close(file);
  return got;
}

int write_bytes(const char *path, const void *bytes, size_t size) {
  char unfinished[PATH_SIZE];
  if (snprintf(unfinished, sizeof unfinished, "%s.%d", path, (int)getpid()) >= PATH_SIZE) return 0;
  int file = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return 0;
  int is_written = write(file, bytes, size) == (ssize_t)size;
  close(file);
  return is_written && rename(unfinished, path) == 0;
}

size_t list_names(const char *folder, char *list, size_t size) {
  struct dirent **entries;
  size_t end = 0;
  int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i += 1) {
    const char *digits = entries[i]->d_name;
    if (digits[0] != '.' && end + strlen(digits) / 2 + 2 <= size) {
      unsigned octet;
      for (; sscanf(digits, "%2x", &octet) == 1; digits += 2) list[end++] = (char)octet;
      list[end++] = 0;
    }
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  list[end++] = 0;
  return end;
}

int lock_state(void) {
  char path[PATH_SIZE];
  file_path(path, state_folder(), "lock");
  int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock >= 0) flock(lock, LOCK_EX);
  return lock;
}

void unlock_state(int lock) {
  if (lock >= 0) close(lock);
}

static int pin_path(char path[PATH_SIZE], const char *application, int type) {
  return file_path(path, application, type == 0 ? "admin-pin" : "user-pin");
}

int read_pin(struct pin *pin, const char *application, int type) {
  char path[PATH_SIZE], text[160] = "";
  if (!pin_path(path, application, type) || read_bytes(path, text, sizeof text - 1) < 0) return 0;
  return sscanf(text, "%63s %u %u %u", pin->value, &pin->maximum, &pin->remaining, &pin->is_default) == 4;
}

void write_pin(const struct pin *pin, const char *application, int type) {
  char path[PATH_SIZE], text[160];
  int size = snprintf(text, sizeof text, "%s %u %u %u\n", pin->value, pin->maximum, pin->remaining, pin->is_default);
  if (pin_path(path, application, type)) write_bytes(path, text, (size_t)size);
}

static void note_call(const char *call) {
  char path[PATH_SIZE];
  file_path(path, state_folder(), "calls");
  int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return;
  dprintf(file, "%s\n", call);
  close(file);
}

enum told begin_call(const char *call, int asks_for_size, uint64_t *answer) {
  char path[PATH_SIZE], text[1024] = "", name[64], word[32], number[32], *rest;
  note_call(call);
  file_path(path, state_folder(), "behaviour");
  if (read_bytes(path, text, sizeof text - 1) <= 0) return WORK;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    strcpy(number, "0");
    if (sscanf(line, "%63s %31s %31s", name, word, number) < 2 || strcmp(name, call) != 0) continue;
    if (strcmp(word, "fail-later") == 0) {
      char later[160];
      int size = snprintf(later, sizeof later, "%s fail %s\n", name, number);
      write_bytes(path, later, (size_t)size);
      return WORK;
    }
    if (strcmp(word, "crash-once") == 0 || strcmp(word, "hang-once") == 0 || strcmp(word, "fail-once") == 0) {
      unlink(path);
      *strchr(word, '-') = 0;
    }
    if (strcmp(word, "crash") == 0 || (strcmp(word, "crash-on-size") == 0 && asks_for_size)) {
      signal(SIGSEGV, SIG_DFL);
      raise(SIGSEGV);
    }
    if (strcmp(word, "hang") == 0)
      for (;;) pause();
    if (strcmp(word, "delay") == 0) usleep((useconds_t)(strtoul(number, NULL, 10) * 1000));
    if (strcmp(word, "overrun") == 0) return OVERRUN;
    *answer = strtoul(number, NULL, 16);
    if (strcmp(word, "cut") == 0) return CUT;
    if (strcmp(word, "empty") == 0 || strcmp(word, "fail") == 0) return ANSWER;
  }
  return WORK;
}
