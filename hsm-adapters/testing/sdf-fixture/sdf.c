/*
 * A software device with the interface of GM/T 0018-2012, in the layout that layout.h was told; its keys and faults are in state.h. For
 * tests only: its keys lie in files.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "layout.h"
#include "rsa.h"
#include "sm2.h"
#include "state.h"

#define API __attribute__((visibility("default"))) int
#define INDEX_LIMIT 64
#define MAGIC_DEVICE 0x53444644u
#define MAGIC_SESSION 0x53444653u

struct device {
  uint32_t magic;
  char folder[PATH_LIMIT - 64];
  char fault[16];
  long fault_at;
  unsigned delay;
  atomic_long signatures;
  atomic_int is_lost;
};

struct session {
  uint32_t magic;
  struct device *device;
  uint8_t has_right[INDEX_LIMIT + 1];
};

static struct device *device_of(void *handle) {
  struct device *device = handle;
  return device != NULL && device->magic == MAGIC_DEVICE ? device : NULL;
}

static struct session *session_of(void *handle) {
  struct session *session = handle;
  return session != NULL && session->magic == MAGIC_SESSION ? session : NULL;
}

/* Every call on a session begins so. */
#define BEGIN(session, handle)                                        \
  struct session *session = session_of(handle);                       \
  if (session == NULL) return SDR_INARGERR;                           \
  if (atomic_load(&session->device->is_lost)) return SDR_COMMFAIL

static void read_fault(struct device *device) {
  char text[64] = {0};
  if (read_state(device->folder, "fault", 0, text, sizeof text - 1) > 0)
    sscanf(text, "%15s %ld", device->fault, &device->fault_at);
  char delay[16] = {0};
  if (read_state(device->folder, "delay", 0, delay, sizeof delay - 1) > 0) device->delay = (unsigned)atoi(delay);
}

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

API SDF_OpenDevice(void **handle) {
  const char *folder = getenv("YINXIN_SDF_FIXTURE");
  struct stat status;
  if (folder == NULL || stat(folder, &status) != 0) return SDR_OPENDEVICE;
  pthread_once(&prepared, sm2_prepare);
  struct device *device = calloc(1, sizeof *device);
  device->magic = MAGIC_DEVICE;
  snprintf(device->folder, sizeof device->folder, "%s", folder);
  read_fault(device);
  if (strcmp(device->fault, "absent") == 0) {
    free(device);
    return SDR_OPENDEVICE;
  }
  *handle = device;
  return SDR_OK;
}

API SDF_CloseDevice(void *handle) {
  struct device *device = device_of(handle);
  if (device == NULL) return SDR_INARGERR;
  device->magic = 0;
  free(device);
  return SDR_OK;
}

API SDF_OpenSession(void *handle, void **session_handle) {
  struct device *device = device_of(handle);
  if (device == NULL) return SDR_INARGERR;
  if (atomic_load(&device->is_lost)) return SDR_COMMFAIL;
  struct session *session = calloc(1, sizeof *session);
  session->magic = MAGIC_SESSION;
  session->device = device;
  *session_handle = session;
  return SDR_OK;
}

API SDF_CloseSession(void *handle) {
  struct session *session = session_of(handle);
  if (session == NULL) return SDR_INARGERR;
  session->magic = 0;
  free(session);
  return SDR_OK;
}

API SDF_GetDeviceInfo(void *handle, DEVICEINFO *info) {
  BEGIN(session, handle);
  memset(info, 0, sizeof *info);
  memcpy(info->IssuerName, "Yinxin fixtures", 15);
  memcpy(info->DeviceName, "SDF-FIXTURE", 11);
  char serial[17] = "2026010100100001";
  int size = read_state(session->device->folder, "serial", 0, serial, 16);
  memcpy(info->DeviceSerial, serial, size > 0 ? (size_t)size : 16);
  info->DeviceVersion = 0x00010002;
  info->StandardVersion = 1;
  info->BufferSize = 65536;
  return SDR_OK;
}

API SDF_GenerateRandom(void *handle, ULONG size, uint8_t *octets) {
  BEGIN(session, handle);
  fill_random(octets, size);
  return SDR_OK;
}

static int is_index(ULONG index) { return index >= 1 && index <= INDEX_LIMIT; }

static int has_password(struct session *session, unsigned index, const uint8_t *given, ULONG size) {
  uint8_t password[256];
  int length = read_state(session->device->folder, "password", index, password, sizeof password);
  if (length < 0) length = read_state(session->device->folder, "password", 0, password, sizeof password);
  return length >= 0 && (ULONG)length == size && memcmp(password, given, size) == 0;
}

