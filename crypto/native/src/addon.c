/*
 * The Node-API face of the curves (version 8; nothing of V8 or OpenSSL). Randomness and every policy are JavaScript's;
 * here is arithmetic only.
 *
 * Numbers travel in one ArrayBuffer, `memory`, that both sides know: to make, pass and read a typed array at every call
 * costs more than the call. Keys are externals; the collector frees them, and frees private keys wiped. A curve is named
 * by its place in `curves`. The layouts are stated at each function and in native-engine.ts.
 */
#include <node_api.h>
#include <pthread.h>
#include <stdlib.h>

#include "curve.h"
#include "limb.h"

#define MEMORY_SIZE (BATCH_LIMIT * REQUEST_SIZE)

static const struct curve *const curves[] = {
    &sm2_portable,
    &p256_portable,
#ifdef HAVE_FAST
    &sm2_fast,
    &p256_fast,
#endif
};
#define CURVE_COUNT (sizeof curves / sizeof curves[0])

/* The tables of base points serve all threads of the process. */
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

/* How many of the curves run here. Found out once: in a virtual machine the question takes microseconds. */
static uint32_t usable_curves = 0;

static void prepare_all(void) {
  usable_curves = processor_is_fast() ? CURVE_COUNT : 2;
  for (uint32_t i = 0; i < usable_curves; i += 1) curves[i]->prepare();
}

/* What belongs to one environment: the main thread's or a worker's. */
struct instance {
  uint8_t *memory;
  napi_ref memory_reference;
};

enum key_kind { PRIVATE_KEY = 0x59585052, PUBLIC_KEY = 0x59585055 };

struct key {
  enum key_kind kind;
  int alive;
  const struct curve *curve;
  union {
    struct private_key private_key;
    struct public_key public_key;
  };
};

/* The arguments of one call; `failed` once an exception is pending. */
struct call {
  napi_env env;
  struct instance *instance;
  napi_value arguments[2];
  int failed;
};

static void fail(struct call *call, const char *message) {
  if (!call->failed) napi_throw_type_error(call->env, NULL, message);
  call->failed = 1;
}

/* Whether the memory is still ours: JavaScript can transfer an ArrayBuffer, and the collector then frees what was in it. */
static int has_memory(napi_env env, const struct instance *instance) {
  napi_value memory;
  bool is_detached = true;
  return napi_get_reference_value(env, instance->memory_reference, &memory) == napi_ok &&
         napi_is_detached_arraybuffer(env, memory, &is_detached) == napi_ok && !is_detached;
}

static struct call begin(napi_env env, napi_callback_info info, size_t count) {
  struct call call = {.env = env};
  size_t given = 2;
  if (napi_get_cb_info(env, info, &given, call.arguments, NULL, NULL) != napi_ok ||
      napi_get_instance_data(env, (void **)&call.instance) != napi_ok || given < count) {
    fail(&call, "wrong arguments");
  } else if (!has_memory(env, call.instance)) {
    fail(&call, "the memory was taken away");
  }
  return call;
}

static uint32_t number_argument(struct call *call, int index, uint32_t limit) {
  uint32_t value = 0;
  if (call->failed) return 0;
  if (napi_get_value_uint32(call->env, call->arguments[index], &value) != napi_ok || value >= limit) {
    fail(call, "a number is out of range");
    return 0;
  }
  return value;
}

static const struct curve *curve_argument(struct call *call) {
  return curves[number_argument(call, 0, usable_curves)];
}

/* The living key in the first argument, or NULL and an exception. */
static struct key *key_argument(struct call *call, enum key_kind kind) {
  void *data = NULL;
  if (call->failed) return NULL;
  if (napi_get_value_external(call->env, call->arguments[0], &data) != napi_ok || data == NULL ||
      ((struct key *)data)->kind != kind || !((struct key *)data)->alive) {
    fail(call, "no such key");
    return NULL;
  }
  return data;
}

static napi_value boolean_result(struct call *call, int value) {
  napi_value result = NULL;
  if (!call->failed) napi_get_boolean(call->env, value, &result);
  return result;
}

static napi_value number_result(struct call *call, int32_t value) {
  napi_value result = NULL;
  if (!call->failed) napi_create_int32(call->env, value, &result);
  return result;
}

static void adjust_memory(napi_env env, const struct key *key, int sign) {
  int64_t ignored;
  if (key->kind != PUBLIC_KEY || key->public_key.table == NULL) return;
  napi_adjust_external_memory(env, sign * (int64_t)key->curve->table_size, &ignored);
}

static void free_key(napi_env env, void *data, void *hint) {
  struct key *key = data;
  (void)hint;
  if (key->kind == PUBLIC_KEY) {
    adjust_memory(env, key, -1);
    key->curve->free_public(&key->public_key);
  }
  wipe(key, sizeof *key);
  free(key);
}

/* The key as an external, which owns it from now on. */
static napi_value key_result(struct call *call, struct key *key) {
  napi_value result = NULL;
  key->alive = 1;
  adjust_memory(call->env, key, 1);
  if (napi_create_external(call->env, key, free_key, NULL, &result) != napi_ok) {
    free_key(call->env, key, NULL);
    fail(call, "no memory for a key");
  }
  return result;
}

static struct key *new_key(struct call *call, enum key_kind kind) {
  const struct curve *curve = curve_argument(call);
  struct key *key = call->failed ? NULL : calloc(1, sizeof *key);
  if (key == NULL) {
    fail(call, "no memory for a key");
    return NULL;
  }
  key->kind = kind;
  key->curve = curve;
  return key;
}

