/* SPDX-License-Identifier: ISC */
/* lists.c - what a daemon reads of the directory as a whole. */
#include "directory/lists.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"
#include "directory/directory.h"
#include "directory/inquiry.h"

/* The answer, in the arena of the call. */
struct read {
	struct vec accesses, throttles, dkim_keys;
	struct str print;		/* the same for the same lists */
};

struct kept {
	struct lists lists;		/* first: what others see of it */
	atomic_uint references;
	struct inquiry_call *call;
	const struct read *read;
};

static int
list(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, struct vec *objects,
    struct buf *print, struct db_error *error_r)
{
	const struct directory_query all = { 0 };

	vec_init(objects, arena, sizeof(struct directory_object *));
	if (directory_list(directory, arena, kind, &all, objects,
	    error_r) < 0)
		return -1;
	for (size_t i = 0; i < objects->len; i++)
		buf_add_text(print, directory_object_print(
		    *(struct directory_object **)vec_at(objects, i), arena));
	return 0;
}

static int
run(struct directory *directory, const char *const *words,
    struct arena *arena, const void **answer_r, struct db_error *error_r)
{
	struct read *read = arena_zalloc(arena, sizeof(*read));
	struct buf print;

	(void)words;
	buf_init(&print, arena);
	if (list(directory, arena, &kind_access, &read->accesses, &print,
	    error_r) < 0 || list(directory, arena, &kind_throttle,
	    &read->throttles, &print, error_r) < 0 ||
	    list(directory, arena, &kind_dkim_key, &read->dkim_keys, &print,
	    error_r) < 0)
		return -1;
	read->print = buf_str(&print);
	*answer_r = read;
	return 0;
}

static const struct inquiry_question question = {
	.run = run,
	.word_count = 0,
};

struct inquiry_call *
lists_ask(struct inquiry *inquiry, int64_t deadline_ms, struct wait *wait)
{
	return inquiry_ask(inquiry, &question, NULL, deadline_ms, wait);
}

struct lists *
lists_take(struct inquiry_call **call, const char **error_r)
{
	const struct inquiry_answer *answer = inquiry_call_answer(*call);
	struct kept *kept;

	*error_r = answer == NULL ? "the directory is unavailable: no answer "
	    "in time" : answer->error;
	if (*error_r != NULL)
		return NULL;
	kept = calloc(1, sizeof(*kept));
	if (kept == NULL)
		abort();
	atomic_init(&kept->references, 1);
	kept->call = *call;
	kept->read = answer->data;
	kept->lists.accesses = &kept->read->accesses;
	kept->lists.throttles = &kept->read->throttles;
	kept->lists.dkim_keys = &kept->read->dkim_keys;
	kept->lists.generation = answer->generation;
	*call = NULL;
	return &kept->lists;
}

struct lists *
lists_ref(struct lists *lists)
{
	atomic_fetch_add(&((struct kept *)lists)->references, 1);
	return lists;
}

void
lists_unref(struct lists **lists)
{
	struct kept *kept = (struct kept *)*lists;

	*lists = NULL;
	if (kept == NULL || atomic_fetch_sub_explicit(&kept->references, 1,
	    memory_order_acq_rel) != 1)
		return;
	inquiry_call_unref(&kept->call);
	free(kept);
}

bool
lists_are_same(const struct lists *one, const struct lists *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return str_eq(((const struct kept *)one)->read->print,
	    ((const struct kept *)other)->read->print);
}
