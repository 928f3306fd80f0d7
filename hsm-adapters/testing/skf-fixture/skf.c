/* Cryptographic keys of GM/T 0016-2012 in software, over the folder of state.h. Every call is serialised. */
#include "skf.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sm2.h"
#include "sm4.h"
#include "state.h"

#define HANDLE_LIMIT 4096
#define CERTIFICATE_LIMIT 16384

struct device {
  char path[PATH_SIZE];
  struct stat insertion;
  int lock;
};
/* Who is logged in is a matter of the application, whichever handle asks. */
struct application {
  struct device *device;
  char path[PATH_SIZE];
};
struct container {
  struct application *application;
  char path[PATH_SIZE];
};
enum kind { FREE, DEVICE, APPLICATION, CONTAINER };
static struct handle {
  enum kind kind;
  union {
    struct device device;
    struct application application;
    struct container container;
  };
} *handles[HANDLE_LIMIT];
struct login {
  char application[PATH_SIZE];
  struct stat insertion;
};
static struct login logins[16];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void release(int *held) {
  if (*held) pthread_mutex_unlock(&mutex);
}
static int hold(void) {
  static int is_prepared = 0;
  pthread_mutex_lock(&mutex);
  if (!is_prepared) sm2_prepare();
  is_prepared = 1;
  return 1;
}

/* The behaviour file is read before the lock is taken, so that a call that hangs hangs alone. */
#define BEGIN(asks_for_size)                                                                     \
  uint64_t answer = SAR_OK;                                                                      \
  enum told told = begin_call(__func__, asks_for_size, &answer);                                 \
  if (told == ANSWER) return (ULONG)answer;                                                      \
  int held __attribute__((cleanup(release))) = hold();                                           \
  (void)held, (void)told

static struct handle *open_handle(enum kind kind) {
  for (size_t i = 0; i < HANDLE_LIMIT; i += 1)
    if (handles[i] == NULL) {
      handles[i] = calloc(1, sizeof(struct handle));
      if (handles[i] != NULL) handles[i]->kind = kind;
      return handles[i];
    }
  return NULL;
}

static struct handle *find_handle(HANDLE handle, enum kind kind) {
  for (size_t i = 0; handle != NULL && i < HANDLE_LIMIT; i += 1)
    if (handles[i] == handle && handles[i]->kind == kind) return handles[i];
  return NULL;
}

static ULONG close_handle(HANDLE handle, enum kind kind) {
  for (size_t i = 0; handle != NULL && i < HANDLE_LIMIT; i += 1)
    if (handles[i] == handle && handles[i]->kind == kind) {
      free(handles[i]);
      handles[i] = NULL;
      return SAR_OK;
    }
  return SAR_INVALIDHANDLEERR;
}

static void close_what_is_open_on(const struct device *device) {
  for (size_t i = 0; i < HANDLE_LIMIT; i += 1)
    if (handles[i] != NULL && handles[i]->kind == CONTAINER && handles[i]->container.application->device == device)
      close_handle(handles[i], CONTAINER);
  for (size_t i = 0; i < HANDLE_LIMIT; i += 1)
    if (handles[i] != NULL && handles[i]->kind == APPLICATION && handles[i]->application.device == device)
      close_handle(handles[i], APPLICATION);
}

/* For tests: how many handles are open. */
SKF_API unsigned fixture_open_handles(void) {
  unsigned count = 0;
  for (size_t i = 0; i < HANDLE_LIMIT; i += 1) count += handles[i] != NULL;
  return count;
}

static int is_same_insertion(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int find_insertion(const char *device, struct stat *insertion) {
  char path[PATH_SIZE];
  return file_path(path, device, "insertion") && stat(path, insertion) == 0;
}

static ULONG check_device(const struct device *device) {
  struct stat now;
  if (!find_insertion(device->path, &now)) return SAR_DEVICE_REMOVED;
  return is_same_insertion(&now, &device->insertion) ? SAR_OK : SAR_DEVICE_REMOVED;
}

static struct login *find_login(const struct application *application) {
  for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i += 1)
    if (strcmp(logins[i].application, application->path) == 0 &&
        is_same_insertion(&logins[i].insertion, &application->device->insertion))
      return &logins[i];
  return NULL;
}

