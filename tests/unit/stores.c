/* SPDX-License-Identifier: ISC */
/* stores.c - for tests: one table of tests for every kind of store.
 *
 * The client for Redis here is the plainest there is: it sends the whole script
 * and waits for the answer. What is tested is what the operations do, not how
 * they travel. */
#include "stores.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/net.h"
#include "base/vec.h"
#include "redis_server.h"
#include "store/call.h"
#include "store/memory.h"
#include "store/op.h"

#define CONNECT_MS 60000

/* --- the plain client ---------------------------------------------------- */

struct plain {
	struct store base;
	FILE *stream;
};

static void
add_bulk(struct buf *out, struct str text)
{
	buf_printf(out, "$%zu\r\n", text.len);
	buf_add_str(out, text);
	buf_add_text(out, "\r\n");
}

static void
send_request(struct plain *plain, const struct store_request *request,
    struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	buf_printf(&out, "*%zu\r\n", 3 + request->key_count +
	    request->arg_count);
	add_bulk(&out, STR("EVAL"));
	add_bulk(&out, str_of(request->op->lua, request->op->lua_len));
	add_bulk(&out, str_from(arena_printf(arena, "%zu",
	    request->key_count)));
	for (size_t i = 0; i < request->key_count; i++)
		add_bulk(&out, request->keys[i]);
	for (size_t i = 0; i < request->arg_count; i++)
		add_bulk(&out, request->args[i]);
	if (net_write_all(fileno(plain->stream), out.data, out.len) < 0)
		fail_msg("the connection to Redis is lost");
}

/* ":5" and "$2 ab" alike give a text. */
static struct str
read_value(struct plain *plain, struct arena *arena, char *type_r)
{
	char line[4096], *text;
	size_t len;

	if (fgets(line, sizeof(line), plain->stream) == NULL)
		fail_msg("Redis does not answer");
	line[strcspn(line, "\r\n")] = '\0';
	*type_r = line[0];
	if (line[0] != '$')
		return str_from(arena_strdup(arena, line + 1));
	len = strtoul(line + 1, NULL, 10);
	text = arena_alloc(arena, len + 2);
	if (fread(text, 1, len + 2, plain->stream) != len + 2)
		fail_msg("Redis breaks off");
	return str_of(text, len);
}

static struct store_call *
ask_plain(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct plain *plain = (struct plain *)store;
	struct store_call *call = store_call_new(wait);
	struct arena *arena = arena_new(0);
	struct store_answer answer = { .status = STORE_DONE };
	struct str head, *values;
	char type;

	send_request(plain, request, arena);
	head = read_value(plain, arena, &type);
	if (type != '*')
		fail_msg("%s: %.*s", request->op->name, STR_ARG(head));
	answer.count = strtoul(head.data, NULL, 10);
	values = arena_alloc(arena, (answer.count + 1) * sizeof(*values));
	for (size_t i = 0; i < answer.count; i++)
		values[i] = read_value(plain, arena, &type);
	answer.values = values;
	store_call_done(call, &answer);
	arena_free(&arena);
	return call;
}

static void
free_plain(struct store *store)
{
	fclose(((struct plain *)store)->stream);
	free(store);
}

static struct store *
connect_plain(const struct redis_server *server)
{
	struct plain *plain = calloc(1, sizeof(*plain));
	struct arena *arena = arena_new(0);
	const char *error = "";
	int fd = net_connect_unix(redis_server_path(server), CONNECT_MS,
	    arena, &error);

	if (plain == NULL || fd < 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	arena_free(&arena);
	plain->base.ask = ask_plain;
	plain->base.free = free_plain;
	plain->stream = fdopen(fd, "r");
	return &plain->base;
}

/* --- the lab ------------------------------------------------------------- */

/* NULL: the tests run on memory. */
static struct redis_server *server;

static int
setup(void **state)
{
	struct store_lab *lab = calloc(1, sizeof(*lab));
	const char *error = "";

	lab->arena = arena_new(0);
	if (server == NULL) {
		lab->kind = "memory";
		lab->store = memory_open(NULL, lab->arena, &error);
	} else {
		lab->kind = "redis";
		redis_server_say(server, lab->arena, "FLUSHALL");
		lab->store = connect_plain(server);
	}
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct store_lab *lab = *state;

	store_free(&lab->store);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

struct store *
stores_connect(const struct store_lab *lab)
{
	(void)lab;
	return server != NULL ? connect_plain(server) : NULL;
}

const struct store_answer *
stores_any_answer(struct store_call *call)
{
	const struct store_answer *answer = store_call_answer(call);

	assert_non_null(answer);
	return answer;
}

const struct store_answer *
stores_answer(struct store_call *call)
{
	const struct store_answer *answer = stores_any_answer(call);

	if (answer->status != STORE_DONE)
		fail_msg("%s: %s", store_status_text(answer->status),
		    answer->error);
	return answer;
}

int
stores_run(struct CMUnitTest *tests, size_t count)
{
	const char *reason = NULL;
	int failed;

	for (size_t i = 0; i < count; i++) {
		tests[i].setup_func = setup;
		tests[i].teardown_func = teardown;
	}
	failed = _cmocka_run_group_tests("on memory", tests, count, NULL,
	    NULL);
	server = redis_server_new(&reason);
	if (server == NULL) {
		printf("skipped on Redis: %s\n", reason);
		return failed;
	}
	redis_server_start(server, "");
	failed += _cmocka_run_group_tests("on Redis", tests, count, NULL,
	    NULL);
	redis_server_free(&server);
	return failed;
}
