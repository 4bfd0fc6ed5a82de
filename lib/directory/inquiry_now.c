/* SPDX-License-Identifier: ISC */
/* inquiry_now.c - a short question to a file, which the asker reads himself.
 *
 * To hand a question to another thread and its answer back takes two wake-ups,
 * many times what a file in memory needs for it. So who has a short question
 * while the thread sleeps asks it himself. He never waits for others: where
 * anything is wrong or in the way, the thread has the question. On a disk that
 * is slow it has them all, for a time.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "directory/directory_private.h"
#include "directory/inquiry_private.h"

/* A question that took an asker so long is the last one for a time. */
#define SLOW_MS 20
#define SLOW_PAUSE_MS 500

static int
ask_now(struct inquiry *inquiry, struct inquiry_call *call,
    const void **data_r, int64_t *generation_r)
{
	struct directory *directory = inquiry->directory;
	struct db_error error;
	int result;

	if (directory_read_begin(directory, call->arena, &error) < 0)
		return -1;
	result = directory_generation(directory, call->arena, generation_r,
	    &error) < 0 || call->question->run(directory, call->words,
	    call->arena, data_r, &error) < 0 ? -1 : 0;
	directory_read_end(directory);
	return result;
}

/* False: the thread shall have it, and say what is wrong. */
static bool
answer_now(struct inquiry *inquiry, struct inquiry_call *call, int64_t now_ms)
{
	struct db *db = directory_db(inquiry->directory);
	const void *data = NULL;
	int64_t generation = 0;
	bool is_done = false;

	if (now_ms < inquiry->retry_ms || !db_hurry(db, true))
		return false;
	is_done = ask_now(inquiry, call, &data, &generation) == 0;
	db_hurry(db, false);
	if (clock_steady_ms() - now_ms >= SLOW_MS)
		atomic_store(&inquiry->slow_until_ms, now_ms + SLOW_PAUSE_MS);
	if (!is_done)
		return false;
	atomic_store(&inquiry->generation, generation);
	atomic_store(&inquiry->seen_ms, clock_steady_ms());
	inquiry_call_done(call, data, generation);
	return true;
}

bool
inquiry_call_try(struct inquiry *inquiry, struct inquiry_call *call)
{
	int64_t now_ms = clock_steady_ms();
	bool is_done;

	if (!call->question->is_short || now_ms > call->deadline_ms ||
	    now_ms < atomic_load(&inquiry->slow_until_ms) ||
	    atomic_load(&inquiry->is_awake) ||
	    pthread_mutex_trylock(&inquiry->in_use) != 0)
		return false;
	is_done = answer_now(inquiry, call, now_ms);
	pthread_mutex_unlock(&inquiry->in_use);
	return is_done;
}
