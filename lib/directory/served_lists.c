/* SPDX-License-Identifier: ISC */
/* served_lists.c - the directory's lists, read again when it has changed. */
#include "directory/served_lists.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wait.h"
#include "directory/inquiry.h"
#include "directory/lists.h"

/* A change holds within a second: it is heard of within 250 ms. */
#define LOOK_MS 100

struct served_lists {
	struct inquiry *inquiry;
	struct loop *loop;
	struct loop_timer *timer;
	int64_t timeout_ms;
	struct inquiry_call *call;	/* NULL: nothing is asked */
	struct lists *lists;		/* NULL: none were read yet */
	int64_t generation;		/* for which they hold */
	served_lists_changed *changed;
	void *arg;
};

static void
ask(struct served_lists *serve, struct wait *wait)
{
	serve->call = lists_ask_newer(serve->inquiry, serve->lists, clock_steady_ms() +
	    serve->timeout_ms, wait);
}

/* Most changes are about users: then nothing is read. True when the lists are
 * others. */
static bool
take(struct served_lists *serve)
{
	const struct inquiry_answer *answer = inquiry_call_answer(serve->call);
	int64_t generation = answer != NULL ? answer->generation : 0;
	const char *error;
	struct lists *fresh = lists_take(&serve->call, &error);

	/* The reason lives as long as the call. */
	if (error != NULL)
		log_warn(NULL, "access lists, throttles and keys of the "
		    "directory were not read: %s", error);
	else
		serve->generation = generation;
	inquiry_call_unref(&serve->call);
	if (fresh == NULL)
		return false;
	lists_unref(&serve->lists);
	serve->lists = fresh;
	return true;
}

static void
on_look(void *arg)
{
	struct served_lists *serve = arg;

	if (serve->call == NULL &&
	    inquiry_generation(serve->inquiry) != serve->generation)
		ask(serve, NULL);
	else if (serve->call != NULL &&
	    inquiry_call_answer(serve->call) != NULL && take(serve))
		serve->changed(serve->arg);
	serve->timer = loop_after(serve->loop, LOOK_MS, on_look, serve);
}

struct served_lists *
served_lists_open(struct inquiry *inquiry, struct loop *loop,
    int64_t timeout_ms, served_lists_changed *changed, void *arg)
{
	struct served_lists *serve;
	struct wait *wait;

	if (inquiry == NULL)
		return NULL;
	serve = calloc(1, sizeof(*serve));
	if (serve == NULL)
		abort();
	serve->inquiry = inquiry;
	serve->loop = loop;
	serve->timeout_ms = timeout_ms;
	serve->changed = changed;
	serve->arg = arg;
	wait = wait_new();
	ask(serve, wait);
	wait_sleep(wait, clock_steady_ms() + timeout_ms);
	take(serve);
	wait_unref(&wait);
	serve->timer = loop_after(loop, LOOK_MS, on_look, serve);
	return serve;
}

void
served_lists_close(struct served_lists **serve)
{
	struct served_lists *old = *serve;

	*serve = NULL;
	if (old == NULL)
		return;
	loop_cancel(&old->timer);
	inquiry_call_unref(&old->call);
	lists_unref(&old->lists);
	free(old);
}

struct lists *
served_lists_get(const struct served_lists *serve)
{
	return serve != NULL ? serve->lists : NULL;
}
