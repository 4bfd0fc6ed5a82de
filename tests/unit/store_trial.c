/* SPDX-License-Identifier: ISC */
/* store_trial.c - for tests: a store in Redis, asked in a loop of its own. */
#include "store_trial.h"

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
	struct trial *trial = arg;
	size_t len = strlen(trial->log);

	(void)level;
	snprintf(trial->log + len, sizeof(trial->log) - len, "%s\n", line);
}

int
trial_setup(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	const char *reason;

	trial->arena = arena_new(0);
	trial->loop = loop_new();
	trial->server = redis_server_new(&reason);
	if (trial->server == NULL)
		print_message("skipped: %s\n", reason);
	else
		redis_server_start(trial->server, "");
	log_set_sink(keep_line, trial);
	*state = trial;
	return 0;
}

int
trial_teardown(void **state)
{
	struct trial *trial = *state;

	store_free(&trial->store);
	log_set_sink(NULL, NULL);
	redis_server_free(&trial->server);
	loop_free(&trial->loop);
	arena_free(&trial->arena);
	free(trial);
	return 0;
}

/* A time that a busy machine keeps; tests of time-outs set their own. */
struct trial *
trial_begin(void **state)
{
	struct trial *trial = *state;

	if (trial->server == NULL)
		skip();
	trial->settings = (struct store_settings){
		.where = redis_server_where(trial->server),
		.kind = STORE_WHERE_UNIX,
		.host = redis_server_path(trial->server),
		.timeout_ms = PATIENCE_MS / 2,
	};
	return trial;
}

void
trial_open(struct trial *trial)
{
	const char *error;

	trial->store = redis_open(&trial->settings, trial->loop, trial->arena,
	    &error);
	if (trial->store == NULL)
		fail_msg("%s", error);
}

const char *
trial_write(struct trial *trial, const char *name, const char *text,
    unsigned mode)
{
	const char *path = arena_printf(trial->arena, "%s/%s",
	    redis_server_folder(trial->server), name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

struct store_call *
trial_ask(struct trial *trial, const struct store_op *op, size_t keys, ...)
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
	return store_ask(trial->store, &request, NULL);
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
trial_run_until(struct trial *trial, bool (*function)(void *), void *arg)
{
	struct until until = { trial->loop, function, arg,
		clock_steady_ms() + PATIENCE_MS, false };

	loop_after(trial->loop, 0, look, &until);
	loop_run(trial->loop);
	if (!until.is_true)
		fail_msg("it did not happen within a minute; log:\n%s",
		    trial->log);
}

static bool
is_over(void *arg)
{
	return clock_steady_ms() >= *(int64_t *)arg;
}

void
trial_run_for(struct trial *trial, int64_t ms)
{
	int64_t until_ms = clock_steady_ms() + ms;

	trial_run_until(trial, is_over, &until_ms);
}

static bool
is_answered(void *arg)
{
	return store_call_answer(arg) != NULL;
}

const char *
trial_answer(struct trial *trial, struct store_call **call)
{
	const struct store_answer *answer;
	struct buf text;

	trial_run_until(trial, is_answered, *call);
	answer = store_call_answer(*call);
	buf_init(&text, trial->arena);
	buf_add_text(&text, store_status_text(answer->status));
	for (size_t i = 0; i < answer->count; i++)
		buf_printf(&text, " %.*s", STR_ARG(answer->values[i]));
	if (answer->error != NULL)
		buf_printf(&text, " %s", answer->error);
	store_call_unref(call);
	return text.data;
}

void
trial_ask_until(struct trial *trial, const struct store_op *op,
    const char *key, const char *part)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	struct store_call *call;
	const char *answer;

	do {
		call = trial_ask(trial, op, 1, key, NULL);
		answer = trial_answer(trial, &call);
	} while (strstr(answer, part) == NULL &&
	    clock_steady_ms() < until_ms);
	trial_has(answer, part);
}

static bool
is_connected(void *arg)
{
	struct trial *trial = arg;

	return trial_stats(trial).connects != 0 &&
	    store_degraded(trial->store) == NULL;
}

void
trial_connect(struct trial *trial)
{
	trial_run_until(trial, is_connected, trial);
}

struct sought {
	struct trial *trial;
	const char *part;
};

static bool
is_degraded_so(void *arg)
{
	struct sought *sought = arg;
	const char *text = store_degraded(sought->trial->store);

	return text != NULL && strstr(text, sought->part) != NULL;
}

void
trial_run_until_degraded(struct trial *trial, const char *part)
{
	struct sought sought = { trial, part };

	trial_run_until(trial, is_degraded_so, &sought);
}

void
trial_has(const char *text, const char *part)
{
	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, text);
}

struct store_stats
trial_stats(struct trial *trial)
{
	struct store_stats stats;

	store_count(trial->store, &stats);
	return stats;
}
