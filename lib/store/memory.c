/* SPDX-License-Identifier: ISC */
/* memory.c - the table of the store in memory.
 *
 * Linear hashing: the table grows and shrinks by one bucket at a time, so no
 * operation ever waits for all entries to move. Each put looks through two
 * buckets for what has expired. The hash is keyed (hash.h), so nobody can
 * choose names that meet in one bucket.
 *
 * An entry knows when it was put and how long it lives since. One that was put
 * later than now comes from a clock that was ahead: it counts as put now. */
#include "store/memory.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/memory_private.h"
#include "store/request.h"

#define BUCKETS_MIN 64
#define SWEEP_BUCKETS 2
#define SHRINK_BUCKETS 4	/* after each of them, at most */

static void *
must_realloc(void *block, size_t size)
{
	block = realloc(block, size);
	if (block == NULL)
		abort();
	return block;
}

/* --- buckets ------------------------------------------------------------- */

static size_t
power_of_two_up_to(size_t n)
{
	return (size_t)1 << (63 - __builtin_clzll(n));
}

/* The bucket of this number was split off that one. */
static size_t
parent_of(size_t bucket)
{
	return bucket - power_of_two_up_to(bucket);
}

static size_t
bucket_of(const struct memory *memory, uint32_t hash)
{
	size_t low = power_of_two_up_to(memory->bucket_count);
	size_t bucket = hash & (2 * low - 1);

	return bucket < memory->bucket_count ? bucket : bucket & (low - 1);
}

static void
resize_buckets(struct memory *memory, size_t capacity)
{
	memory->bytes += capacity * sizeof(*memory->buckets);
	memory->bytes -= memory->bucket_capacity * sizeof(*memory->buckets);
	memory->buckets = must_realloc(memory->buckets,
	    capacity * sizeof(*memory->buckets));
	memory->bucket_capacity = capacity;
}

static void
grow(struct memory *memory)
{
	size_t added = memory->bucket_count;
	struct memory_entry **at = &memory->buckets[parent_of(added)];

	if (added == memory->bucket_capacity) {
		resize_buckets(memory, added * 2);
		at = &memory->buckets[parent_of(added)];
	}
	memory->buckets[added] = NULL;
	memory->bucket_count++;
	while (*at != NULL) {
		struct memory_entry *entry = *at;

		if (bucket_of(memory, entry->hash) != added) {
			at = &entry->next;
			continue;
		}
		*at = entry->next;
		entry->next = memory->buckets[added];
		memory->buckets[added] = entry;
	}
}

static void
shrink(struct memory *memory)
{
	size_t last = memory->bucket_count - 1;
	struct memory_entry **at = &memory->buckets[parent_of(last)];

	while (*at != NULL)
		at = &(*at)->next;
	*at = memory->buckets[last];
	memory->bucket_count--;
	if (memory->bucket_count * 4 <= memory->bucket_capacity)
		resize_buckets(memory, memory->bucket_capacity / 2);
}

/* --- entries ------------------------------------------------------------- */

static size_t
entry_size(size_t len, size_t key_len)
{
	return sizeof(struct memory_entry) + len + key_len;
}

struct str
memory_entry_key(const struct memory_entry *entry)
{
	return str_of((const char *)entry->value + entry->len,
	    entry->key_len);
}

static bool
has_expired(const struct memory_entry *entry, int64_t now_ms)
{
	return now_ms - entry->put_ms >= entry->life_ms;
}

/* Unlink and free what *at points to. */
static void
remove_entry(struct memory *memory, struct memory_entry **at)
{
	struct memory_entry *entry = *at;

	*at = entry->next;
	memory->bytes -= malloc_usable_size(entry);
	memory->count--;
	memory->changes++;
	free(entry);
}

/* After entries were removed: buckets move, so nobody may point into them. */
static void
shrink_some(struct memory *memory)
{
	for (int i = 0; i < SHRINK_BUCKETS; i++)
		if (memory->bucket_count > BUCKETS_MIN &&
		    memory->count * 4 < memory->bucket_count)
			shrink(memory);
}

static void
sweep_bucket(struct memory *memory, int64_t now_ms)
{
	struct memory_entry **at;
	size_t bucket = memory->sweep_at++;

	if (bucket >= memory->bucket_count)
		bucket = 0, memory->sweep_at = 1;
	at = &memory->buckets[bucket];
	while (*at != NULL) {
		if ((*at)->put_ms > now_ms)
			(*at)->put_ms = now_ms;
		if (has_expired(*at, now_ms))
			remove_entry(memory, at);
		else
			at = &(*at)->next;
	}
	shrink_some(memory);
}

void
memory_sweep(struct memory *memory, size_t buckets, int64_t now_ms)
{
	if (buckets > memory->bucket_count)
		buckets = memory->bucket_count;
	while (buckets-- > 0)
		sweep_bucket(memory, now_ms);
}