static void log_in(const struct application *application) {
  static size_t next = 0;
  if (find_login(application) != NULL) return;
  struct login *login = &logins[next++ % (sizeof logins / sizeof logins[0])];
  memcpy(login->application, application->path, PATH_SIZE);
  login->insertion = application->device->insertion;
}

static ULONG check_container(const struct container *container, int needs_login) {
  ULONG state = check_device(container->application->device);
  if (state != SAR_OK) return state;
  return needs_login && find_login(container->application) == NULL ? SAR_USER_NOT_LOGGED_IN : SAR_OK;
}

/* The two-call pattern: the size alone, or the octets if there is room. */
static ULONG answer_bytes(const void *from, size_t size, void *to, ULONG *to_size, enum told told) {
  if (to_size == NULL) return SAR_INVALIDPARAMERR;
  ULONG room = *to_size;
  *to_size = (ULONG)size;
  if (to == NULL) return SAR_OK;
  if (room < size) return SAR_BUFFER_TOO_SMALL;
  memcpy(to, from, size);
  if (told == OVERRUN) memset((uint8_t *)to + room, 0xa5, 16);
  return SAR_OK;
}

static void devices_path(char path[PATH_SIZE]) { file_path(path, state_folder(), "devices"); }

SKF_API ULONG SKF_EnumDev(BOOL present, LPSTR list, ULONG *size) {
  BEGIN(list == NULL);
  char path[PATH_SIZE], all[4096], some[4096];
  size_t end = 0;
  struct stat insertion;
  devices_path(path);
  list_names(path, all, sizeof all);
  for (const char *name = all; *name != 0; name += strlen(name) + 1) {
    char device[PATH_SIZE];
    if (present && !(named_path(device, path, name) && find_insertion(device, &insertion))) continue;
    memcpy(some + end, name, strlen(name) + 1);
    end += strlen(name) + 1;
  }
  some[end++] = 0;
  return answer_bytes(some, end, list, size, told);
}

SKF_API ULONG SKF_GetDevState(LPSTR name, ULONG *state) {
  BEGIN(0);
  char folder[PATH_SIZE], path[PATH_SIZE];
  struct stat insertion;
  devices_path(folder);
  if (state == NULL || !named_path(path, folder, name)) return SAR_INVALIDPARAMERR;
  *state = find_insertion(path, &insertion) ? 1 : 0;
  return SAR_OK;
}

SKF_API ULONG SKF_ConnectDev(LPSTR name, HANDLE *device) {
  BEGIN(0);
  char folder[PATH_SIZE], path[PATH_SIZE];
  struct stat insertion;
  devices_path(folder);
  if (device == NULL || !named_path(path, folder, name)) return SAR_INVALIDPARAMERR;
  if (!find_insertion(path, &insertion)) return SAR_DEVICE_REMOVED;
  struct handle *handle = open_handle(DEVICE);
  if (handle == NULL) return SAR_FAIL;
  memcpy(handle->device.path, path, sizeof path);
  handle->device.insertion = insertion;
  handle->device.lock = -1;
  *device = handle;
  return SAR_OK;
}

SKF_API ULONG SKF_DisConnectDev(HANDLE device) {
  BEGIN(0);
  struct handle *handle = find_handle(device, DEVICE);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  if (handle->device.lock >= 0) close(handle->device.lock);
  close_what_is_open_on(&handle->device);
  return close_handle(device, DEVICE);
}

