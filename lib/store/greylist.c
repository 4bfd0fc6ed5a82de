/* SPDX-License-Identifier: ISC */
/* greylist.c - the operation that tells whether a client has come back.
 *
 * A first try waits; one after the delay and within the window passes, and so
 * does all that comes later, for as long as it keeps coming (RFC 6647 2.3,
 * 5). Coming too early does not start anew. A client that has delivered often
 * enough passes whatever it sends.
 *
 * Kept are, for a triplet, when it first tried, passed and last came; for a
 * client, how often it delivered and when it last did. Texts of any length make
 * a triplet, so its key is a digest: all are of one size, and no addresses of
 * people stand in the store.
 *
 * A request that is asked again carries the same time, and so it is known for
 * the same delivery: it is not counted twice and gets the same answer. */
#include "store/greylist.h"

#include "base/arena.h"
#include "base/vec.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/request.h"

#include "store/greylist.lua.h"

extern const struct store_op store_op_greylist;

/* --- in memory; greylist.lua is its twin --------------------------------- */

struct triplet {
	int64_t first_ms, passed_ms, last_ms;	/* 0: not yet */
};

struct client {
	int64_t count, came_ms;
};

enum { TERM_NOW, TERM_DELAY, TERM_WINDOW, TERM_LIFETIME, TERM_ENOUGH,
	TERM_COUNT };

struct asked {
	struct memory *memory;
	const struct str *keys;		/* of the triplet, of the client */
	int64_t terms[TERM_COUNT];
	struct triplet triplet;
	struct client client;
};

/* A clock that was ahead makes nobody wait longer. */
static int64_t
not_after(int64_t time_ms, int64_t now_ms)
{
	if (time_ms < 0)
		return 0;
	return time_ms < now_ms ? time_ms : now_ms;
}

static const void *
find_entry(struct asked *asked, size_t key, size_t size)
{
	size_t len;
	const void *entry = memory_find(asked->memory, asked->keys[key],
	    asked->terms[TERM_NOW], &len);

	return entry != NULL && len == size ? entry : NULL;
}

static void
find_triplet(struct asked *asked)
{
	const struct triplet *entry = find_entry(asked, 0, sizeof(*entry));
	int64_t now_ms = asked->terms[TERM_NOW];
	struct triplet found;
	bool is_gone;

	if (entry == NULL)
		return;
	found.first_ms = not_after(entry->first_ms, now_ms);
	found.passed_ms = not_after(entry->passed_ms, now_ms);
	found.last_ms = not_after(entry->last_ms, now_ms);
	is_gone = found.passed_ms > 0
	    ? now_ms - found.last_ms >= asked->terms[TERM_LIFETIME]
	    : now_ms - found.first_ms >= asked->terms[TERM_WINDOW];
	if (!is_gone)
		asked->triplet = found;
}

static void
find_client(struct asked *asked)
{
	const struct client *entry = find_entry(asked, 1, sizeof(*entry));
	int64_t now_ms = asked->terms[TERM_NOW];

	if (entry != NULL && request_is_kept(entry->count) &&
	    now_ms - not_after(entry->came_ms, now_ms) <
	    asked->terms[TERM_LIFETIME])
		asked->client = *entry;
}

static void
keep_triplet(struct asked *asked, int64_t lives_ms)
{
	int64_t now_ms = asked->terms[TERM_NOW];
	struct triplet *entry = memory_put(asked->memory, asked->keys[0],
	    sizeof(*entry), now_ms, now_ms + lives_ms);

	*entry = asked->triplet;
}

static void
keep_client(struct asked *asked, int64_t more)
{
	int64_t now_ms = asked->terms[TERM_NOW];
	struct client *entry;

	if (asked->terms[TERM_ENOUGH] <= 0)
		return;
	entry = memory_put(asked->memory, asked->keys[1], sizeof(*entry),
	    now_ms, now_ms + asked->terms[TERM_LIFETIME]);
	*entry = (struct client){ asked->client.count + more, now_ms };
}

