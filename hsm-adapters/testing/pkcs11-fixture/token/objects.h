/* The token's objects: lists of attributes, kept in the file `objects` of the fixture's folder. */
#ifndef YINXIN_FIXTURE_OBJECTS_H
#define YINXIN_FIXTURE_OBJECTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"

enum { object_limit = 256, attribute_limit = 40 };

struct object {
  int is_used;
  ck_ulong count;
  struct ck_attribute attributes[attribute_limit];
};

static struct object objects[object_limit];

static struct ck_attribute *find_attribute(struct object *object, ck_ulong type) {
  for (ck_ulong i = 0; i < object->count; i += 1)
    if (object->attributes[i].type == type) return &object->attributes[i];
  return NULL;
}

static void set_attribute(struct object *object, ck_ulong type, const void *value, ck_ulong size) {
  struct ck_attribute *attribute = find_attribute(object, type);
  if (attribute == NULL) {
    if (object->count == attribute_limit) abort();
    attribute = &object->attributes[object->count++];
    *attribute = (struct ck_attribute){.type = type};
  }
  free(attribute->value);
  attribute->value = malloc(size + 1);
  memcpy(attribute->value, value, size);
  attribute->size = size;
}

static void set_number(struct object *object, ck_ulong type, ck_ulong value) {
  set_attribute(object, type, &value, sizeof value);
}

static void set_fact(struct object *object, ck_ulong type, ck_byte value) { set_attribute(object, type, &value, 1); }

static int has_fact(struct object *object, ck_ulong type) {
  struct ck_attribute *attribute = find_attribute(object, type);
  return attribute != NULL && attribute->size == 1 && *(ck_byte *)attribute->value != 0;
}

static ck_ulong number_in(struct object *object, ck_ulong type) {
  struct ck_attribute *attribute = find_attribute(object, type);
  ck_ulong number = 0;
  if (attribute != NULL && attribute->size == sizeof number) memcpy(&number, attribute->value, sizeof number);
  return number;
}

static void forget_object(struct object *object) {
  for (ck_ulong i = 0; i < object->count; i += 1) free(object->attributes[i].value);
  memset(object, 0, sizeof *object);
}

/* Handles are positions and one; NULL if none is free. */
static struct object *new_object(void) {
  for (int i = 0; i < object_limit; i += 1) {
    if (objects[i].is_used) continue;
    objects[i].is_used = 1;
    return &objects[i];
  }
  return NULL;
}

static ck_ulong handle_of(const struct object *object) { return (ck_ulong)(object - objects) + 1; }

static struct object *object_of(ck_ulong handle) {
  return handle >= 1 && handle <= object_limit && objects[handle - 1].is_used ? &objects[handle - 1] : NULL;
}

static void save_objects(void) {
  FILE *file = fopen(fixture_path("objects"), "w");
  if (file == NULL) abort();
  for (int i = 0; i < object_limit; i += 1) {
    if (!objects[i].is_used) continue;
    fwrite(&objects[i].count, sizeof objects[i].count, 1, file);
    for (ck_ulong at = 0; at < objects[i].count; at += 1) {
      const struct ck_attribute *attribute = &objects[i].attributes[at];
      fwrite(&attribute->type, sizeof attribute->type, 1, file);
      fwrite(&attribute->size, sizeof attribute->size, 1, file);
      fwrite(attribute->value, 1, attribute->size, file);
    }
  }
  fclose(file);
}

static void load_objects(void) {
  for (int i = 0; i < object_limit; i += 1) forget_object(&objects[i]);
  FILE *file = fopen(fixture_path("objects"), "r");
  if (file == NULL) return;
  ck_ulong count;
  while (fread(&count, sizeof count, 1, file) == 1) {
    struct object *object = new_object();
    while (object != NULL && count-- > 0) {
      ck_ulong head[2];
      ck_byte value[8192];
      if (fread(head, sizeof head, 1, file) != 1 || head[1] > sizeof value) abort();
      if (fread(value, 1, head[1], file) != head[1]) abort();
      set_attribute(object, head[0], value, head[1]);
    }
  }
  fclose(file);
}

/* How many wrong PINs are still allowed, in the file `tries`. */
static ck_ulong load_tries(ck_ulong full) {
  FILE *file = fopen(fixture_path("tries"), "r");
  ck_ulong tries = full;
  if (file == NULL) return full;
  if (fscanf(file, "%lu", &tries) != 1) tries = full;
  fclose(file);
  return tries;
}

static void save_tries(ck_ulong tries) {
  FILE *file = fopen(fixture_path("tries"), "w");
  if (file == NULL) abort();
  fprintf(file, "%lu", tries);
  fclose(file);
}

#endif
