/*
 * A PKCS#11 token with SM2 under a vendor's numbers, for tests: sessions, a PIN that is counted, objects, and the two kinds of operation
 * that the driver asks for. What it is like is in control.h.
 */
#include <pthread.h>

#include "objects.h"
#include "sm2.h"

static const char pin[] = "648219";
enum { session_limit = 64, slot_number = 7 };

struct session {
  int is_open, is_writing, is_finding;
  ck_ulong found[object_limit], found_count, found_at;
  /* 0 if there is none. */
  ck_ulong signing, decrypting, key;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct control control;
static struct session sessions[session_limit];
static int is_initialized, is_logged_in;
/* The session that gave the PIN for its operation: as on a card, what another one begins undoes it. */
static ck_ulong authenticated;

#define LOCKED(call)                                            \
  pthread_mutex_lock(&lock);                                    \
  ck_ulong rv = is_initialized ? (call) : CKR_CRYPTOKI_NOT_INITIALIZED; \
  pthread_mutex_unlock(&lock);                                  \
  return rv

static struct session *session_of(ck_ulong handle) {
  return handle >= 1 && handle <= session_limit && sessions[handle - 1].is_open ? &sessions[handle - 1] : NULL;
}

static void fill_text(ck_byte *field, size_t size, const char *text) {
  memset(field, ' ', size);
  memcpy(field, text, strlen(text));
}

static ck_ulong initialize(void *arguments) {
  (void)arguments;
  pthread_mutex_lock(&lock);
  ck_ulong rv = is_initialized ? CKR_CRYPTOKI_ALREADY_INITIALIZED : CKR_OK;
  if (rv == CKR_OK) {
    sm2_prepare();
    read_control(&control);
    load_objects();
    memset(sessions, 0, sizeof sessions);
    is_logged_in = 0;
    is_initialized = 1;
  }
  pthread_mutex_unlock(&lock);
  return rv;
}

static ck_ulong finalize(void *reserved) {
  (void)reserved;
  LOCKED((is_initialized = 0, CKR_OK));
}

static ck_ulong get_info(struct ck_info *info) {
  memset(info, 0, sizeof *info);
  info->cryptoki = (struct ck_version){2, 40};
  fill_text(info->manufacturer, sizeof info->manufacturer, "Yinxin");
  fill_text(info->description, sizeof info->description, "test fixture");
  return CKR_OK;
}

static ck_ulong get_slot_list(ck_byte with_token, ck_ulong *list, ck_ulong *count) {
  (void)with_token;
  if (list != NULL && *count < 1) return CKR_BUFFER_TOO_SMALL;
  if (list != NULL) list[0] = slot_number;
  *count = 1;
  return CKR_OK;
}

static ck_ulong get_slot_info(ck_ulong slot, struct ck_slot_info *info) {
  if (slot != slot_number) return CKR_SLOT_ID_INVALID;
  memset(info, 0, sizeof *info);
  fill_text(info->description, sizeof info->description, "fixture");
  fill_text(info->manufacturer, sizeof info->manufacturer, "Yinxin");
  info->flags = 1;
  return CKR_OK;
}

static ck_ulong get_token_info(ck_ulong slot, struct ck_token_info *info) {
  if (slot != slot_number) return CKR_SLOT_ID_INVALID;
  memset(info, 0, sizeof *info);
  fill_text(info->label, sizeof info->label, "fixture");
  fill_text(info->manufacturer, sizeof info->manufacturer, "Yinxin");
  fill_text(info->model, sizeof info->model, control.vendor->name);
  fill_text(info->serial, sizeof info->serial, "FIX0000000000001");
  ck_ulong tries = load_tries(control.tries);
  /* RNG, login required, user PIN initialised, token initialised */
  info->flags = 0x1 | 0x4 | 0x8 | 0x400 | (control.has_pad ? 0x100 : 0);
  if (tries == 0) info->flags |= 0x40000;
  else if (tries == 1) info->flags |= 0x20000;
  else if (tries < control.tries) info->flags |= 0x10000;
  info->max_sessions = info->max_rw_sessions = session_limit;
  info->max_pin = 16;
  info->min_pin = 4;
  info->firmware = (struct ck_version){1, 2};
  return CKR_OK;
}

static int has_signing(ck_ulong mechanism) {
  for (int i = 0; i < 6; i += 1)
    if (mechanism != 0 && control.vendor->signing[i] == mechanism) return control.only == 0 || control.only == mechanism;
  return 0;
}

static ck_ulong get_mechanism_list(ck_ulong slot, ck_ulong *list, ck_ulong *count) {
  if (slot != slot_number) return CKR_SLOT_ID_INVALID;
  ck_ulong all[8] = {control.vendor->key_generation, control.vendor->decryption}, size = 2;
  for (int i = 0; i < 6; i += 1)
    if (has_signing(control.vendor->signing[i])) all[size++] = control.vendor->signing[i];
  if (list != NULL && *count < size) return CKR_BUFFER_TOO_SMALL;
  if (list != NULL) memcpy(list, all, size * sizeof *all);
  *count = size;
  return CKR_OK;
}

static ck_ulong get_mechanism_info(ck_ulong slot, ck_ulong mechanism, struct ck_mechanism_info *info) {
  if (slot != slot_number) return CKR_SLOT_ID_INVALID;
  ck_ulong flags = mechanism == control.vendor->key_generation ? 0x10000 : mechanism == control.vendor->decryption ? 0x200 : 0x800;
  *info = (struct ck_mechanism_info){256, 256, flags};
  return CKR_OK;
}

static ck_ulong open_locked(ck_ulong slot, ck_ulong flags, ck_ulong *handle) {
  if (slot != slot_number) return CKR_SLOT_ID_INVALID;
  for (ck_ulong i = 0; i < session_limit; i += 1) {
    if (sessions[i].is_open) continue;
    memset(&sessions[i], 0, sizeof sessions[i]);
    sessions[i].is_open = 1;
    sessions[i].is_writing = (flags & 2) != 0;
    *handle = i + 1;
    return CKR_OK;
  }
  return CKR_SESSION_COUNT;
}

static ck_ulong open_session(ck_ulong slot, ck_ulong flags, void *application, void *notify, ck_ulong *handle) {
  (void)application;
  (void)notify;
  LOCKED(open_locked(slot, flags, handle));
}

static ck_ulong close_locked(ck_ulong handle) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  session->is_open = 0;
  int is_any_open = 0;
  for (int i = 0; i < session_limit; i += 1) is_any_open |= sessions[i].is_open;
  if (!is_any_open) is_logged_in = 0;
  return CKR_OK;
}

