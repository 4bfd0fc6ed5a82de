/* SPDX-License-Identifier: ISC */
/* store_probe.c - for tests: a store in Redis, asked in a loop of its own. */
#include "store_probe.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

#define PATIENCE_MS 60000
#define WORDS_MAX 16

#define OP(op, script) const struct store_op op = { #op, script, \
	sizeof(script) - 1, NULL }

OP(op_echo, "local out = {}\n"
    "for _, key in ipairs(KEYS) do out[#out + 1] = key end\n"
    "for _, arg in ipairs(ARGV) do out[#out + 1] = arg end\n"
    "return out\n");
OP(op_add, "return {redis.call('INCR', KEYS[1])}\n");
OP(op_once, "if redis.call('SETNX', KEYS[2], 1) == 0 then\n"
    "return {tonumber(redis.call('GET', KEYS[1])), 'again'} end\n"
    "return {redis.call('INCR', KEYS[1]), 'first'}\n");
OP(op_read, "return {redis.call('GET', KEYS[1]) or 'none'}\n");
OP(op_number, "return 7\n");

static void
keep_line(void *arg, enum log_level level, const char *line)
{
	struct probe *probe = arg;
	size_t len = strlen(probe->log);

	(void)level;
	snprintf(probe->log + len, sizeof(probe->log) - len, "%s\n", line);
}

int
probe_setup(void **state)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	const char *reason;

	probe->arena = arena_new(0);
	probe->loop = loop_new();
	probe->server = redis_server_new(&reason);
	if (probe->server == NULL)
		print_message("skipped: %s\n", reason);
	else
		redis_server_start(probe->server, "");
	log_set_sink(keep_line, probe);
	*state = probe;
	return 0;
}

int
probe_teardown(void **state)
{
	struct probe *probe = *state;

	store_free(&probe->store);
	log_set_sink(NULL, NULL);
	redis_server_free(&probe->server);
	loop_free(&probe->loop);
	arena_free(&probe->arena);
	free(probe);
	return 0;
}

/* A time that a busy machine keeps; tests of time-outs set their own. */
struct probe *
probe_begin(void **state)
{
	struct probe *probe = *state;

	if (probe->server == NULL)
		skip();
	probe->settings = (struct store_settings){
		.where = redis_server_where(probe->server),
		.kind = STORE_WHERE_UNIX,
		.host = redis_server_path(probe->server),
		.timeout_ms = PATIENCE_MS / 2,
	};
	return probe;
}

void
probe_open(struct probe *probe)
{
	const char *error;

	probe->store = redis_open(&probe->settings, probe->loop, probe->arena,
	    &error);
	if (probe->store == NULL)
		fail_msg("%s", error);
}

const char *
probe_write(struct probe *probe, const char *name, const char *text,
    unsigned mode)
{
	const char *path = arena_printf(probe->arena, "%s/%s",
	    redis_server_folder(probe->server), name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

struct store_call *
probe_ask(struct probe *probe, const struct store_op *op, size_t keys, ...)
{
	struct str words[WORDS_MAX];
	struct store_request request = { .op = op, .keys = words,
	    .key_count = keys, .args = words + keys };
	size_t count = 0;
	const char *word;
	va_list args;

	va_start(args, keys);
	while ((word = va_arg(args, const char *)) != NULL) {
		assert_true(count < WORDS_MAX);
		words[count++] = str_from(word);
	}
	va_end(args);
	request.arg_count = count - keys;
	return store_ask(probe->store, &request, NULL);
}

/* --- the loop runs until --- */

struct until {
	struct loop *loop;
	bool (*function)(void *arg);
	void *arg;
	int64_t deadline_ms;
	bool is_true;
};

static void
look(void *arg)
{
	struct until *until = arg;

	until->is_true = until->function(until->arg);
	if (until->is_true || clock_steady_ms() > until->deadline_ms)
		loop_stop(until->loop);
	else
		loop_after(until->loop, 1, look, until);
}

void
probe_run_until(struct probe *probe, bool (*function)(void *), void *arg)
{
	struct until until = { probe->loop, function, arg,
		clock_steady_ms() + PATIENCE_MS, false };

	loop_after(probe->loop, 0, look, &until);
	loop_run(probe->loop);
	if (!until.is_true)
		fail_msg("it did not happen within a minute; log:\n%s",
		    probe->log);
}

static bool
is_over(void *arg)
{
	return clock_steady_ms() >= *(int64_t *)arg;
}

void
probe_run_for(struct probe *probe, int64_t ms)
{
	int64_t until_ms = clock_steady_ms() + ms;

	probe_run_until(probe, is_over, &until_ms);
}

static bool
is_answered(void *arg)
{
	return store_call_answer(arg) != NULL;
}

const char *
probe_answer(struct probe *probe, struct store_call **call)
{
	const struct store_answer *answer;
	struct buf text;

	probe_run_until(probe, is_answered, *call);
	answer = store_call_answer(*call);
	buf_init(&text, probe->arena);
	buf_add_text(&text, store_status_text(answer->status));
	for (size_t i = 0; i < answer->count; i++)
		buf_printf(&text, " %.*s", STR_ARG(answer->values[i]));
	if (answer->error != NULL)
		buf_printf(&text, " %s", answer->error);
	store_call_unref(call);
	return text.data;
}

void
probe_ask_until(struct probe *probe, const struct store_op *op,
    const char *key, const char *part)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	struct store_call *call;
	const char *answer;

	do {
		call = probe_ask(probe, op, 1, key, NULL);
		answer = probe_answer(probe, &call);
	} while (strstr(answer, part) == NULL &&
	    clock_steady_ms() < until_ms);
	probe_has(answer, part);
}

static bool
is_connected(void *arg)
{
	struct probe *probe = arg;

	return probe_stats(probe).connects != 0 &&
	    store_degraded(probe->store) == NULL;
}

void
probe_connect(struct probe *probe)
{
	probe_run_until(probe, is_connected, probe);
}

struct sought {
	struct probe *probe;
	const char *part;
};

static bool
is_degraded_so(void *arg)
{
	struct sought *sought = arg;
	const char *text = store_degraded(sought->probe->store);

	return text != NULL && strstr(text, sought->part) != NULL;
}

void
probe_run_until_degraded(struct probe *probe, const char *part)
{
	struct sought sought = { probe, part };

	probe_run_until(probe, is_degraded_so, &sought);
}

void
probe_has(const char *text, const char *part)
{
	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, text);
}

struct store_stats
probe_stats(struct probe *probe)
{
	struct store_stats stats;

	store_count(probe->store, &stats);
	return stats;
}

void
probe_ask_many(struct probe *probe, struct store_call **calls)
{
	for (size_t i = 0; i < PROBE_MANY; i++)
		calls[i] = probe_ask(probe, &op_once, 2, "n",
		    arena_printf(probe->arena, "name %zu", i), NULL);
}

size_t
probe_end_many(struct probe *probe, struct store_call **calls, const char *how)
{
	size_t found = 0;

	for (size_t i = 0; i < PROBE_MANY; i++)
		found += strncmp(probe_answer(probe, &calls[i]), how,
		    strlen(how)) == 0;
	return found;
}
