/* SPDX-License-Identifier: ISC */
/* call.c - an operation under way: who waits for it, and its answer. */
#include "store/call.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/wait.h"

struct store_call {
	atomic_uint references;
	_Atomic(const struct store_answer *) answer;
	struct wait *wait;		/* NULL: nobody waits */
};

struct store_call *
store_call_new(struct wait *wait)
{
	struct store_call *call = must(malloc(sizeof(*call)));

	atomic_init(&call->references, 2);
	atomic_init(&call->answer, NULL);
	call->wait = wait != NULL ? wait_ref(wait) : NULL;
	return call;
}

const struct store_answer *
store_call_answer(struct store_call *call)
{
	return atomic_load_explicit(&call->answer, memory_order_acquire);
}

void
store_call_unref(struct store_call **call)
{
	struct store_call *old = *call;

	*call = NULL;
	if (old == NULL || atomic_fetch_sub_explicit(&old->references, 1,
	    memory_order_acq_rel) != 1)
		return;
	wait_unref(&old->wait);
	free((void *)(uintptr_t)atomic_load(&old->answer));
	free(old);
}

bool
store_call_is_forgotten(const struct store_call *call)
{
	return call->wait != NULL && atomic_load(&call->references) == 1;
}

static size_t
packed_size(const struct store_answer *answer)
{
	size_t size = sizeof(*answer) +
	    answer->count * sizeof(*answer->values);

	for (size_t i = 0; i < answer->count; i++)
		size += answer->values[i].len + 1;
	if (answer->error != NULL)
		size += strlen(answer->error) + 1;
	return size;
}

/* The answer with all that it points to, in one block of memory. */
static const struct store_answer *
pack(const struct store_answer *answer)
{
	struct store_answer *packed = must(malloc(packed_size(answer)));
	struct str *values = (struct str *)(packed + 1);
	char *at = (char *)(values + answer->count);

	*packed = *answer;
	packed->values = values;
	for (size_t i = 0; i < answer->count; i++)
		values[i] = str_pack(&at, answer->values[i]);
	if (answer->error != NULL)
		packed->error = str_pack(&at, str_from(answer->error)).data;
	return packed;
}

void
store_call_done(struct store_call *call, const struct store_answer *answer)
{
	assert(store_call_answer(call) == NULL);
	atomic_store_explicit(&call->answer, pack(answer),
	    memory_order_release);
	if (call->wait != NULL)
		wait_post(call->wait);
	store_call_unref(&call);
}

void
store_call_fail(struct store_call *call, enum store_status status,
    const char *error)
{
	const struct store_answer answer = { .status = status,
	    .error = error };

	store_call_done(call, &answer);
}