static ck_ulong close_session(ck_ulong handle) { LOCKED(close_locked(handle)); }

static ck_ulong close_all_sessions(ck_ulong slot) {
  (void)slot;
  LOCKED((memset(sessions, 0, sizeof sessions), is_logged_in = 0, CKR_OK));
}

static ck_ulong session_info_locked(ck_ulong handle, struct ck_session_info *info) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  ck_ulong state = (session->is_writing ? 2 : 0) + (is_logged_in ? 1 : 0);
  *info = (struct ck_session_info){slot_number, state, session->is_writing ? 6 : 4, 0};
  return CKR_OK;
}

static ck_ulong get_session_info(ck_ulong handle, struct ck_session_info *info) {
  LOCKED(session_info_locked(handle, info));
}

static ck_ulong check_pin(const ck_byte *given, ck_ulong size) {
  ck_ulong tries = load_tries(control.tries);
  if (tries == 0) return CKR_PIN_LOCKED;
  int is_right = given == NULL ? control.has_pad : size == sizeof pin - 1 && memcmp(given, pin, size) == 0;
  save_tries(is_right ? control.tries : tries - 1);
  if (!is_right && control.wrong_pin != 0) return control.wrong_pin;
  return is_right ? CKR_OK : tries == 1 ? CKR_PIN_LOCKED : CKR_PIN_INCORRECT;
}

static ck_ulong login_locked(ck_ulong handle, ck_ulong user, const ck_byte *given, ck_ulong size) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if (user == 2 && session->key == 0) return CKR_OPERATION_NOT_INITIALIZED;
  if (user == 1 && is_logged_in) return CKR_USER_ALREADY_LOGGED_IN;
  ck_ulong rv = check_pin(given, size);
  if (rv != CKR_OK) return rv;
  if (user == 2) authenticated = handle;
  else is_logged_in = 1;
  return CKR_OK;
}

static ck_ulong login(ck_ulong handle, ck_ulong user, const ck_byte *given, ck_ulong size) {
  LOCKED(login_locked(handle, user, given, size));
}

static ck_ulong logout(ck_ulong handle) {
  LOCKED(session_of(handle) == NULL ? CKR_SESSION_HANDLE_INVALID
         : is_logged_in             ? (is_logged_in = 0, CKR_OK)
                                    : CKR_USER_NOT_LOGGED_IN);
}