API SDF_GetPrivateKeyAccessRight(void *handle, ULONG index, const uint8_t *password, ULONG size) {
  BEGIN(session, handle);
  if (!is_index(index)) return SDR_KEYNOTEXIST;
#ifdef NO_PASSWORD
  (void)password, (void)size;
#else
  const char *folder = session->device->folder;
  if (size_of_state(folder, "wrong", (unsigned)index) >= WRONG_PASSWORDS_LIMIT) return PASSWORD_LOCKED;
  if (!has_password(session, (unsigned)index, password, size)) {
    count_wrong(folder, (unsigned)index);
    return PASSWORD_WRONG;
  }
  remove_state(folder, "wrong", (unsigned)index);
#endif
  session->has_right[index] = 1;
  return SDR_OK;
}

API SDF_ReleasePrivateKeyAccessRight(void *handle, ULONG index) {
  BEGIN(session, handle);
  if (!is_index(index)) return SDR_KEYNOTEXIST;
  session->has_right[index] = 0;
  return SDR_OK;
}

static int may_use(const struct session *session, ULONG index) {
#ifdef NO_PASSWORD
  (void)session, (void)index;
  return 1;
#else
  return session->has_right[index];
#endif
}

static void set_right(uint8_t *member, size_t size, const uint8_t *number, size_t length) {
  memset(member, 0, size - length);
  memcpy(member + size - length, number, length);
}

/* SDR_OK or what is wrong. */
static int read_key(const struct session *session, const char *name, ULONG index, uint8_t d[32]) {
  if (!is_index(index)) return SDR_KEYNOTEXIST;
  return read_state(session->device->folder, name, (unsigned)index, d, 32) == 32 ? SDR_OK : SDR_KEYNOTEXIST;
}

static int export_ecc(void *handle, const char *name, ULONG index, ECCrefPublicKey *key) {
  uint8_t d[32], xy[64];
  BEGIN(session, handle);
  int problem = read_key(session, name, index, d);
  if (problem != SDR_OK) return problem;
  if (!sm2_curve()->public_point(xy, d)) return SDR_SKOPERR;
  key->bits = 256;
  set_right(key->x, ECC_OCTETS, xy, 32);
  set_right(key->y, ECC_OCTETS, xy + 32, 32);
  return SDR_OK;
}

API SDF_ExportSignPublicKey_ECC(void *handle, ULONG index, ECCrefPublicKey *key) {
  return export_ecc(handle, "sign", index, key);
}

API SDF_ExportEncPublicKey_ECC(void *handle, ULONG index, ECCrefPublicKey *key) {
  return export_ecc(handle, "encrypt", index, key);
}

/* Whether the fault happens at this signature. */
static int is_due(struct device *device, long number, const char *fault) {
  return strcmp(device->fault, fault) == 0 && number >= device->fault_at;
}

/* Crashing and hanging happen once: the next process finds no fault. */
static int begin_signature(struct device *device, long number) {
  if (device->delay > 0) usleep(device->delay);
  if (is_due(device, number, "crash")) {
    remove_state(device->folder, "fault", 0);
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  }
  if (is_due(device, number, "hang")) {
    remove_state(device->folder, "fault", 0);
    for (;;) pause();
  }
  if (is_due(device, number, "lose")) {
    atomic_store(&device->is_lost, 1);
    return SDR_COMMFAIL;
  }
  return SDR_OK;
}

API SDF_InternalSign_ECC(void *handle, ULONG index, const uint8_t *data, ULONG size, ECCSignature *signature) {
  uint8_t d[32], e[32], rs[64];
  struct private_key key;
  BEGIN(session, handle);
  struct device *device = session->device;
  int problem = read_key(session, "sign", index, d);
  if (problem != SDR_OK) return problem;
  if (!may_use(session, index)) return RIGHT_MISSING;
#ifdef SIGNS_MESSAGE
  uint8_t xy[64];
  if (!sm2_curve()->public_point(xy, d)) return SDR_SKOPERR;
  sm2_digest(e, xy, data, size);
#else
  if (size != 32) return SDR_INARGERR;
  memcpy(e, data, 32);
#endif
  long number = atomic_fetch_add(&device->signatures, 1) + 1;
  problem = begin_signature(device, number);
  if (problem != SDR_OK) return problem;
  if (is_due(device, number, "silent")) return SDR_OK;
  if (!sm2_curve()->read_private(&key, d)) return SDR_SKOPERR;
  sm2_sign(&key, e, rs);
  set_right(signature->r, ECC_OCTETS, rs, 32);
  set_right(signature->s, ECC_OCTETS, rs + 32, 32);
  if (is_due(device, number, "overrun")) memset((uint8_t *)signature + sizeof *signature, 0x5a, 16);
  return SDR_OK;
}

