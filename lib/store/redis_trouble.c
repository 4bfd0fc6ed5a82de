/* SPDX-License-Identifier: ISC */
/* redis_trouble.c - why a store does not work: for the log, and for others. */
#include "store/redis_trouble.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

/* The same trouble is logged again when it lasts, and when it comes and goes,
 * but then not each time. */
#define LOG_AGAIN_MS 60000
#define LOG_NEW_MS 5000

void
redis_trouble_init(struct redis_trouble *trouble, struct arena *arena,
    const char *where)
{
	*trouble = (struct redis_trouble){ .arena = arena, .where = where };
	atomic_init(&trouble->text,
	    redis_trouble_text(trouble, "not connected yet"));
}

/* Texts are kept for good, because other threads read them. They are few, the
 * system's and ours; a server with new words each time is cut short. */
const char *
redis_trouble_text(struct redis_trouble *trouble, const char *what)
{
	size_t where_len = strlen(trouble->where);

	for (size_t i = 0; i < trouble->count; i++)
		if (strcmp(trouble->texts[i] + where_len + 2, what) == 0)
			return trouble->texts[i];
	if (trouble->count == REDIS_TROUBLES_MAX)
		return trouble->texts[REDIS_TROUBLES_MAX - 1];
	if (trouble->count == REDIS_TROUBLES_MAX - 1)
		what = "it refuses, each time with other words";
	trouble->texts[trouble->count] = arena_printf(trouble->arena,
	    "%s: %s", trouble->where, what);
	return trouble->texts[trouble->count++];
}

void
redis_trouble_set(struct redis_trouble *trouble, const char *text)
{
	int64_t now_ms = clock_steady_ms();
	bool is_new = atomic_exchange(&trouble->text, text) != text;

	if (text == trouble->logged && now_ms - trouble->logged_ms <
	    (is_new ? LOG_NEW_MS : LOG_AGAIN_MS))
		return;
	log_warn(NULL, "store: %s", text);
	trouble->logged = text;
	trouble->logged_ms = now_ms;
	trouble->is_told = true;
}

void
redis_trouble_clear(struct redis_trouble *trouble)
{
	if (atomic_exchange(&trouble->text, NULL) == NULL ||
	    !trouble->is_told)
		return;
	log_info(NULL, "store: %s: it works again", trouble->where);
	trouble->is_told = false;
}

const char *
redis_trouble_get(struct redis_trouble *trouble)
{
	return atomic_load(&trouble->text);
}