static ck_ulong writing_session(ck_ulong handle, struct session **session) {
  *session = session_of(handle);
  if (*session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if (!is_logged_in) return CKR_USER_NOT_LOGGED_IN;
  return (*session)->is_writing ? CKR_OK : CKR_SESSION_READ_ONLY;
}

static void copy_template(struct object *object, const struct ck_attribute *attributes, ck_ulong count) {
  for (ck_ulong i = 0; i < count; i += 1)
    set_attribute(object, attributes[i].type, attributes[i].value == NULL ? "" : attributes[i].value, attributes[i].size);
}

static ck_ulong type_of_d(void) { return control.vendor->d == 0 ? CKA_VALUE : control.vendor->d; }

static void set_point(struct object *object, const ck_byte xy[64]) {
  if (control.vendor->x != 0) {
    set_attribute(object, control.vendor->x, xy, 32);
    set_attribute(object, control.vendor->y, xy + 32, 32);
    return;
  }
  ck_byte point[67] = {0x04, 0x41, 0x04};
  memcpy(point + 3, xy, 64);
  if (control.bare_point) set_attribute(object, CKA_EC_POINT, point + 2, 65);
  else set_attribute(object, CKA_EC_POINT, point, 67);
}

static void finish_private(struct object *object, ck_byte is_local) {
  set_number(object, CKA_CLASS, CKO_PRIVATE_KEY);
  set_fact(object, CKA_LOCAL, is_local);
  set_fact(object, CKA_NEVER_EXTRACTABLE, is_local);
  if (control.extractable) set_fact(object, CKA_EXTRACTABLE, 1);
  set_fact(object, CKA_ALWAYS_SENSITIVE, is_local);
  set_fact(object, CKA_ALWAYS_AUTHENTICATE, control.always_authenticate ? 1 : 0);
}

static ck_ulong generate_locked(ck_ulong handle, const struct ck_mechanism *mechanism, const struct ck_attribute *for_public,
                                ck_ulong public_count, const struct ck_attribute *for_private, ck_ulong private_count,
                                ck_ulong *public_key, ck_ulong *private_key) {
  struct session *session;
  ck_ulong rv = writing_session(handle, &session);
  if (rv != CKR_OK) return rv;
  if (mechanism->mechanism != control.vendor->key_generation) return CKR_MECHANISM_INVALID;
  struct object *public = new_object(), *private = new_object();
  if (public == NULL || private == NULL) return CKR_DEVICE_MEMORY;
  ck_byte d[32], xy[64];
  sm2_generate(d, xy);
  copy_template(public, for_public, public_count);
  copy_template(private, for_private, private_count);
  set_number(public, CKA_CLASS, CKO_PUBLIC_KEY);
  set_number(public, CKA_KEY_TYPE, control.vendor->key_type);
  set_number(private, CKA_KEY_TYPE, control.vendor->key_type);
  set_point(public, xy);
  set_attribute(private, type_of_d(), d, sizeof d);
  finish_private(private, 1);
  save_objects();
  *public_key = handle_of(public);
  *private_key = handle_of(private);
  return CKR_OK;
}

static ck_ulong generate_key_pair(ck_ulong handle, const struct ck_mechanism *mechanism, const struct ck_attribute *for_public,
                                  ck_ulong public_count, const struct ck_attribute *for_private, ck_ulong private_count,
                                  ck_ulong *public_key, ck_ulong *private_key) {
  LOCKED(generate_locked(handle, mechanism, for_public, public_count, for_private, private_count, public_key, private_key));
}

static ck_ulong create_locked(ck_ulong handle, const struct ck_attribute *attributes, ck_ulong count, ck_ulong *created) {
  struct session *session;
  ck_ulong rv = writing_session(handle, &session);
  if (rv != CKR_OK) return rv;
  struct object *object = new_object();
  if (object == NULL) return CKR_DEVICE_MEMORY;
  copy_template(object, attributes, count);
  if (number_in(object, CKA_CLASS) == CKO_PRIVATE_KEY) {
    if (find_attribute(object, type_of_d()) == NULL) return forget_object(object), CKR_TEMPLATE_INCOMPLETE;
    finish_private(object, 0);
  }
  save_objects();
  *created = handle_of(object);
  return CKR_OK;
}

static ck_ulong create_object(ck_ulong handle, const struct ck_attribute *attributes, ck_ulong count, ck_ulong *created) {
  LOCKED(create_locked(handle, attributes, count, created));
}

static ck_ulong destroy_locked(ck_ulong handle, ck_ulong which) {
  struct session *session;
  ck_ulong rv = writing_session(handle, &session);
  if (rv != CKR_OK) return rv;
  struct object *object = object_of(which);
  if (object == NULL) return CKR_OBJECT_HANDLE_INVALID;
  forget_object(object);
  save_objects();
  return CKR_OK;
}

static ck_ulong destroy_object(ck_ulong handle, ck_ulong which) { LOCKED(destroy_locked(handle, which)); }

static int is_visible(struct object *object) { return is_logged_in || !has_fact(object, CKA_PRIVATE); }

static ck_ulong read_attribute(struct object *object, struct ck_attribute *wanted) {
  struct ck_attribute *have = find_attribute(object, wanted->type);
  int is_secret = number_in(object, CKA_CLASS) == CKO_PRIVATE_KEY && wanted->type == type_of_d();
  if (have == NULL || is_secret) {
    wanted->size = CK_UNAVAILABLE;
    return is_secret ? CKR_ATTRIBUTE_SENSITIVE : CKR_ATTRIBUTE_TYPE_INVALID;
  }
  if (wanted->value != NULL && wanted->size < have->size) return wanted->size = CK_UNAVAILABLE, CKR_BUFFER_TOO_SMALL;
  if (wanted->value != NULL) memcpy(wanted->value, have->value, have->size);
  wanted->size = have->size;
  return CKR_OK;
}

static ck_ulong get_attributes_locked(ck_ulong handle, ck_ulong which, struct ck_attribute *attributes, ck_ulong count) {
  if (session_of(handle) == NULL) return CKR_SESSION_HANDLE_INVALID;
  struct object *object = object_of(which);
  if (object == NULL || !is_visible(object)) return CKR_OBJECT_HANDLE_INVALID;
  ck_ulong rv = CKR_OK;
  for (ck_ulong i = 0; i < count; i += 1) {
    ck_ulong one = read_attribute(object, &attributes[i]);
    if (one != CKR_OK) rv = one;
  }
  return rv;
}

static ck_ulong get_attribute_value(ck_ulong handle, ck_ulong which, struct ck_attribute *attributes, ck_ulong count) {
  LOCKED(get_attributes_locked(handle, which, attributes, count));
}

static ck_ulong set_attributes_locked(ck_ulong handle, ck_ulong which, const struct ck_attribute *attributes, ck_ulong count) {
  struct session *session;
  ck_ulong rv = writing_session(handle, &session);
  if (rv != CKR_OK) return rv;
  struct object *object = object_of(which);
  if (object == NULL) return CKR_OBJECT_HANDLE_INVALID;
  if (control.fixed_id) return CKR_ATTRIBUTE_READ_ONLY;
  copy_template(object, attributes, count);
  save_objects();
  return CKR_OK;
}

static ck_ulong set_attribute_value(ck_ulong handle, ck_ulong which, const struct ck_attribute *attributes, ck_ulong count) {
  LOCKED(set_attributes_locked(handle, which, attributes, count));
}

static int fits(struct object *object, const struct ck_attribute *wanted, ck_ulong count) {
  for (ck_ulong i = 0; i < count; i += 1) {
    struct ck_attribute *have = find_attribute(object, wanted[i].type);
    if (have == NULL || have->size != wanted[i].size || memcmp(have->value, wanted[i].value, have->size) != 0) return 0;
  }
  return 1;
}

static ck_ulong find_init_locked(ck_ulong handle, const struct ck_attribute *wanted, ck_ulong count) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if (session->is_finding) return CKR_OPERATION_ACTIVE;
  session->is_finding = 1;
  session->found_count = session->found_at = 0;
  for (int i = 0; i < object_limit; i += 1)
    if (objects[i].is_used && is_visible(&objects[i]) && fits(&objects[i], wanted, count))
      session->found[session->found_count++] = handle_of(&objects[i]);
  return CKR_OK;
}