/* importPrivateKey(curve): d at 0, wiped. Undefined if d is out of range. */
static napi_value import_private_key(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  struct key *key = new_key(&call, PRIVATE_KEY);
  if (key == NULL) return NULL;
  int valid = key->curve->read_private(&key->private_key, call.instance->memory);
  wipe(call.instance->memory, 32);
  if (!valid) {
    free_key(env, key, NULL);
    return NULL;
  }
  return key_result(&call, key);
}

/* destroyPrivateKey(key): wipes it now. */
static napi_value destroy_private_key(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  struct key *key = key_argument(&call, PRIVATE_KEY);
  if (key == NULL) return NULL;
  key->alive = 0;
  wipe(&key->private_key, sizeof key->private_key);
  return NULL;
}

/* sign(key, count): for each i below it, e and 32 random bytes at 64·i become r || s. */
static napi_value sign(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 2);
  struct key *key = key_argument(&call, PRIVATE_KEY);
  uint32_t count = number_argument(&call, 1, BATCH_LIMIT + 1);
  if (call.failed) return NULL;
  key->curve->sign(&key->private_key, call.instance->memory, count);
  return NULL;
}

/* publicPoint(curve): d at 0 becomes x || y at 0. False if d is out of range. */
static napi_value public_point(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  const struct curve *curve = curve_argument(&call);
  uint8_t d[32];
  if (call.failed) return NULL;
  __builtin_memcpy(d, call.instance->memory, sizeof d);
  int valid = curve->public_point(call.instance->memory, d);
  if (!valid) wipe(call.instance->memory, sizeof d);
  wipe(d, sizeof d);
  return boolean_result(&call, valid);
}

/* multiply(curve): the point at 0 and the number at 64 become the product at 0. 1: done; 0: it is infinite; -1: no point. */
static napi_value multiply_point(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  const struct curve *curve = curve_argument(&call);
  uint8_t point[64];
  if (call.failed) return NULL;
  __builtin_memcpy(point, call.instance->memory, sizeof point);
  int status = curve->multiply(call.instance->memory, point, call.instance->memory + 64);
  wipe(call.instance->memory + 64, 32);
  return number_result(&call, status);
}

/* isPoint(curve): whether x || y at 0 is a point of the curve. */
static napi_value is_point(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  const struct curve *curve = curve_argument(&call);
  struct public_key key;
  if (call.failed) return NULL;
  return boolean_result(&call, curve->read_public(&key, call.instance->memory, 0) == 1);
}

/* verifyPoint(curve): x || y at 0, e at 64, r || s at 96. For a key without table: nothing is kept of it. */
static napi_value verify_point(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  const struct curve *curve = curve_argument(&call);
  struct public_key key;
  if (call.failed) return NULL;
  const uint8_t *memory = call.instance->memory;
  int valid = curve->read_public(&key, memory, 0) == 1 && curve->verify(&key, memory + 64, memory + 96);
  return boolean_result(&call, valid);
}

/* importPublicKey(curve): x || y at 0, kept with its table. Undefined if that is no point of the curve. */
static napi_value import_public_key(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  struct key *key = new_key(&call, PUBLIC_KEY);
  if (key == NULL) return NULL;
  int valid = key->curve->read_public(&key->public_key, call.instance->memory, 1);
  if (valid != 1) {
    if (valid < 0) fail(&call, "no memory for a key");
    free_key(env, key, NULL);
    return NULL;
  }
  return key_result(&call, key);
}

/* verify(key): e at 0, r || s at 32. */
static napi_value verify(napi_env env, napi_callback_info info) {
  struct call call = begin(env, info, 1);
  struct key *key = key_argument(&call, PUBLIC_KEY);
  if (key == NULL) return NULL;
  const uint8_t *memory = call.instance->memory;
  return boolean_result(&call, key->curve->verify(&key->public_key, memory, memory + 32));
}

static void free_instance(napi_env env, void *data, void *hint) {
  struct instance *instance = data;
  (void)hint;
  napi_delete_reference(env, instance->memory_reference);
  free(instance);
}

static int set_value(napi_env env, napi_value exports, const char *name, napi_value value) {
  return napi_set_named_property(env, exports, name, value) == napi_ok;
}

static int set_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         set_value(env, exports, name, function);
}

static int set_instance(napi_env env, napi_value exports) {
  struct instance *instance = calloc(1, sizeof *instance);
  napi_value memory, count;
  if (instance == NULL) return 0;
  if (napi_create_arraybuffer(env, MEMORY_SIZE, (void **)&instance->memory, &memory) != napi_ok ||
      napi_create_reference(env, memory, 1, &instance->memory_reference) != napi_ok ||
      napi_set_instance_data(env, instance, free_instance, NULL) != napi_ok) {
    free(instance);
    return 0;
  }
  return set_value(env, exports, "memory", memory) &&
         napi_create_uint32(env, usable_curves, &count) == napi_ok && set_value(env, exports, "curves", count);
}

NAPI_MODULE_INIT() {
  pthread_once(&prepared, prepare_all);
  if (!set_instance(env, exports) || !set_function(env, exports, "importPrivateKey", import_private_key) ||
      !set_function(env, exports, "destroyPrivateKey", destroy_private_key) ||
      !set_function(env, exports, "sign", sign) || !set_function(env, exports, "publicPoint", public_point) ||
      !set_function(env, exports, "multiply", multiply_point) ||
      !set_function(env, exports, "isPoint", is_point) ||
      !set_function(env, exports, "verifyPoint", verify_point) ||
      !set_function(env, exports, "importPublicKey", import_public_key) ||
      !set_function(env, exports, "verify", verify)) {
    napi_throw_error(env, NULL, "the addon could not be set up");
    return NULL;
  }
  return exports;
}