static enum greylist_state
come_again(struct asked *asked)
{
	struct triplet *triplet = &asked->triplet;
	int64_t now_ms = asked->terms[TERM_NOW];

	if (triplet->last_ms != now_ms) {
		triplet->last_ms = now_ms;
		keep_client(asked, 1);
	}
	keep_triplet(asked, asked->terms[TERM_LIFETIME]);
	return triplet->passed_ms == now_ms ? GREYLIST_PASSED : GREYLIST_KNOWN;
}

static enum greylist_state
judge(struct asked *asked)
{
	struct triplet *triplet = &asked->triplet;
	int64_t now_ms = asked->terms[TERM_NOW];
	bool is_asked_again = triplet->passed_ms > 0 &&
	    triplet->last_ms == now_ms;

	if (asked->terms[TERM_ENOUGH] > 0 && !is_asked_again &&
	    asked->client.count >= asked->terms[TERM_ENOUGH]) {
		keep_client(asked, 0);
		return GREYLIST_CLIENT_KNOWN;
	}
	if (triplet->passed_ms > 0)
		return come_again(asked);
	if (triplet->first_ms == 0 || triplet->first_ms == now_ms) {
		triplet->first_ms = now_ms;
		keep_triplet(asked, asked->terms[TERM_WINDOW]);
		return GREYLIST_NEW;
	}
	if (now_ms - triplet->first_ms < asked->terms[TERM_DELAY])
		return GREYLIST_EARLY;
	triplet->passed_ms = triplet->last_ms = now_ms;
	keep_triplet(asked, asked->terms[TERM_LIFETIME]);
	keep_client(asked, 1);
	return GREYLIST_PASSED;
}

static const char *const state_words[] = {
	[GREYLIST_NEW] = "new",
	[GREYLIST_EARLY] = "early",
	[GREYLIST_PASSED] = "passed",
	[GREYLIST_KNOWN] = "known",
	[GREYLIST_CLIENT_KNOWN] = "client",
	NULL
};

static int
run(struct memory *memory, const struct store_request *request,
    struct vec *values, const char **error_r)
{
	struct asked asked = { .memory = memory, .keys = request->keys };
	enum greylist_state state;

	if (request->key_count != 2 ||
	    request_numbers(request, 0, TERM_COUNT, asked.terms) != 0) {
		*error_r = "no request about a greylist";
		return -1;
	}
	find_triplet(&asked);
	find_client(&asked);
	state = judge(&asked);
	answer_add_text(values, str_from(state_words[state]));
	answer_add_number(values,
	    state == GREYLIST_NEW || state == GREYLIST_EARLY ?
	    asked.triplet.first_ms + asked.terms[TERM_DELAY] : 0);
	answer_add_number(values, asked.triplet.first_ms);
	return 0;
}

const struct store_op store_op_greylist = {
	.name = "greylist",
	.lua = greylist_lua,
	.lua_len = sizeof(greylist_lua) - 1,
	.run = run,
};

/* --- asking -------------------------------------------------------------- */

struct store_call *
greylist_ask(struct store *store, struct arena *arena,
    const struct greylist *greylist, struct wait *wait)
{
	const int64_t terms[TERM_COUNT] = {
		[TERM_NOW] = greylist->now_ms,
		[TERM_DELAY] = greylist->delay_ms,
		[TERM_WINDOW] = greylist->window_ms,
		[TERM_LIFETIME] = greylist->lifetime_ms,
		[TERM_ENOUGH] = greylist->passes_after,
	};
	struct request request;

	request_init(&request, arena);
	request_check(&request, greylist->now_ms > 0 &&
	    greylist->window_ms > 0 && greylist->lifetime_ms > 0,
	    "the time makes no sense");
	request_key(&request, greylist->triplet);
	request_key(&request, greylist->client);
	for (size_t i = 0; i < TERM_COUNT; i++) {
		request_check(&request, request_is_number(terms[i]),
		    "a time is negative or too large");
		request_number(&request, terms[i]);
	}
	return request_ask(&request, &store_op_greylist, store, wait);
}

int
greylist_read(const struct store_answer *answer,
    struct greylist_result *result_r, const char **error_r)
{
	int word = answer_word(answer, state_words, error_r);

	if (word < 0)
		return -1;
	result_r->state = (enum greylist_state)word;
	if (answer_number(answer, 1, &result_r->next_ms, error_r) != 0)
		return -1;
	return answer_number(answer, 2, &result_r->first_ms, error_r);
}