static ck_ulong find_objects_init(ck_ulong handle, const struct ck_attribute *wanted, ck_ulong count) {
  LOCKED(find_init_locked(handle, wanted, count));
}

static ck_ulong find_locked(ck_ulong handle, ck_ulong *found, ck_ulong limit, ck_ulong *count) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if (!session->is_finding) return CKR_OPERATION_NOT_INITIALIZED;
  for (*count = 0; *count < limit && session->found_at < session->found_count; *count += 1)
    found[*count] = session->found[session->found_at++];
  return CKR_OK;
}

static ck_ulong find_objects(ck_ulong handle, ck_ulong *found, ck_ulong limit, ck_ulong *count) {
  LOCKED(find_locked(handle, found, limit, count));
}

static ck_ulong find_objects_final(ck_ulong handle) {
  LOCKED(session_of(handle) == NULL ? CKR_SESSION_HANDLE_INVALID : (session_of(handle)->is_finding = 0, CKR_OK));
}

static ck_ulong begin(ck_ulong handle, ck_ulong key, struct session **session) {
  *session = session_of(handle);
  if (*session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if ((*session)->key != 0) return CKR_OPERATION_ACTIVE;
  authenticated = 0;
  if (!is_logged_in) return CKR_USER_NOT_LOGGED_IN;
  struct object *object = object_of(key);
  return object == NULL || find_attribute(object, type_of_d()) == NULL ? CKR_KEY_HANDLE_INVALID : CKR_OK;
}

static ck_ulong sign_init_locked(ck_ulong handle, const struct ck_mechanism *mechanism, ck_ulong key) {
  struct session *session;
  ck_ulong rv = begin(handle, key, &session);
  if (rv != CKR_OK) return rv;
  if (!has_signing(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
  session->signing = mechanism->mechanism;
  session->key = key;
  return CKR_OK;
}

static ck_ulong sign_init(ck_ulong handle, const struct ck_mechanism *mechanism, ck_ulong key) {
  LOCKED(sign_init_locked(handle, mechanism, key));
}

/* INTEGER of 32 octets. */
static size_t write_integer(ck_byte *out, const ck_byte number[32]) {
  size_t skipped = 0;
  while (skipped < 31 && number[skipped] == 0) skipped += 1;
  size_t zero = number[skipped] >= 0x80, size = 32 - skipped + zero;
  out[0] = 0x02;
  out[1] = (ck_byte)size;
  out[2] = 0;
  memcpy(out + 2 + zero, number + skipped, 32 - skipped);
  return 2 + size;
}

static ck_ulong write_signature(const ck_byte rs[64], int is_der, ck_byte *out, ck_ulong *size) {
  ck_byte der[72];
  size_t length = 2 + write_integer(der + 2, rs);
  length += write_integer(der + length, rs + 32);
  der[0] = 0x30;
  der[1] = (ck_byte)(length - 2);
  ck_ulong wanted = is_der ? length : 64;
  if (out != NULL && *size < wanted) return CKR_BUFFER_TOO_SMALL;
  if (out != NULL) memcpy(out, is_der ? der : rs, wanted);
  *size = wanted;
  return CKR_OK;
}

static void public_point(struct object *key, ck_byte d[32], ck_byte xy[64]) {
  struct private_key scratch;
  memcpy(d, find_attribute(key, type_of_d())->value, 32);
  if (!sm2_curve()->read_private(&scratch, d)) abort();
  sm2_curve()->public_point(xy, d);
}

static ck_ulong sign_locked(ck_ulong handle, const ck_byte *data, ck_ulong size, ck_byte *out, ck_ulong *out_size) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if (session->signing == 0) return CKR_OPERATION_NOT_INITIALIZED;
  if (control.always_authenticate && authenticated != handle) return CKR_USER_NOT_LOGGED_IN;
  int way = 0;
  while (control.vendor->signing[way] != session->signing) way += 1;
  struct object *key = object_of(session->key);
  session->signing = session->key = 0;
  if (key == NULL) return CKR_KEY_HANDLE_INVALID;
  if (way < 2 && size != 32) return CKR_DATA_LEN_RANGE;
  ck_byte d[32], xy[64], e[32], rs[64];
  struct private_key private;
  public_point(key, d, xy);
  if (way < 2) {
    memcpy(e, data, sizeof e);
  } else if (way < 4) {
    sm2_digest(e, xy, data, size);
  } else {
    struct sm3 hash;
    sm3_begin(&hash);
    sm3_add(&hash, data, size);
    sm3_end(&hash, e);
  }
  sm2_curve()->read_private(&private, d);
  sm2_sign(&private, e, rs);
  return write_signature(rs, way % 2, out, out_size);
}

static ck_ulong sign(ck_ulong handle, const ck_byte *data, ck_ulong size, ck_byte *out, ck_ulong *out_size) {
  LOCKED(sign_locked(handle, data, size, out, out_size));
}

static ck_ulong decrypt_init_locked(ck_ulong handle, const struct ck_mechanism *mechanism, ck_ulong key) {
  struct session *session;
  ck_ulong rv = begin(handle, key, &session);
  if (rv != CKR_OK) return rv;
  if (mechanism->mechanism != control.vendor->decryption) return CKR_MECHANISM_INVALID;
  session->decrypting = mechanism->mechanism;
  session->key = key;
  return CKR_OK;
}

static ck_ulong decrypt_init(ck_ulong handle, const struct ck_mechanism *mechanism, ck_ulong key) {
  LOCKED(decrypt_init_locked(handle, mechanism, key));
}

/* 04 || C1 || C3 || C2 */
static ck_ulong decrypt_locked(ck_ulong handle, const ck_byte *data, ck_ulong size, ck_byte *out, ck_ulong *out_size) {
  struct session *session = session_of(handle);
  if (session == NULL) return CKR_SESSION_HANDLE_INVALID;
  if (session->decrypting == 0) return CKR_OPERATION_NOT_INITIALIZED;
  struct object *key = object_of(session->key);
  session->decrypting = session->key = 0;
  if (key == NULL) return CKR_KEY_HANDLE_INVALID;
  if (size < 98 || data[0] != 0x04) return CKR_ENCRYPTED_DATA_INVALID;
  if (*out_size < size - 97) return CKR_BUFFER_TOO_SMALL;
  ck_byte d[32];
  memcpy(d, find_attribute(key, type_of_d())->value, sizeof d);
  if (!sm2_decrypt(d, data + 1, data + 65, data + 97, size - 97, out)) return CKR_ENCRYPTED_DATA_INVALID;
  *out_size = size - 97;
  return CKR_OK;
}

static ck_ulong decrypt(ck_ulong handle, const ck_byte *data, ck_ulong size, ck_byte *out, ck_ulong *out_size) {
  LOCKED(decrypt_locked(handle, data, size, out, out_size));
}

static ck_ulong generate_random(ck_ulong handle, ck_byte *out, ck_ulong size) {
  LOCKED(session_of(handle) == NULL ? CKR_SESSION_HANDLE_INVALID : (fill_random(out, size), CKR_OK));
}

static ck_ulong not_supported(void) { return CKR_FUNCTION_NOT_SUPPORTED; }

CK_EXPORT ck_ulong C_GetFunctionList(struct ck_function_list **out);

#define FUNCTION(position, name) list.functions[position] = (void *)(name)

CK_EXPORT ck_ulong C_GetFunctionList(struct ck_function_list **out) {
  static struct ck_function_list list = {{2, 40}, {0}};
  for (int i = 0; i < ck_function_count; i += 1) FUNCTION(i, not_supported);
  FUNCTION(at_initialize, initialize);
  FUNCTION(at_finalize, finalize);
  FUNCTION(at_get_info, get_info);
  FUNCTION(at_get_function_list, C_GetFunctionList);
  FUNCTION(at_get_slot_list, get_slot_list);
  FUNCTION(at_get_slot_info, get_slot_info);
  FUNCTION(at_get_token_info, get_token_info);
  FUNCTION(at_get_mechanism_list, get_mechanism_list);
  FUNCTION(at_get_mechanism_info, get_mechanism_info);
  FUNCTION(at_open_session, open_session);
  FUNCTION(at_close_session, close_session);
  FUNCTION(at_close_all_sessions, close_all_sessions);
  FUNCTION(at_get_session_info, get_session_info);
  FUNCTION(at_login, login);
  FUNCTION(at_logout, logout);
  FUNCTION(at_create_object, create_object);
  FUNCTION(at_destroy_object, destroy_object);
  FUNCTION(at_get_attribute_value, get_attribute_value);
  FUNCTION(at_set_attribute_value, set_attribute_value);
  FUNCTION(at_find_objects_init, find_objects_init);
  FUNCTION(at_find_objects, find_objects);
  FUNCTION(at_find_objects_final, find_objects_final);
  FUNCTION(at_decrypt_init, decrypt_init);
  FUNCTION(at_decrypt, decrypt);
  FUNCTION(at_sign_init, sign_init);
  FUNCTION(at_sign, sign);
  FUNCTION(at_generate_key_pair, generate_key_pair);
  FUNCTION(at_generate_random, generate_random);
  *out = &list;
  return CKR_OK;
}