SKF_API ULONG SKF_GetDevInfo(HANDLE device, DEVINFO *info) {
  BEGIN(0);
  char path[PATH_SIZE], serial[32] = "";
  struct handle *handle = find_handle(device, DEVICE);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(&handle->device);
  if (state != SAR_OK) return state;
  memset(info, 0, sizeof *info);
  file_path(path, handle->device.path, "serial");
  read_bytes(path, serial, sizeof serial);
  info->Version = (VERSION){1, 0};
  strcpy(info->Manufacturer, "Yinxin");
  strcpy(info->Issuer, "Yinxin");
  strcpy(info->Label, "SKF fixture");
  memcpy(info->SerialNumber, serial, sizeof info->SerialNumber);
  info->HWVersion = (VERSION){2, 1};
  info->FirmwareVersion = (VERSION){3, 14};
  info->AlgSymCap = 0x00000400;
  info->AlgAsymCap = 0x00020100 | SKF_SM2_SIGN;
  info->AlgHashCap = 1;
  info->DevAuthAlgId = SGD_SM4_ECB;
  info->TotalSpace = 65536;
  info->FreeSpace = 32768;
  info->MaxECCBufferSize = 256;
  info->MaxBufferSize = 4096;
  if (told == OVERRUN) memset(info + 1, 0xa5, 16);
  return SAR_OK;
}

/* Waits until no other handle, in whichever process, holds the lock. */
SKF_API ULONG SKF_LockDev(HANDLE device, ULONG milliseconds) {
  BEGIN(0);
  char path[PATH_SIZE];
  struct handle *handle = find_handle(device, DEVICE);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(&handle->device);
  if (state != SAR_OK) return state;
  if (handle->device.lock >= 0) return SAR_OK;
  file_path(path, handle->device.path, "lock");
  int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (ULONG waited = 0; flock(lock, LOCK_EX | LOCK_NB) != 0; waited += 5) {
    if (waited >= milliseconds) {
      close(lock);
      return SAR_TIMEOUTERR;
    }
    usleep(5000);
  }
  handle->device.lock = lock;
  return SAR_OK;
}

SKF_API ULONG SKF_UnlockDev(HANDLE device) {
  BEGIN(0);
  struct handle *handle = find_handle(device, DEVICE);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  if (handle->device.lock >= 0) close(handle->device.lock);
  handle->device.lock = -1;
  return SAR_OK;
}

SKF_API ULONG SKF_GenRandom(HANDLE device, BYTE *out, ULONG size) {
  BEGIN(0);
  struct handle *handle = find_handle(device, DEVICE);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(&handle->device);
  if (state != SAR_OK) return state;
  fill_random(out, size);
  if (told == OVERRUN) memset(out + size, 0xa5, 16);
  return SAR_OK;
}

SKF_API ULONG SKF_EnumApplication(HANDLE device, LPSTR list, ULONG *size) {
  BEGIN(list == NULL);
  char path[PATH_SIZE], names[4096];
  struct handle *handle = find_handle(device, DEVICE);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(&handle->device);
  if (state != SAR_OK) return state;
  file_path(path, handle->device.path, "applications");
  return answer_bytes(names, list_names(path, names, sizeof names), list, size, told);
}