/* Where the pointer to the entry is, or would be. */
static struct memory_entry **
find_place(struct memory *memory, struct str key, uint32_t hash)
{
	struct memory_entry **at = &memory->buckets[bucket_of(memory, hash)];

	while (*at != NULL && ((*at)->hash != hash ||
	    !str_eq(memory_entry_key(*at), key)))
		at = &(*at)->next;
	return at;
}

static struct memory_entry **
find_living(struct memory *memory, struct str key, int64_t now_ms)
{
	struct memory_entry **at = find_place(memory, key,
	    (uint32_t)hash_bytes(key.data, key.len));

	return *at == NULL || has_expired(*at, now_ms) ? NULL : at;
}

void *
memory_find(struct memory *memory, struct str key, int64_t now_ms,
    size_t *len_r)
{
	struct memory_entry **at = find_living(memory, key, now_ms);

	*len_r = at != NULL ? (*at)->len : 0;
	return at != NULL ? (*at)->value : NULL;
}

static struct memory_entry *
insert(struct memory *memory, struct str key, size_t len)
{
	struct memory_entry *entry = must_realloc(NULL,
	    entry_size(len, key.len));
	struct memory_entry **at;

	*entry = (struct memory_entry){
		.hash = (uint32_t)hash_bytes(key.data, key.len),
		.key_len = (uint32_t)key.len,
		.len = len,
	};
	memset(entry->value, 0, len);
	memcpy((char *)entry->value + len, key.data, key.len);
	if (memory->count >= memory->bucket_count)
		grow(memory);
	at = &memory->buckets[bucket_of(memory, entry->hash)];
	entry->next = *at;
	*at = entry;
	memory->count++;
	memory->bytes += malloc_usable_size(entry);
	return entry;
}

/* Give the value another length; the key stands behind it. */
static void
resize(struct memory *memory, struct memory_entry **at, size_t len)
{
	struct memory_entry *entry = *at;
	size_t old = entry->len, key_len = entry->key_len;
	char *value;

	memory->bytes -= malloc_usable_size(entry);
	if (len < old)
		memmove((char *)entry->value + len,
		    (char *)entry->value + old, key_len);
	entry = must_realloc(entry, entry_size(len, key_len));
	value = (char *)entry->value;
	if (len > old) {
		memmove(value + len, value + old, key_len);
		memset(value + old, 0, len - old);
	}
	entry->len = len;
	*at = entry;
	memory->bytes += malloc_usable_size(entry);
}

void *
memory_put(struct memory *memory, struct str key, size_t len, int64_t now_ms,
    int64_t expires_ms)
{
	struct memory_entry **at, *entry;
	int64_t life_ms = expires_ms - now_ms;
	int64_t old_ms = 0;	/* so much would be left without */

	memory_sweep(memory, SWEEP_BUCKETS, now_ms);
	at = find_living(memory, key, now_ms);
	if (at == NULL) {
		memory_forget(memory, key);
		entry = insert(memory, key, len);
	} else {
		if ((*at)->len != len)
			resize(memory, at, len);
		entry = *at;
		old_ms = entry->life_ms;
		if (entry->put_ms < now_ms)
			old_ms -= now_ms - entry->put_ms;
	}
	entry->put_ms = now_ms;
	entry->life_ms = life_ms > old_ms ? life_ms : old_ms;
	/* More than a snapshot takes: a sum of two that are as long. */
	if (entry->life_ms > STORE_NEVER)
		entry->life_ms = STORE_NEVER;
	memory->changes++;
	return entry->value;
}

void
memory_forget(struct memory *memory, struct str key)
{
	struct memory_entry **at = find_place(memory, key,
	    (uint32_t)hash_bytes(key.data, key.len));

	if (*at == NULL)
		return;
	remove_entry(memory, at);
	shrink_some(memory);
}

void *
memory_restore(struct memory *memory, struct str key, size_t len,
    int64_t put_ms, int64_t life_ms)
{
	struct memory_entry *entry;

	memory_forget(memory, key);
	entry = insert(memory, key, len);
	entry->put_ms = put_ms;
	entry->life_ms = life_ms;
	return entry->value;
}

/* --- the whole ----------------------------------------------------------- */

struct memory *
memory_new(void)
{
	struct memory *memory = must_realloc(NULL, sizeof(*memory));

	*memory = (struct memory){ .bytes = sizeof(*memory),
	    .bytes_max = MEMORY_LIMIT_BYTES };
	resize_buckets(memory, BUCKETS_MIN);
	memory->bucket_count = BUCKETS_MIN;
	memset(memory->buckets, 0, BUCKETS_MIN * sizeof(*memory->buckets));
	return memory;
}

void
memory_drop(struct memory *memory)
{
	for (size_t i = 0; i < memory->bucket_count; i++) {
		struct memory_entry *entry = memory->buckets[i], *next;

		for (; entry != NULL; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	free(memory->buckets);
	free(memory->path);
	free(memory);
}
