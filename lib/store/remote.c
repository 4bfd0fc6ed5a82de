/* SPDX-License-Identifier: ISC */
/* remote.c - the memory of policyd as a store of other daemons, by its socket. */
#include "store/remote.h"

#include "base/arena.h"
#include "store/op.h"
#include "store/redis.h"
#include "store/redis_codec.h"
#include "store/store_settings.h"

#define HEAD_WORDS 3		/* OP name count */

/* --- asking --------------------------------------------------------------- */

/* Of the settings only these hold for a socket of ours. */
static struct store_settings
settings_of_daemon(const struct store_settings *settings, struct arena *arena)
{
	return (struct store_settings){
		.kind = STORE_WHERE_DAEMON,
		.where = arena_printf(arena, "the memory of policyd (%s)",
		    settings->socket),
		.host = settings->socket,
		.timeout_ms = settings->timeout_ms,
	};
}

struct store *
remote_open(const struct store_settings *settings, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	const struct store_settings there = settings_of_daemon(settings,
	    arena);

	return redis_open(&there, loop, arena, error_r);
}

struct store *
remote_open_shared(const struct store_settings *settings,
    struct arena *arena, const char **error_r)
{
	const struct store_settings there = settings_of_daemon(settings,
	    arena);

	return redis_open_shared(&there, arena, error_r);
}

void
remote_words(const struct store_op *op, struct str words[2])
{
	words[0] = STR("OP");
	words[1] = str_from(op->name);
}

/* --- being asked ---------------------------------------------------------- */

static enum remote_verb
refuse(const char *reason, const char **error_r)
{
	*error_r = reason;
	return REMOTE_UNKNOWN;
}

enum remote_verb
remote_read(const struct redis_reply *words, struct store_request *request_r,
    const char **error_r)
{
	struct str verb = words->count != 0 ? words->values[0] : STR("");
	uint64_t keys;

	if (str_is(verb, "HELLO"))
		return REMOTE_HELLO;
	if (!str_is(verb, "OP") || words->count < HEAD_WORDS)
		return refuse("a request is OP name count key… argument…",
		    error_r);
	request_r->op = store_op_find(words->values[1]);
	if (request_r->op == NULL)
		return refuse("there is no such operation; both daemons must "
		    "be of one version", error_r);
	if (str_to_u64(words->values[2], words->count - HEAD_WORDS, &keys) < 0)
		return refuse("there are not as many keys as it says",
		    error_r);
	request_r->keys = words->values + HEAD_WORDS;
	request_r->key_count = (size_t)keys;
	request_r->args = request_r->keys + keys;
	request_r->arg_count = words->count - HEAD_WORDS - (size_t)keys;
	return REMOTE_OP;
}
