/* SPDX-License-Identifier: ISC */
/* instances.c - what is remembered of a message between its requests. */
#include "policyd/instances.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/must.h"

#define BUCKETS 8192	/* a power of two */
#define RCPTS_FIRST 128

struct list;

struct instance {
	struct instance *next_in_bucket;
	struct instance *older, *newer;	/* in its list */
	struct list *list;
	uint64_t hash;
	int64_t touched_ms;
	char id[ULID_SIZE];
	char *rcpts;			/* each with its NUL */
	size_t rcpts_len, rcpts_size;
	size_t rcpt_count;
	size_t name_len;
	char name[];
};

/* By the time of the last touch. */
struct list {
	struct instance *oldest, *newest;
	int64_t lapse_ms;
};

struct instances {
	struct instance *buckets[BUCKETS];
	struct list open, ended;
	size_t count, bytes, bytes_max;
};

struct instances *
instances_new(size_t bytes_max)
{
	struct instances *instances = must(calloc(1, sizeof(*instances)));

	instances->bytes_max = bytes_max;
	instances->open.lapse_ms = INSTANCE_OPEN_MS;
	instances->ended.lapse_ms = INSTANCE_ENDED_MS;
	return instances;
}

static size_t
size_of(const struct instance *instance)
{
	return sizeof(*instance) + instance->name_len + instance->rcpts_size;
}

static void
unlist(struct instance *instance)
{
	struct list *list = instance->list;

	if (instance->older != NULL)
		instance->older->newer = instance->newer;
	else
		list->oldest = instance->newer;
	if (instance->newer != NULL)
		instance->newer->older = instance->older;
	else
		list->newest = instance->older;
}

static void
enlist(struct instance *instance, struct list *list, int64_t now_ms)
{
	instance->list = list;
	instance->touched_ms = now_ms;
	instance->newer = NULL;
	instance->older = list->newest;
	if (list->newest != NULL)
		list->newest->newer = instance;
	else
		list->oldest = instance;
	list->newest = instance;
}

static void
forget(struct instances *instances, struct instance *instance)
{
	struct instance **link = &instances->buckets[instance->hash %
	    BUCKETS];

	while (*link != instance)
		link = &(*link)->next_in_bucket;
	*link = instance->next_in_bucket;
	unlist(instance);
	instances->count--;
	instances->bytes -= size_of(instance);
	free(instance->rcpts);
	free(instance);
}

void
instances_free(struct instances **instances)
{
	struct instances *old = *instances;

	if (old == NULL)
		return;
	while (old->open.oldest != NULL)
		forget(old, old->open.oldest);
	while (old->ended.oldest != NULL)
		forget(old, old->ended.oldest);
	free(old);
	*instances = NULL;
}

static struct instance *
find(const struct instances *instances, struct str name, uint64_t hash)
{
	struct instance *instance = instances->buckets[hash % BUCKETS];

	while (instance != NULL && (instance->hash != hash ||
	    !str_eq(str_of(instance->name, instance->name_len), name)))
		instance = instance->next_in_bucket;
	return instance;
}

static void
forget_lapsed(struct instances *instances, struct list *list, int64_t now_ms)
{
	while (list->oldest != NULL &&
	    now_ms - list->oldest->touched_ms > list->lapse_ms)
		forget(instances, list->oldest);
}

/* Those that have ended first. keep is spared, whatever it has. */
static void
make_room(struct instances *instances, const struct instance *keep)
{
	while (instances->bytes > instances->bytes_max) {
		struct instance *victim = instances->ended.oldest;

		if (victim == NULL || victim == keep)
			victim = instances->open.oldest;
		if (victim == NULL || victim == keep)
			return;
		forget(instances, victim);
	}
}

