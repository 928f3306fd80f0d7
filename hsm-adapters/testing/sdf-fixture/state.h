/*
 * What the device keeps, as files in the folder that YINXIN_SDF_FIXTURE names: several processes use it at once, and the operator's
 * console writes it.
 *
 *   sign-N, encrypt-N   private keys of SM2, 32 octets            rsa-N      modulus and private exponent, of the same size
 *   password-N          of index N; else `password`, of all       wrong-N    one octet for each wrong password in a row
 *   serial              of the device                             delay      microseconds that each signature takes
 *   fault               what goes wrong: `KIND COUNT`, at the COUNT-th signature of a process
 */
#ifndef YINXIN_SDF_STATE_H
#define YINXIN_SDF_STATE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LIMIT 1024
#define WRONG_PASSWORDS_LIMIT 5

static void path_of(char path[PATH_LIMIT], const char *folder, const char *name, unsigned index) {
  if (index == 0) snprintf(path, PATH_LIMIT, "%s/%s", folder, name);
  else snprintf(path, PATH_LIMIT, "%s/%s-%u", folder, name, index);
}

/* How many octets were read; -1 if there is no such file. */
static int read_state(const char *folder, const char *name, unsigned index, void *octets, size_t size) {
  char path[PATH_LIMIT];
  path_of(path, folder, name, index);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t got = read(file, octets, size);
  close(file);
  return (int)got;
}

static void remove_state(const char *folder, const char *name, unsigned index) {
  char path[PATH_LIMIT];
  path_of(path, folder, name, index);
  unlink(path);
}

static long size_of_state(const char *folder, const char *name, unsigned index) {
  char path[PATH_LIMIT];
  struct stat status;
  path_of(path, folder, name, index);
  return stat(path, &status) == 0 ? (long)status.st_size : 0;
}

/* Appending one octet is atomic, so no process's wrong password is lost. */
static void count_wrong(const char *folder, unsigned index) {
  char path[PATH_LIMIT];
  path_of(path, folder, "wrong", index);
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) abort();
  if (write(file, "x", 1) != 1) abort();
  close(file);
}

#endif
