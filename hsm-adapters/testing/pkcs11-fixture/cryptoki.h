/* As much of PKCS#11 v2.40 as the fixtures need, in our own words: types, numbers, and the order of the list of functions. */
#ifndef YINXIN_FIXTURE_CRYPTOKI_H
#define YINXIN_FIXTURE_CRYPTOKI_H

#include <stdint.h>

typedef unsigned long ck_ulong;
typedef unsigned char ck_byte;

#define CK_UNAVAILABLE ((ck_ulong)-1)
#define CK_EXPORT __attribute__((visibility("default")))

struct ck_version {
  ck_byte major, minor;
};

struct ck_info {
  struct ck_version cryptoki;
  ck_byte manufacturer[32];
  ck_ulong flags;
  ck_byte description[32];
  struct ck_version library;
};

struct ck_slot_info {
  ck_byte description[64], manufacturer[32];
  ck_ulong flags;
  struct ck_version hardware, firmware;
};

struct ck_token_info {
  ck_byte label[32], manufacturer[32], model[16], serial[16];
  ck_ulong flags, max_sessions, sessions, max_rw_sessions, rw_sessions, max_pin, min_pin;
  ck_ulong public_memory, free_public_memory, private_memory, free_private_memory;
  struct ck_version hardware, firmware;
  ck_byte time[16];
};

struct ck_session_info {
  ck_ulong slot, state, flags, device_error;
};

struct ck_mechanism_info {
  ck_ulong min_key, max_key, flags;
};

struct ck_mechanism {
  ck_ulong mechanism;
  void *parameter;
  ck_ulong parameter_size;
};

struct ck_attribute {
  ck_ulong type;
  void *value;
  ck_ulong size;
};

/* Positions in the list of functions. */
enum {
  at_initialize = 0,
  at_finalize = 1,
  at_get_info = 2,
  at_get_function_list = 3,
  at_get_slot_list = 4,
  at_get_slot_info = 5,
  at_get_token_info = 6,
  at_get_mechanism_list = 7,
  at_get_mechanism_info = 8,
  at_open_session = 12,
  at_close_session = 13,
  at_close_all_sessions = 14,
  at_get_session_info = 15,
  at_login = 18,
  at_logout = 19,
  at_create_object = 20,
  at_destroy_object = 22,
  at_get_attribute_value = 24,
  at_set_attribute_value = 25,
  at_find_objects_init = 26,
  at_find_objects = 27,
  at_find_objects_final = 28,
  at_decrypt_init = 33,
  at_decrypt = 34,
  at_sign_init = 42,
  at_sign = 43,
  at_generate_key_pair = 59,
  at_generate_random = 64,
  ck_function_count = 68
};

struct ck_function_list {
  struct ck_version version;
  void *functions[ck_function_count];
};

enum {
  CKR_OK = 0x00,
  CKR_SLOT_ID_INVALID = 0x03,
  CKR_GENERAL_ERROR = 0x05,
  CKR_ARGUMENTS_BAD = 0x07,
  CKR_ATTRIBUTE_READ_ONLY = 0x10,
  CKR_ATTRIBUTE_SENSITIVE = 0x11,
  CKR_ATTRIBUTE_TYPE_INVALID = 0x12,
  CKR_DATA_LEN_RANGE = 0x21,
  CKR_DEVICE_MEMORY = 0x31,
  CKR_ENCRYPTED_DATA_INVALID = 0x40,
  CKR_FUNCTION_NOT_SUPPORTED = 0x54,
  CKR_KEY_HANDLE_INVALID = 0x60,
  CKR_MECHANISM_INVALID = 0x70,
  CKR_OBJECT_HANDLE_INVALID = 0x82,
  CKR_OPERATION_ACTIVE = 0x90,
  CKR_OPERATION_NOT_INITIALIZED = 0x91,
  CKR_PIN_INCORRECT = 0xa0,
  CKR_PIN_LOCKED = 0xa4,
  CKR_SESSION_COUNT = 0xb1,
  CKR_SESSION_HANDLE_INVALID = 0xb3,
  CKR_SESSION_READ_ONLY = 0xb5,
  CKR_TEMPLATE_INCOMPLETE = 0xd0,
  CKR_USER_ALREADY_LOGGED_IN = 0x100,
  CKR_USER_NOT_LOGGED_IN = 0x101,
  CKR_BUFFER_TOO_SMALL = 0x150,
  CKR_CRYPTOKI_NOT_INITIALIZED = 0x190,
  CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191
};

enum { CKO_PUBLIC_KEY = 2, CKO_PRIVATE_KEY = 3 };

enum {
  CKA_CLASS = 0x000,
  CKA_TOKEN = 0x001,
  CKA_PRIVATE = 0x002,
  CKA_VALUE = 0x011,
  CKA_KEY_TYPE = 0x100,
  CKA_EC_POINT = 0x181,
  CKA_LOCAL = 0x163,
  CKA_EXTRACTABLE = 0x162,
  CKA_NEVER_EXTRACTABLE = 0x164,
  CKA_ALWAYS_SENSITIVE = 0x165,
  CKA_ALWAYS_AUTHENTICATE = 0x202
};

#endif
