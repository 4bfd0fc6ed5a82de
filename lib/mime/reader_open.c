/* SPDX-License-Identifier: ISC */
/* reader_open.c - the boundaries of all open multiparts, found by hash.
 *
 * A message may have as many open as max_depth allows, and each of its lines may
 * begin with "--": so a line is looked up, not compared with each; most have a
 * length that no boundary has. What was opened last is closed first, so each
 * bucket is a stack too. */
#include "base/hash.h"
#include "mime/reader_private.h"

void
opens_init(struct opens *opens, struct arena *arena)
{
	vec_init(&opens->stack, arena, sizeof(struct open));
	for (size_t i = 0; i < OPEN_BUCKETS; i++)
		opens->buckets[i] = -1;
	memset(opens->by_length, 0, sizeof(opens->by_length));
}

static ptrdiff_t *
bucket_of(const struct opens *opens, uint64_t hash)
{
	return (ptrdiff_t *)&opens->buckets[hash % OPEN_BUCKETS];
}

static size_t
length_of(struct str boundary)
{
	return boundary.len < OPEN_LENGTHS ? boundary.len : OPEN_LENGTHS - 1;
}

void
opens_push(struct opens *opens, struct container *container,
    struct str boundary)
{
	ptrdiff_t at = (ptrdiff_t)opens->stack.len;
	struct open *open = vec_push(&opens->stack);

	open->container = container;
	open->boundary = boundary;
	open->older = -1;
	if (boundary.len == 0)
		return;
	open->hash = hash_bytes(boundary.data, boundary.len);
	open->older = *bucket_of(opens, open->hash);
	*bucket_of(opens, open->hash) = at;
	opens->by_length[length_of(boundary)]++;
}

struct open *
opens_top(const struct opens *opens)
{
	return opens->stack.len == 0 ? NULL
	    : vec_at(&opens->stack, opens->stack.len - 1);
}

void
opens_pop(struct opens *opens)
{
	const struct open *open = opens_top(opens);

	if (open->boundary.len != 0) {
		*bucket_of(opens, open->hash) = open->older;
		opens->by_length[length_of(open->boundary)]--;
	}
	opens->stack.len--;
}

struct open *
opens_find(const struct opens *opens, struct str boundary)
{
	uint64_t hash;

	if (opens->by_length[length_of(boundary)] == 0)
		return NULL;
	hash = hash_bytes(boundary.data, boundary.len);
	for (ptrdiff_t at = *bucket_of(opens, hash); at >= 0;) {
		struct open *open = vec_at(&opens->stack, (size_t)at);

		if (open->hash == hash && str_eq(open->boundary, boundary))
			return open;
		at = open->older;
	}
	return NULL;
}
