/* SPDX-License-Identifier: ISC */
/* redis_bytes.c - bytes on their way: added behind, taken before. */
#include "store/redis_bytes.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES (64 * 1024)	/* of an empty one */

size_t
redis_bytes_count(const struct redis_bytes *bytes)
{
	return bytes->end - bytes->start;
}

const char *
redis_bytes_first(const struct redis_bytes *bytes)
{
	return bytes->data + bytes->start;
}

static void
grow(struct redis_bytes *bytes, size_t len)
{
	size_t capacity = bytes->capacity;
	char *data;

	while (bytes->end + len > capacity)
		capacity = capacity * 2 + 4096;
	data = realloc(bytes->data, capacity);
	if (data == NULL)
		abort();
	bytes->data = data;
	bytes->capacity = capacity;
}

char *
redis_bytes_room(struct redis_bytes *bytes, size_t len)
{
	size_t count = redis_bytes_count(bytes);

	if (bytes->end + len <= bytes->capacity)
		return bytes->data + bytes->end;
	/* What was taken makes room first, when that is much. */
	if (bytes->start > count) {
		memmove(bytes->data, bytes->data + bytes->start, count);
		bytes->start = 0;
		bytes->end = count;
	}
	if (bytes->end + len > bytes->capacity)
		grow(bytes, len);
	return bytes->data + bytes->end;
}

void
redis_bytes_add(struct redis_bytes *bytes, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(redis_bytes_room(bytes, len), data, len);
	bytes->end += len;
}

void
redis_bytes_take(struct redis_bytes *bytes, size_t len)
{
	bytes->start += len;
	if (bytes->start != bytes->end)
		return;
	bytes->start = bytes->end = 0;
	if (bytes->capacity > KEPT_BYTES)
		redis_bytes_clear(bytes);
}

void
redis_bytes_clear(struct redis_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct redis_bytes){ 0 };
}
