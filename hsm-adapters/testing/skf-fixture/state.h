/*
 * What the fixture's devices hold, in a folder, so that several processes see the same devices:
 *
 *   devices/NAME/insertion                                  there while the device is plugged in; new each time
 *   devices/NAME/serial
 *   devices/NAME/applications/NAME/{user,admin}-pin         "PIN maximum remaining is-default"
 *   devices/NAME/applications/NAME/containers/NAME/{sign,enc}.{key,cer}
 *   behaviour      lines "SKF_Call word [number]": what a call is to do instead of its work, or beside it. Words: crash, crash-on-size,
 *                  crash-once, hang, hang-once, delay MILLISECONDS, empty (answers OK), fail HEX, fail-once HEX, fail-later HEX
 *                  (from the second call on), overrun, cut NUMBER (SKF_CreateContainer reads so many octets of a name, and opens a
 *                  container that is there)
 *   calls          if there, gets the name of every call
 *
 * NAME is written in hexadecimal digits. The folder is the library's own: each test has a copy of the library in a folder of its own, so
 * that one process can have several.
 */
#ifndef YINXIN_SKF_FIXTURE_STATE_H
#define YINXIN_SKF_FIXTURE_STATE_H

#include <stddef.h>
#include <stdint.h>

#define PATH_SIZE 1024
#define NAME_SIZE 128

const char *state_folder(void);
/* PATH/NAME with the name in hexadecimal; 0 if it is too long. */
int named_path(char path[PATH_SIZE], const char *folder, const char *name);
int file_path(char path[PATH_SIZE], const char *folder, const char *file);
int exists(const char *path);
int make_folder(const char *path);
void remove_folder(const char *path);
/* All octets of a file, or -1. */
long read_bytes(const char *path, void *bytes, size_t size);
int write_bytes(const char *path, const void *bytes, size_t size);
/* The names in a folder as "a\0b\0\0", sorted; returns its size, or 0 if there is not room for it. */
size_t list_names(const char *folder, char *list, size_t size);

struct pin {
  char value[64];
  unsigned maximum, remaining, is_default;
};
/* Between these two no other process changes a PIN's counter. */
int lock_state(void);
void unlock_state(int lock);
int read_pin(struct pin *pin, const char *application, int type);
void write_pin(const struct pin *pin, const char *application, int type);

enum told { WORK, ANSWER, OVERRUN, CUT };
/* Notes the call and does what the behaviour file says: crash, hang, wait, or say what the caller is to do. */
enum told begin_call(const char *call, int asks_for_size, uint64_t *answer);

#endif