SKF_API ULONG SKF_OpenApplication(HANDLE device, LPSTR name, HANDLE *application) {
  BEGIN(0);
  char folder[PATH_SIZE], path[PATH_SIZE];
  struct handle *on = find_handle(device, DEVICE);
  if (on == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(&on->device);
  if (state != SAR_OK) return state;
  file_path(folder, on->device.path, "applications");
  if (!named_path(path, folder, name) || !exists(path)) return SAR_APPLICATION_NOT_EXISTS;
  struct handle *handle = open_handle(APPLICATION);
  if (handle == NULL) return SAR_FAIL;
  handle->application.device = &on->device;
  memcpy(handle->application.path, path, sizeof path);
  *application = handle;
  return SAR_OK;
}

SKF_API ULONG SKF_CloseApplication(HANDLE application) {
  BEGIN(0);
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  for (size_t i = 0; i < HANDLE_LIMIT; i += 1)
    if (handles[i] != NULL && handles[i]->kind == CONTAINER && handles[i]->container.application == &handle->application)
      close_handle(handles[i], CONTAINER);
  return close_handle(application, APPLICATION);
}

SKF_API ULONG SKF_GetPINInfo(HANDLE application, ULONG type, ULONG *maximum, ULONG *remaining, BOOL *is_default) {
  BEGIN(0);
  struct pin pin;
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(handle->application.device);
  if (state != SAR_OK) return state;
  if (type > PIN_USER || !read_pin(&pin, handle->application.path, (int)type)) return SAR_USER_TYPE_INVALID;
  *maximum = pin.maximum;
  *remaining = pin.remaining;
  *is_default = pin.is_default != 0;
  return SAR_OK;
}

SKF_API ULONG SKF_VerifyPIN(HANDLE application, ULONG type, LPSTR given, ULONG *retry) {
  BEGIN(0);
  struct pin pin;
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(handle->application.device);
  if (state != SAR_OK) return state;
  size_t size = strlen(given);
  if (size < 6 || size > 16) return SAR_PIN_LEN_RANGE;
  int lock = lock_state();
  if (!read_pin(&pin, handle->application.path, (int)type)) state = SAR_USER_TYPE_INVALID;
  if (state == SAR_OK) {
    int is_right = strcmp(pin.value, given) == 0;
    if (pin.remaining == 0) {
      state = SAR_PIN_LOCKED;
    } else if (is_right) {
      pin.remaining = pin.maximum;
      if (type == PIN_USER) log_in(&handle->application);
    } else {
      pin.remaining -= 1;
      state = pin.remaining == 0 ? SAR_PIN_LOCKED : SAR_PIN_INCORRECT;
    }
    write_pin(&pin, handle->application.path, (int)type);
    *retry = pin.remaining;
  }
  unlock_state(lock);
  return state;
}

SKF_API ULONG SKF_ClearSecureState(HANDLE application) {
  BEGIN(0);
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  struct login *login = find_login(&handle->application);
  if (login != NULL) memset(login, 0, sizeof *login);
  return SAR_OK;
}

static ULONG container_path(char path[PATH_SIZE], const struct application *application, const char *name) {
  char folder[PATH_SIZE];
  ULONG state = check_device(application->device);
  if (state != SAR_OK) return state;
  file_path(folder, application->path, "containers");
  return strlen(name) <= 64 && named_path(path, folder, name) ? SAR_OK : SAR_NAMELENERR;
}

static ULONG open_container(struct application *application, const char *path, HANDLE *container) {
  struct handle *handle = open_handle(CONTAINER);
  if (handle == NULL) return SAR_FAIL;
  handle->container.application = application;
  memcpy(handle->container.path, path, PATH_SIZE);
  *container = handle;
  return SAR_OK;
}

SKF_API ULONG SKF_EnumContainer(HANDLE application, LPSTR list, ULONG *size) {
  BEGIN(list == NULL);
  char path[PATH_SIZE], names[65536];
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_device(handle->application.device);
  if (state != SAR_OK) return state;
  file_path(path, handle->application.path, "containers");
  return answer_bytes(names, list_names(path, names, sizeof names), list, size, told);
}

SKF_API ULONG SKF_CreateContainer(HANDLE application, LPSTR name, HANDLE *container) {
  BEGIN(0);
  char path[PATH_SIZE], start[NAME_SIZE];
  if (told == CUT) {
    snprintf(start, sizeof start, "%.*s", (int)answer, name);
    name = start;
  }
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = container_path(path, &handle->application, name);
  if (state != SAR_OK) return state;
  if (find_login(&handle->application) == NULL) return SAR_USER_NOT_LOGGED_IN;
  if (!make_folder(path) && told != CUT) return exists(path) ? SAR_FILE_ALREADY_EXIST : SAR_FILEERR;
  return open_container(&handle->application, path, container);
}

SKF_API ULONG SKF_OpenContainer(HANDLE application, LPSTR name, HANDLE *container) {
  BEGIN(0);
  char path[PATH_SIZE];
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = container_path(path, &handle->application, name);
  if (state != SAR_OK) return state;
  if (!exists(path)) return SAR_FILE_NOT_EXIST;
  return open_container(&handle->application, path, container);
}

SKF_API ULONG SKF_DeleteContainer(HANDLE application, LPSTR name) {
  BEGIN(0);
  char path[PATH_SIZE];
  struct handle *handle = find_handle(application, APPLICATION);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = container_path(path, &handle->application, name);
  if (state != SAR_OK) return state;
  if (find_login(&handle->application) == NULL) return SAR_USER_NOT_LOGGED_IN;
  if (!exists(path)) return SAR_FILE_NOT_EXIST;
  remove_folder(path);
  return SAR_OK;
}

SKF_API ULONG SKF_CloseContainer(HANDLE container) {
  BEGIN(0);
  return close_handle(container, CONTAINER);
}

/* d, x and y are in the file of a pair. */
struct pair {
  uint8_t d[32], xy[64];
};

static int read_pair(const struct container *container, int is_signing, struct pair *pair) {
  char path[PATH_SIZE];
  file_path(path, container->path, is_signing ? "sign.key" : "enc.key");
  return read_bytes(path, pair, sizeof *pair) == sizeof *pair;
}

static int write_pair(const struct container *container, int is_signing, const struct pair *pair) {
  char path[PATH_SIZE];
  file_path(path, container->path, is_signing ? "sign.key" : "enc.key");
  return write_bytes(path, pair, sizeof *pair);
}

static void write_public(ECCPUBLICKEYBLOB *blob, const uint8_t xy[64]) {
  memset(blob, 0, sizeof *blob);
  blob->BitLen = 256;
  memcpy(blob->XCoordinate + 32, xy, 32);
  memcpy(blob->YCoordinate + 32, xy + 32, 32);
}

static void read_public_blob(uint8_t xy[64], const ECCPUBLICKEYBLOB *blob) {
  memcpy(xy, blob->XCoordinate + 32, 32);
  memcpy(xy + 32, blob->YCoordinate + 32, 32);
}

SKF_API ULONG SKF_GetContainerType(HANDLE container, ULONG *type) {
  BEGIN(0);
  struct pair pair;
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 0);
  if (state != SAR_OK) return state;
  *type = read_pair(&handle->container, 1, &pair) || read_pair(&handle->container, 0, &pair) ? 2 : 0;
  return SAR_OK;
}

