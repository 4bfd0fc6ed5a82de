/* SPDX-License-Identifier: ISC */
/* redis_bytes.h - bytes on their way: added behind, taken before. */
#ifndef STORE_REDIS_BYTES_H
#define STORE_REDIS_BYTES_H

#include <stddef.h>

/* All zero is an empty one. */
struct redis_bytes {
	char *data;
	size_t start, end, capacity;
};

/* Room for len more bytes, at the end. */
char *redis_bytes_room(struct redis_bytes *bytes, size_t len);
void redis_bytes_add(struct redis_bytes *bytes, const void *data, size_t len);
size_t redis_bytes_count(const struct redis_bytes *bytes);
const char *redis_bytes_first(const struct redis_bytes *bytes);
/* The first len are done. What was much memory is given back. */
void redis_bytes_take(struct redis_bytes *bytes, size_t len);
void redis_bytes_clear(struct redis_bytes *bytes);

#endif