API SDF_ExternalEncrypt_ECC(void *handle, ULONG algorithm, const ECCrefPublicKey *key, const uint8_t *text, ULONG size,
                            ECCCipher *cipher) {
  uint8_t xy[64], c1[64];
  BEGIN(session, handle);
  if (algorithm != ALGORITHM_ENCRYPT) return SDR_ALGNOTSUPPORT;
  memcpy(xy, key->x + ECC_OCTETS - 32, 32);
  memcpy(xy + 32, key->y + ECC_OCTETS - 32, 32);
  if (!sm2_is_point(xy) || size == 0 || (CIPHER_OCTETS > 0 && size > CIPHER_OCTETS)) return SDR_INARGERR;
  sm2_encrypt(xy, text, size, c1, cipher->M, cipher->C);
  cipher->L = size;
  set_right(cipher->x, ECC_OCTETS, c1, 32);
  set_right(cipher->y, ECC_OCTETS, c1 + 32, 32);
  return SDR_OK;
}

API SDF_InternalDecrypt_ECC(void *handle, ULONG index, ULONG algorithm, const ECCCipher *cipher, uint8_t *text,
                            ULONG *size) {
  uint8_t d[32], c1[64];
  BEGIN(session, handle);
  if (algorithm != ALGORITHM_ENCRYPT) return SDR_ALGNOTSUPPORT;
  int problem = read_key(session, "encrypt", index, d);
  if (problem != SDR_OK) return problem;
  if (!may_use(session, index)) return RIGHT_MISSING;
  if (cipher->L == 0 || (CIPHER_OCTETS > 0 && cipher->L > CIPHER_OCTETS)) return SDR_ENCDATAERR;
  memcpy(c1, cipher->x + ECC_OCTETS - 32, 32);
  memcpy(c1 + 32, cipher->y + ECC_OCTETS - 32, 32);
  if (!sm2_decrypt(d, c1, cipher->M, cipher->C, cipher->L, text)) return SDR_ENCDATAERR;
  *size = cipher->L;
  return SDR_OK;
}

/* Modulus and private exponent, each half of the file; their size, or 0. */
static unsigned read_rsa(const struct session *session, ULONG index, uint8_t n[512], uint8_t d[512]) {
  uint8_t both[1024];
  if (!is_index(index)) return 0;
  int size = read_state(session->device->folder, "rsa", (unsigned)index, both, sizeof both);
  if (size < 256 || size % 16 != 0 || size / 2 > RSA_OCTETS) return 0;
  memcpy(n, both, (size_t)size / 2);
  memcpy(d, both + size / 2, (size_t)size / 2);
  return (unsigned)size / 2;
}

API SDF_ExportSignPublicKey_RSA(void *handle, ULONG index, RSArefPublicKey *key) {
  static const uint8_t exponent[3] = {1, 0, 1};
  uint8_t n[512], d[512];
  BEGIN(session, handle);
  unsigned size = read_rsa(session, index, n, d);
  if (size == 0) return SDR_KEYNOTEXIST;
  key->bits = size * 8;
  set_right(key->m, RSA_OCTETS, n, size);
  set_right(key->e, RSA_OCTETS, exponent, sizeof exponent);
  return SDR_OK;
}

#ifdef RSA_KEY_USAGE
#define USAGE ULONG usage,
#else
#define USAGE
#endif

API SDF_InternalPrivateKeyOperation_RSA(void *handle, ULONG index, USAGE const uint8_t *in, ULONG in_size, uint8_t *out,
                                        ULONG *out_size) {
  uint8_t n[512], d[512];
  BEGIN(session, handle);
#ifdef RSA_KEY_USAGE
  if (usage != 1) return SDR_INARGERR;
#endif
  unsigned size = read_rsa(session, index, n, d);
  if (size == 0) return SDR_KEYNOTEXIST;
  if (!may_use(session, index)) return RIGHT_MISSING;
  if (in_size != size) return SDR_INARGERR;
  rsa_power(out, in, n, d, size);
  *out_size = size;
  return SDR_OK;
}