SKF_API ULONG SKF_GenECCKeyPair(HANDLE container, ULONG algorithm, ECCPUBLICKEYBLOB *blob) {
  BEGIN(0);
  struct pair pair;
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 1);
  if (state != SAR_OK) return state;
  if (algorithm != SKF_SM2_SIGN) return SAR_NOTSUPPORTYETERR;
  sm2_generate(pair.d, pair.xy);
  if (!write_pair(&handle->container, 1, &pair)) return SAR_FILEERR;
  write_public(blob, pair.xy);
  if (told == OVERRUN) memset(blob + 1, 0xa5, 16);
  return SAR_OK;
}

/* GB/T 35276-2017 §7.4: the key of SM4 is encrypted to the signing key, d by SM4 in ECB, right-aligned in 64 octets. */
SKF_API ULONG SKF_ImportECCKeyPair(HANDLE container, ENVELOPEDKEYBLOB *envelope) {
  BEGIN(0);
  struct pair signing, pair;
  uint8_t key[16], c1[64], expected[64];
  uint32_t round_keys[32];
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 1);
  if (state != SAR_OK) return state;
  if (!read_pair(&handle->container, 1, &signing)) return SAR_KEYNOTFOUNTERR;
  const ECCCIPHERBLOB *cipher = &envelope->ECCCipherBlob;
  if (envelope->Version != 1 || envelope->ulSymmAlgID != SGD_SM4_ECB || envelope->ulBits != 256 ||
      cipher->CipherLen != sizeof key)
    return SAR_INDATAERR;
  memcpy(c1, cipher->XCoordinate + 32, 32);
  memcpy(c1 + 32, cipher->YCoordinate + 32, 32);
  if (!sm2_decrypt(signing.d, c1, cipher->HASH, cipher->Cipher, sizeof key, key)) return SAR_INDATAERR;
  sm4_round_keys(round_keys, key);
  memcpy(pair.d, envelope->cbEncryptedPriKey + 32, sizeof pair.d);
  sm4_block(round_keys, 1, pair.d);
  sm4_block(round_keys, 1, pair.d + 16);
  read_public_blob(pair.xy, &envelope->PubKey);
  if (!sm2_curve()->public_point(expected, pair.d) || memcmp(expected, pair.xy, sizeof expected) != 0)
    return SAR_INDATAERR;
  return write_pair(&handle->container, 0, &pair) ? SAR_OK : SAR_FILEERR;
}

