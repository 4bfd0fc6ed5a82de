/* SPDX-License-Identifier: ISC */
/* inquiry_call.c - a question under way: who waits for it, and its answer. */
#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/wait.h"
#include "directory/inquiry_private.h"

struct inquiry_call *
inquiry_call_new(const struct inquiry_question *question,
    const char *const *words, int64_t deadline_ms)
{
	struct inquiry_call *call = calloc(1, sizeof(*call));
	const char **copies;

	if (call == NULL)
		abort();
	atomic_init(&call->references, 2);
	atomic_init(&call->answer, NULL);
	call->arena = arena_new(0);
	call->question = question;
	call->deadline_ms = deadline_ms;
	copies = arena_alloc(call->arena,
	    question->word_count * sizeof(*copies));
	for (size_t i = 0; i < question->word_count; i++)
		copies[i] = arena_strdup(call->arena, words[i]);
	call->words = copies;
	return call;
}

const struct inquiry_answer *
inquiry_call_answer(struct inquiry_call *call)
{
	return atomic_load_explicit(&call->answer, memory_order_acquire);
}

void
inquiry_call_unref(struct inquiry_call **call)
{
	struct inquiry_call *old = *call;

	*call = NULL;
	if (old == NULL || atomic_fetch_sub_explicit(&old->references, 1,
	    memory_order_acq_rel) != 1)
		return;
	wait_unref(&old->wait);
	arena_free(&old->arena);
	free(old);
}

static void
answer(struct inquiry_call *call, struct inquiry_answer value)
{
	assert(inquiry_call_answer(call) == NULL);
	atomic_store_explicit(&call->answer, (const struct inquiry_answer *)
	    arena_memdup(call->arena, &value, sizeof(value)),
	    memory_order_release);
	if (call->wait != NULL)
		wait_post(call->wait);
	inquiry_call_unref(&call);
}

void
inquiry_call_done(struct inquiry_call *call, const void *data,
    int64_t generation)
{
	answer(call, (struct inquiry_answer){ .data = data,
	    .generation = generation });
}

void
inquiry_call_fail(struct inquiry_call *call, const char *why)
{
	answer(call, (struct inquiry_answer){ .error = arena_printf(
	    call->arena, "the directory is unavailable: %s", why) });
}

bool
inquiry_call_is_forgotten(const struct inquiry_call *call)
{
	return atomic_load(&call->references) == 1;
}
