/* SPDX-License-Identifier: ISC */
/* serve_reload.c - reading the configuration again, beside the requests. */
#include "policyd/serve_reload.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/ctl.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/vec.h"
#include "base/wait.h"
#include "daemon/configuration.h"
#include "daemon/verbs.h"
#include "directory/lists.h"
#include "mail/sections.h"
#include "policyd/rulebook.h"

/* Who waits for its end. */
struct asker {
	struct asker *next;
	struct buf *out;
};

struct serve_reload {
	const char *path;
	serve_reload_taker *take;
	void *arg;
	struct wait_queue *queue;
	struct loop_watch *watch;
	struct wait *wait;
	struct asker *askers, *later;	/* of this one, and of the next */
	bool is_wanted;			/* the next one is */
	struct lists *lists;		/* of the directory; NULL: none */
	struct rulebook *again;		/* its lists alone are new; NULL */
	bool is_running;

	/* The thread's, while it runs. */
	pthread_t thread;
	struct arena *arena;
	struct rulebook *base;		/* NULL: the file is read */
	struct lists *with;
	struct rulebook *fresh;
	const char *error;		/* NULL unless it was refused */
};

/* --- in the thread -------------------------------------------------------- */

static void *
read_all(void *arg)
{
	struct serve_reload *reload = arg;
	struct conf *conf;

	if (reload->base != NULL) {
		reload->fresh = rulebook_new_again(reload->base, reload->with,
		    reload->arena, &reload->error);
	} else {
		conf = configuration_load(reload->path, rulebook_sections(),
		    sections_not_of_policyd, reload->arena, &reload->error);
		if (conf != NULL)
			reload->fresh = rulebook_new_with(conf, reload->with,
			    reload->arena, &reload->error);
		conf_unref(&conf);
	}
	wait_post(reload->wait);
	return NULL;
}

/* --- in the loop ---------------------------------------------------------- */

static void
answer_all(struct asker **askers, const char *error)
{
	struct asker *asker, *next;
	const char *reason = NULL;
	int result;

	/* They live in the arenas of their answers. */
	for (asker = *askers; asker != NULL; asker = next) {
		next = asker->next;
		result = verb_reloaded(error, asker->out, &reason);
		ctl_answer(asker->out, result, reason);
	}
	*askers = NULL;
}

/* Signals are for the main thread. */
static int
start_thread(struct serve_reload *reload)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&reload->thread, NULL, read_all, reload);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		pthread_setname_np(reload->thread, "reload");
	return error;
}

/* Without a thread the requests wait. */
static void
start(struct serve_reload *reload)
{
	reload->askers = reload->later;
	reload->later = NULL;
	/* The file is read again where somebody asked for that. */
	if (reload->is_wanted)
		rulebook_unref(&reload->again);
	reload->base = reload->again;
	reload->again = NULL;
	reload->with = reload->lists != NULL ? lists_ref(reload->lists) : NULL;
	reload->is_wanted = false;
	reload->arena = arena_new(0);
	reload->error = NULL;
	reload->is_running = start_thread(reload) == 0;
	if (!reload->is_running)
		read_all(reload);
}

static void
end(struct serve_reload *reload)
{
	if (reload->is_running)
		pthread_join(reload->thread, NULL);
	reload->is_running = false;
	lists_unref(&reload->with);
	rulebook_unref(&reload->base);
}

static void
on_read(void *arg, uint32_t events)
{
	struct serve_reload *reload = arg;

	(void)events;
	if (wait_queue_next(reload->queue) == NULL)
		return;
	end(reload);
	/* Lists that came meanwhile go with what is in force now. */
	if (reload->fresh != NULL && reload->again != NULL) {
		rulebook_unref(&reload->again);
		reload->again = rulebook_ref(reload->fresh);
	}
	reload->take(reload->arg, reload->fresh, reload->error);
	reload->fresh = NULL;
	answer_all(&reload->askers, reload->error);
	arena_free(&reload->arena);
	if (reload->is_wanted || reload->again != NULL)
		start(reload);
}

struct serve_reload *
serve_reload_new(struct loop *loop, const char *path,
    serve_reload_taker *take, void *arg)
{
	struct wait_queue *queue = wait_queue_new();
	struct serve_reload *reload;

	if (queue == NULL)
		return NULL;
	reload = must(calloc(1, sizeof(*reload)));
	reload->path = path;
	reload->take = take;
	reload->arg = arg;
	reload->queue = queue;
	reload->wait = wait_new_in(queue, reload);
	reload->watch = loop_watch(loop, wait_queue_fd(queue), EPOLLIN,
	    on_read, reload);
	return reload;
}

void
serve_reload_free(struct serve_reload **reload)
{
	struct serve_reload *old = *reload;

	if (old == NULL)
		return;
	end(old);
	rulebook_unref(&old->fresh);
	rulebook_unref(&old->again);
	lists_unref(&old->lists);
	answer_all(&old->askers, "the daemon ends");
	answer_all(&old->later, "the daemon ends");
	arena_free(&old->arena);
	loop_unwatch(&old->watch);
	wait_leave(old->wait);
	wait_unref(&old->wait);
	wait_queue_free(&old->queue);
	free(old);
	*reload = NULL;
}

void
serve_reload_begin(struct serve_reload *reload, struct buf *out)
{
	struct asker *asker;

	if (out != NULL) {
		asker = arena_alloc(out->arena, sizeof(*asker));
		*asker = (struct asker){ reload->later, out };
		reload->later = asker;
	}
	reload->is_wanted = true;
	if (reload->arena == NULL)
		start(reload);
}

static void
keep(struct serve_reload *reload, struct lists *lists)
{
	lists_unref(&reload->lists);
	reload->lists = lists_ref(lists);
}

int
serve_reload_first(struct serve_reload *reload, struct rulebook **rulebook,
    struct lists *lists, struct arena *arena, const char **error_r)
{
	struct rulebook *fresh;

	if (lists == NULL)
		return 0;
	fresh = rulebook_new_again(*rulebook, lists, arena, error_r);
	if (fresh == NULL)
		return -1;
	rulebook_unref(rulebook);
	*rulebook = fresh;
	keep(reload, lists);
	return 0;
}

void
serve_reload_lists(struct serve_reload *reload, struct rulebook *in_force,
    struct lists *lists)
{
	keep(reload, lists);
	rulebook_unref(&reload->again);
	reload->again = rulebook_ref(in_force);
	if (reload->arena == NULL)
		start(reload);
}
