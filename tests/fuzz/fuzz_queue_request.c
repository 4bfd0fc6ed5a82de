/* SPDX-License-Identifier: ISC */
/* fuzz_queue_request.c - what comes over the socket of the helper that is root. */
#include "base/arena.h"
#include "fuzz.h"
#include "queue/request.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL;
	struct vec items;

	if (queue_request_parse(arena, str_of((const char *)data, size),
	    &items, &error) < 0) {
		must(error != NULL);
		arena_free(&arena);
		return 0;
	}
	must(items.len >= 1 && items.len <= QUEUE_ITEMS_MAX);
	for (size_t i = 0; i < items.len; i++) {
		const struct queue_item *item = vec_at(&items, i);

		must(item->queue_id != NULL);
		for (const char *at = item->queue_id; *at != '\0'; at++)
			must(char_is_alnum(*at));
		must(item->reason == NULL ||
		    queue_reason_is_valid(str_from(item->reason)));
	}
	arena_free(&arena);
	return 0;
}
