/* SPDX-License-Identifier: ISC */
/* lists.c - what a daemon reads of the directory as a whole. */
#include "directory/lists.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "directory/directory.h"
#include "directory/inquiry.h"

/* The answer, in the arena of the call. */
struct read {
	struct vec accesses, throttles, dkim_keys;
	/* When one of them was changed last. */
	const char *mark;
	bool is_known;		/* that mark was known: nothing was read */
};

struct kept {
	struct lists lists;		/* first: what others see of it */
	atomic_uint references;
	struct inquiry_call *call;
	const struct read *read;
};

static int
read_mark(struct directory *directory, struct arena *arena,
    const char **mark_r, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;

	db_param_text(&params, kind_access.name);
	db_param_text(&params, kind_throttle.name);
	db_param_text(&params, kind_dkim_key.name);
	if (db_run(directory_db(directory), arena, "SELECT coalesce(max("
	    "number), 0) FROM changes WHERE kind IN ($1, $2, $3)", &params,
	    &rows, error_r) < 0)
		return -1;
	*mark_r = db_value(&rows, 0, 0).data;
	return 0;
}

static int
list(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, struct vec *objects,
    struct db_error *error_r)
{
	const struct directory_query all = { 0 };

	vec_init(objects, arena, sizeof(struct directory_object *));
	return directory_list(directory, arena, kind, &all, objects, error_r);
}

static int
run(struct directory *directory, const char *const *words,
    struct arena *arena, const void **answer_r, struct db_error *error_r)
{
	struct read *read = arena_zalloc(arena, sizeof(*read));

	*answer_r = read;
	if (read_mark(directory, arena, &read->mark, error_r) < 0)
		return -1;
	read->is_known = strcmp(read->mark, words[0]) == 0;
	return read->is_known ? 0 :
	    list(directory, arena, &kind_access, &read->accesses,
	    error_r) < 0 || list(directory, arena, &kind_throttle,
	    &read->throttles, error_r) < 0 || list(directory, arena,
	    &kind_dkim_key, &read->dkim_keys, error_r) < 0 ? -1 : 0;
}

static const struct inquiry_question question = {
	.run = run,
	.word_count = 1,
};

struct inquiry_call *
lists_ask_newer(struct inquiry *inquiry, const struct lists *known,
    int64_t deadline_ms, struct wait *wait)
{
	const char *word = known != NULL ?
	    ((const struct kept *)known)->read->mark : "";

	return inquiry_ask(inquiry, &question, &word, deadline_ms, wait);
}

struct inquiry_call *
lists_ask(struct inquiry *inquiry, int64_t deadline_ms, struct wait *wait)
{
	return lists_ask_newer(inquiry, NULL, deadline_ms, wait);
}

struct lists *
lists_take(struct inquiry_call **call, const char **error_r)
{
	const struct inquiry_answer *answer = inquiry_call_answer(*call);
	struct kept *kept;

	*error_r = answer == NULL ? "the directory is unavailable: no answer "
	    "in time" : answer->error;
	if (*error_r != NULL || ((const struct read *)answer->data)->is_known)
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
