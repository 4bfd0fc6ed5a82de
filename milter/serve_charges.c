/* SPDX-License-Identifier: ISC */
/* serve_charges.c - what policyd has reserved for a message: settled when the
 * milter has decided.
 *
 * policyd reserves at Postfix's END-OF-MESSAGE request, which comes before ours,
 * and leaves the names of its charges with the message's id (mail_id.h). So a
 * settlement has two steps: ask for the names, then confirm or release each.
 * Both are followed up in the main loop, unless the first is answered at once;
 * the thread of the message goes on. */
#include "milter/serve_charges.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/vec.h"
#include "base/wait.h"
#include "mail/txn.h"
#include "store/charge.h"
#include "store/key.h"
#include "store/mail_id.h"
#include "store/redis.h"
#include "store/remote.h"
#include "store/store_settings.h"

struct charges {
	struct store *store;		/* NULL: it is being closed */
	bool is_of_policyd;		/* its memory; else Redis */
	struct wait_queue *queue;
	struct loop_watch *watch;
	int64_t timeout_ms;
	/* Of the settlements: the loop may see an answer before the thread that
	 * asked has put the call down. */
	pthread_mutex_t lock;
	size_t under_way;
	atomic_uint_fast64_t lost;
};

/* What has become of a message. */
enum fate { FATE_TAKEN, FATE_REFUSED, FATE_GONE };

/* One message; lives in its arena. */
struct settlement {
	struct charges *charges;
	struct arena *arena;
	struct wait *wait;
	int64_t now_ms;
	enum fate fate;
	bool may_be_lost;
	struct store_call *id_call;	/* NULL: it is answered */
	struct vec calls;		/* struct store_call *, one a charge */
};

/* --- in the loop ---------------------------------------------------------- */

static void
end_settlement(struct settlement *settlement)
{
	struct arena *arena = settlement->arena;

	for (size_t i = 0; i < settlement->calls.len; i++)
		store_call_unref(vec_at(&settlement->calls, i));
	store_call_unref(&settlement->id_call);
	wait_leave(settlement->wait);
	wait_unref(&settlement->wait);
	settlement->charges->under_way--;
	arena_free(&arena);
}

static void
lose(const struct settlement *settlement)
{
	if (settlement->may_be_lost)
		atomic_fetch_add(&settlement->charges->lost, 1);
}

static struct store_call *
settle(const struct settlement *settlement, struct str name)
{
	enum fate counted = str_is(store_key_kind(name), MAIL_ID_REFUSED)
	    ? FATE_REFUSED : FATE_TAKEN;

	return (settlement->fate == counted ? charge_confirm : charge_release)(
	    settlement->charges->store, settlement->arena, name,
	    settlement->now_ms, settlement->wait);
}

/* The names have come, or never will. */
static void
take_names(struct settlement *settlement, const struct store_answer *answer)
{
	struct charges *charges = settlement->charges;
	struct mail_id_result mail;
	const char *error;

	if (charges->store == NULL || answer->status != STORE_DONE ||
	    mail_id_read(settlement->arena, answer, &mail, &error) < 0) {
		lose(settlement);
		mail.charge_count = 0;
	}
	for (size_t i = 0; i < mail.charge_count; i++)
		*(struct store_call **)vec_push(&settlement->calls) =
		    settle(settlement, mail.charges[i]);
	store_call_unref(&settlement->id_call);
}

static bool
has_ended(struct settlement *settlement)
{
	bool is_lost = false;

	for (size_t i = 0; i < settlement->calls.len; i++) {
		const struct store_answer *answer = store_call_answer(
		    *(struct store_call **)vec_at(&settlement->calls, i));

		if (answer == NULL)
			return false;
		is_lost |= answer->status != STORE_DONE;
	}
	if (is_lost)
		lose(settlement);
	return true;
}

static void
follow_up(struct settlement *settlement)
{
	const struct store_answer *answer;

	if (settlement->id_call != NULL) {
		answer = store_call_answer(settlement->id_call);
		if (answer == NULL)
			return;
		take_names(settlement, answer);
	}
	if (has_ended(settlement))
		end_settlement(settlement);
}

static void
on_answer(void *arg, uint32_t events)
{
	struct charges *charges = arg;
	struct settlement *settlement;

	(void)events;
	pthread_mutex_lock(&charges->lock);
	while ((settlement = wait_queue_next(charges->queue)) != NULL)
		follow_up(settlement);
	pthread_mutex_unlock(&charges->lock);
}

/* --- opening and closing -------------------------------------------------- */