static struct instance *
add(struct instances *instances, struct str name, uint64_t hash,
    int64_t now_ms)
{
	struct instance **bucket = &instances->buckets[hash % BUCKETS];
	struct instance *instance = must(malloc(sizeof(*instance) +
	    name.len));

	*instance = (struct instance){ .hash = hash, .name_len = name.len,
	    .next_in_bucket = *bucket };
	memcpy(instance->name, name.data, name.len);
	*bucket = instance;
	enlist(instance, &instances->open, now_ms);
	instances->count++;
	instances->bytes += size_of(instance);
	make_room(instances, instance);
	return instance;
}

void
instances_id(struct instances *instances, struct str name, int64_t now_ms,
    char id_r[ULID_SIZE])
{
	uint64_t hash = hash_bytes(name.data, name.len);
	struct instance *instance;

	forget_lapsed(instances, &instances->open, now_ms);
	forget_lapsed(instances, &instances->ended, now_ms);
	instance = find(instances, name, hash);
	if (instance != NULL) {
		memcpy(id_r, instance->id, ULID_SIZE);
		return;
	}
	instance = add(instances, name, hash, now_ms);
	memcpy(instance->id, id_r, ULID_SIZE);
}

static bool
has_rcpt(const struct instance *instance, struct str rcpt)
{
	size_t at = 0;

	while (at < instance->rcpts_len &&
	    !str_is(rcpt, instance->rcpts + at))
		at += strlen(instance->rcpts + at) + 1;
	return at < instance->rcpts_len;
}

/* Doubled, so that a thousand recipients are not copied a thousand times. */
static void
grow(struct instances *instances, struct instance *instance, size_t more)
{
	size_t size = instance->rcpts_size != 0 ? instance->rcpts_size
	    : RCPTS_FIRST;

	while (size < instance->rcpts_len + more)
		size *= 2;
	if (size == instance->rcpts_size)
		return;
	instance->rcpts = must(realloc(instance->rcpts, size));
	instances->bytes += size - instance->rcpts_size;
	instance->rcpts_size = size;
}

void
instances_add_rcpt(struct instances *instances, struct str name,
    struct str rcpt, int64_t now_ms)
{
	struct instance *instance = find(instances, name,
	    hash_bytes(name.data, name.len));

	if (instance == NULL || rcpt.len == 0)
		return;
	unlist(instance);
	enlist(instance, &instances->open, now_ms);
	if (instance->rcpt_count == INSTANCE_RCPTS_MAX ||
	    has_rcpt(instance, rcpt))
		return;
	grow(instances, instance, rcpt.len + 1);
	memcpy(instance->rcpts + instance->rcpts_len, rcpt.data, rcpt.len);
	instance->rcpts[instance->rcpts_len + rcpt.len] = '\0';
	instance->rcpts_len += rcpt.len + 1;
	instance->rcpt_count++;
	make_room(instances, instance);
}

bool
instances_next_rcpt(const struct instances *instances, struct str name,
    struct str *at)
{
	const struct instance *instance = find(instances, name,
	    hash_bytes(name.data, name.len));
	const char *next;

	if (instance == NULL || instance->rcpts_len == 0)
		return false;
	next = at->len == 0 ? instance->rcpts : at->data + at->len + 1;
	if (next >= instance->rcpts + instance->rcpts_len)
		return false;
	*at = str_from(next);
	return true;
}

size_t
instances_rcpt_count(const struct instances *instances, struct str name)
{
	const struct instance *instance = find(instances, name,
	    hash_bytes(name.data, name.len));

	return instance != NULL ? instance->rcpt_count : 0;
}

void
instances_end(struct instances *instances, struct str name, int64_t now_ms)
{
	struct instance *instance = find(instances, name,
	    hash_bytes(name.data, name.len));

	if (instance == NULL)
		return;
	unlist(instance);
	enlist(instance, &instances->ended, now_ms);
}

size_t
instances_count(const struct instances *instances)
{
	return instances->count;
}

size_t
instances_bytes(const struct instances *instances)
{
	return instances->bytes;
}