SKF_API ULONG SKF_ExportPublicKey(HANDLE container, BOOL is_signing, BYTE *out, ULONG *size) {
  BEGIN(out == NULL);
  struct pair pair;
  ECCPUBLICKEYBLOB blob;
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 0);
  if (state != SAR_OK) return state;
  if (!read_pair(&handle->container, is_signing != 0, &pair)) return SAR_KEYNOTFOUNTERR;
  write_public(&blob, pair.xy);
  return answer_bytes(&blob, sizeof blob, out, size, told);
}

static void certificate_path(char path[PATH_SIZE], const struct container *container, BOOL is_signing) {
  file_path(path, container->path, is_signing ? "sign.cer" : "enc.cer");
}

SKF_API ULONG SKF_ImportCertificate(HANDLE container, BOOL is_signing, BYTE *certificate, ULONG size) {
  BEGIN(0);
  char path[PATH_SIZE];
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 1);
  if (state != SAR_OK) return state;
  if (size > CERTIFICATE_LIMIT) return SAR_INDATALENERR;
  certificate_path(path, &handle->container, is_signing);
  return write_bytes(path, certificate, size) ? SAR_OK : SAR_FILEERR;
}

SKF_API ULONG SKF_ExportCertificate(HANDLE container, BOOL is_signing, BYTE *out, ULONG *size) {
  BEGIN(out == NULL);
  char path[PATH_SIZE];
  BYTE certificate[CERTIFICATE_LIMIT];
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 0);
  if (state != SAR_OK) return state;
  certificate_path(path, &handle->container, is_signing);
  long got = read_bytes(path, certificate, sizeof certificate);
  return got < 0 ? SAR_CERTNOTFOUNTERR : answer_bytes(certificate, (size_t)got, out, size, told);
}

SKF_API ULONG SKF_ECCSignData(HANDLE container, BYTE *data, ULONG size, ECCSIGNATUREBLOB *signature) {
  BEGIN(0);
  struct pair pair;
  struct private_key key;
  uint8_t e[32], rs[64];
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 1);
  if (state != SAR_OK) return state;
  if (!read_pair(&handle->container, 1, &pair)) return SAR_KEYNOTFOUNTERR;
#ifdef SKF_SIGN_MESSAGE
  sm2_digest(e, pair.xy, data, size);
#else
  if (size != sizeof e) return SAR_INDATALENERR;
  memcpy(e, data, sizeof e);
#endif
  sm2_curve()->read_private(&key, pair.d);
  sm2_sign(&key, e, rs);
  memset(signature, 0, sizeof *signature);
  memcpy(signature->r + 32, rs, 32);
  memcpy(signature->s + 32, rs + 32, 32);
  if (told == OVERRUN) memset(signature + 1, 0xa5, 16);
  return SAR_OK;
}

#ifdef SKF_DECRYPT
SKF_API ULONG SKF_ECCDecrypt(HANDLE container, ECCCIPHERBLOB *cipher, BYTE *out, ULONG *size) {
  BEGIN(out == NULL);
  struct pair pair;
  uint8_t c1[64], text[4096];
  struct handle *handle = find_handle(container, CONTAINER);
  if (handle == NULL) return SAR_INVALIDHANDLEERR;
  ULONG state = check_container(&handle->container, 1);
  if (state != SAR_OK) return state;
  if (!read_pair(&handle->container, 0, &pair)) return SAR_KEYNOTFOUNTERR;
  if (cipher->CipherLen > sizeof text) return SAR_INDATALENERR;
  memcpy(c1, cipher->XCoordinate + 32, 32);
  memcpy(c1 + 32, cipher->YCoordinate + 32, 32);
  if (!sm2_decrypt(pair.d, c1, cipher->HASH, cipher->Cipher, cipher->CipherLen, text)) return SAR_INDATAERR;
  return answer_bytes(text, cipher->CipherLen, out, size, told);
}
#endif