struct charges *
charges_open(const struct store_settings *settings, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	struct charges *charges = must(calloc(1, sizeof(*charges)));

	pthread_mutex_init(&charges->lock, NULL);
	charges->timeout_ms = settings->timeout_ms;
	charges->is_of_policyd = settings->kind == STORE_WHERE_MEMORY;
	*error_r = "no descriptor is left";
	charges->queue = wait_queue_new();
	if (charges->queue != NULL)
		charges->store = (charges->is_of_policyd ? remote_open_shared
		    : redis_open_shared)(settings, arena, error_r);
	if (charges->store == NULL) {
		charges_close(&charges);
		return NULL;
	}
	charges->watch = loop_watch(loop, wait_queue_fd(charges->queue),
	    EPOLLIN, on_answer, charges);
	return charges;
}

/* Two steps, each of which may take as long as an operation. */
static void
finish(struct charges *charges)
{
	int64_t end_ms = clock_steady_ms() + 2 * charges->timeout_ms;
	struct pollfd ready = { .fd = wait_queue_fd(charges->queue),
	    .events = POLLIN };
	int64_t left_ms;

	while (charges->under_way != 0 &&
	    (left_ms = end_ms - clock_steady_ms()) > 0) {
		poll(&ready, 1, (int)left_ms);
		on_answer(charges, 0);
	}
}

void
charges_close(struct charges **charges)
{
	struct charges *old = *charges;

	if (old == NULL)
		return;
	if (old->watch != NULL)
		finish(old);
	loop_unwatch(&old->watch);
	store_free(&old->store);
	/* What was still under way is answered now: it is gone. */
	if (old->queue != NULL)
		on_answer(old, 0);
	wait_queue_free(&old->queue);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*charges = NULL;
}

/* --- a message ------------------------------------------------------------ */

static struct mail_id
mail_of(const struct txn *txn)
{
	return (struct mail_id){
		.host = str_from(txn->site->host_id),
		.queue_id = str_from(txn->queue_id),
		.proposal = txn->id,
		.now_ms = txn->now_ms,
	};
}

void
charges_ask_id(struct charges *charges, struct charged *charged,
    struct txn *txn)
{
	const struct mail_id mail = mail_of(txn);

	if (txn->queue_id == NULL)
		return;
	charged->id_wait = wait_new();
	charged->id_call = mail_id_ask(charges->store, txn->arena, &mail,
	    charged->id_wait);
}

/* The call, and whom its answer wakes. */
static void
forget_id(struct charged *charged)
{
	store_call_unref(&charged->id_call);
	wait_unref(&charged->id_wait);
}

void
charges_take_id(struct charges *charges, struct charged *charged,
    struct txn *txn)
{
	int64_t end_ms = clock_steady_ms() + charges->timeout_ms;
	const struct store_answer *answer;
	struct mail_id_result mail;
	const char *error;

	if (charged->id_call == NULL)
		return;
	while ((answer = store_call_answer(charged->id_call)) == NULL &&
	    wait_sleep(charged->id_wait, end_ms) == 1)
		;
	if (answer != NULL && answer->status == STORE_DONE &&
	    mail_id_read(txn->arena, answer, &mail, &error) == 0)
		memcpy(txn->id, mail.id, sizeof(txn->id));
	forget_id(charged);
}

/* Where no policyd ever was, nothing waits to be settled. */
static bool
has_met_store(const struct charges *charges)
{
	struct store_stats stats;

	store_count(charges->store, &stats);
	return !charges->is_of_policyd || stats.connects != 0;
}

static void
begin(struct charges *charges, struct charged *charged,
    const struct txn *txn, enum fate fate)
{
	const struct mail_id mail = mail_of(txn);
	struct settlement *settlement;
	struct arena *arena;

	charged->is_settled = true;
	if (txn->queue_id == NULL)
		return;
	arena = arena_new(1024);
	settlement = arena_zalloc(arena, sizeof(*settlement));
	*settlement = (struct settlement){ .charges = charges,
	    .arena = arena, .now_ms = txn->now_ms, .fate = fate,
	    .may_be_lost = has_met_store(charges) };
	vec_init(&settlement->calls, arena, sizeof(struct store_call *));
	pthread_mutex_lock(&charges->lock);
	charges->under_way++;
	settlement->wait = wait_new_in(charges->queue, settlement);
	settlement->id_call = mail_id_ask(charges->store, arena, &mail,
	    settlement->wait);
	/* Where nobody is there it is over, and the loop need not wake. */
	follow_up(settlement);
	pthread_mutex_unlock(&charges->lock);
}

void
charges_settle(struct charges *charges, struct charged *charged,
    const struct txn *txn, bool is_taken)
{
	begin(charges, charged, txn, is_taken ? FATE_TAKEN : FATE_REFUSED);
}

void
charges_end(struct charges *charges, struct charged *charged,
    const struct txn *txn)
{
	/* Before its headers policyd has not been asked about its end. */
	if (!charged->is_settled && txn->stage >= STAGE_HEADERS)
		begin(charges, charged, txn, FATE_GONE);
	forget_id(charged);
	charged->is_settled = false;
}

struct store *
charges_store(const struct charges *charges)
{
	return charges->store;
}

uint64_t
charges_lost(const struct charges *charges)
{
	return atomic_load(&charges->lost);
}
