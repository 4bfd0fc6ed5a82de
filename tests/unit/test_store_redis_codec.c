/* SPDX-License-Identifier: ISC */
/* test_store_redis_codec.c - the protocol of Redis, and what errors mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "store/redis_bytes.h"
#include "store/redis_codec.h"
#include "store/redis_refusal.h"

static void
commands_are_arrays_of_bytes(void **state)
{
	const struct str words[] = { STR("SET"), STR("k\r\n"), STR(""),
		{ "a\0b", 3 } };
	static const char expected[] = "*4\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n"
	    "$0\r\n\r\n$3\r\na\0b\r\n";
	size_t len;
	char *command = redis_codec_format(words, 4, &len);

	(void)state;
	assert_int_equal(len, sizeof(expected) - 1);
	assert_memory_equal(command, expected, len);
	free(command);
}

/* "list a,b; refusal ERR x; fault …" of all that bytes say, which come in
 * pieces of step bytes. */
static const char *
read_all(struct arena *arena, const char *bytes, size_t len, size_t step)
{
	static const char *const kinds[] = { "list", "refusal", "other" };
	struct redis_codec *codec = redis_codec_new();
	struct redis_reply reply;
	const char *error;
	struct buf out;
	int found = 0;

	buf_init(&out, arena);
	for (size_t at = 0; at < len && found >= 0; at += step) {
		redis_codec_feed(codec, bytes + at,
		    len - at < step ? len - at : step);
		while ((found = redis_codec_next(codec, &reply, &error)) == 1) {
			buf_printf(&out, "%s", kinds[reply.kind]);
			for (size_t i = 0; i < reply.count; i++)
				buf_printf(&out, "%s%.*s", i == 0 ? " " : ",",
				    STR_ARG(reply.values[i]));
			buf_add_text(&out, "; ");
		}
		if (found < 0)
			buf_printf(&out, "fault %s", error);
	}
	redis_codec_free(&codec);
	return out.data;
}

static void
replies_are_the_same_in_whatever_pieces_they_come(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{ "*2\r\n$1\r\na\r\n:42\r\n", "list a,42; " },
		{ "*0\r\n", "list; " },
		{ "*3\r\n$-1\r\n$0\r\n\r\n+OK\r\n", "list ,,OK; " },
		{ "-ERR no way\r\n", "refusal ERR no way; " },
		{ "+OK\r\n:-7\r\n$3\r\nabc\r\n$-1\r\n*-1\r\n",
		  "other OK; other -7; other abc; other ; other ; " },
		{ "*1\r\n$4\r\n\r\n\r\n\r\n*1\r\n:1\r\n",
		  "list \r\n\r\n; list 1; " },
		/* An error or an array within an array is none of ours. */
		{ "*2\r\n-ERR x\r\n:1\r\n*1\r\n:2\r\n",
		  "other ERR x,1; list 2; " },
		{ "*3\r\n:1\r\n*2\r\n:8\r\n:9\r\n:3\r\n*1\r\n:2\r\n",
		  "other 1,3; list 2; " },
		{ "HTTP/1.1 400 Bad Request\r\n\r\n",
		  "fault what answers is no Redis server" },
		{ "*1\r\n:1\r\n\0", "list 1; " },
		{ "*70000\r\n", "fault a reply has too many values" },
		{ "*9999999999999999999\r\n",
		  "fault what answers is no Redis server" },
		{ "$-2\r\n", "fault what answers is no Redis server" },
		{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
		  "fault what answers is no Redis server" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t step = 1; step < 40; step++)
			assert_string_equal(read_all(arena, cases[i].bytes,
			    strlen(cases[i].bytes), step), cases[i].text);
}

static void
a_reply_has_an_end(void **state)
{
	struct arena *arena = *state;
	struct str mass = fixture_repeat(arena, "x", REDIS_REPLY_MAX_BYTES);
	const char *longest = arena_printf(arena, "*1\r\n$%zu\r\n%s\r\n",
	    mass.len - 100, mass.data + 100);
	const char *endless = arena_printf(arena, "*1\r\n$999999999\r\n%s",
	    mass.data);
	struct str many = fixture_repeat(arena, ":1\r\n", 60000);

	assert_memory_equal(read_all(arena, longest, strlen(longest), 16384),
	    "list xxxx", 9);
	assert_string_equal(read_all(arena, endless, strlen(endless), 16384),
	    "fault a reply is too long");
	/* Many short ones are no long one. */
	assert_null(strstr(read_all(arena, many.data, many.len, 65536),
	    "fault"));
}

static void
bytes_leave_in_the_order_they_came(void **state)
{
	struct redis_bytes bytes = { 0 };
	unsigned in = 0, out = 0, random = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		unsigned char chunk[600];
		size_t count;

		random = random * 1103515245 + 12345;
		count = random / 65536 % sizeof(chunk);
		for (size_t k = 0; k < count; k++)
			chunk[k] = (unsigned char)in++;
		redis_bytes_add(&bytes, chunk, count);
		random = random * 1103515245 + 12345;
		count = random / 65536 % 600;
		if (count > redis_bytes_count(&bytes) || i % 1000 == 999)
			count = redis_bytes_count(&bytes);
		for (size_t k = 0; k < count; k++)
			assert_int_equal((unsigned char)
			    redis_bytes_first(&bytes)[k],
			    (unsigned char)out++);
		redis_bytes_take(&bytes, count);
		assert_int_equal(redis_bytes_count(&bytes), in - out);
	}
	assert_true(bytes.capacity < 1024 * 1024);
	redis_bytes_clear(&bytes);
}

static void
errors_are_told_with_their_remedy(void **state)
{
	static const struct {
		const char *text;
		enum redis_refusal_kind kind;
		const char *sentence;
	} cases[] = {
		{ "NOSCRIPT No matching script. Please use EVAL.",
		  REDIS_KNOWS_NO_SCRIPT, "" },
		{ "LOADING Redis is loading the dataset in memory",
		  REDIS_NOT_NOW, "it still loads its data; wait" },
		{ "READONLY You can't write against a read only replica. "
		  "script: 1, on @user_script:1.", REDIS_NOT_NOW,
		  "name the primary" },
		/* As servers before version 7 say it. */
		{ "ERR Error running script (call to f_1): @user_script:1: "
		  "@user_script: 1: -READONLY You can't write against a read "
		  "only replica.", REDIS_NOT_NOW, "name the primary" },
		{ "ERR Error running script (call to f_1): @user_script:1: "
		  "-OOM command not allowed when used memory > 'maxmemory'.",
		  REDIS_REFUSES, "raise its maxmemory" },
		{ "MASTERDOWN Link with MASTER is down", REDIS_NOT_NOW,
		  "name the primary" },
		{ "OOM command not allowed when used memory > 'maxmemory'.",
		  REDIS_REFUSES, "it is out of memory; raise its maxmemory" },
		{ "BUSY Redis is busy running a script.", REDIS_REFUSES,
		  "SCRIPT KILL" },
		{ "NOAUTH Authentication required.", REDIS_REFUSES,
		  "set password_file" },
		{ "WRONGPASS invalid username-password pair or user is "
		  "disabled.", REDIS_REFUSES, "user or password are wrong" },
		{ "NOPERM this user has no permissions", REDIS_REFUSES,
		  "~mr:* +@read +@write +@scripting +@connection" },
		{ "ERR The user executing the script can't access at least "
		  "one of the keys", REDIS_REFUSES, "the user may not" },
		{ "MISCONF Redis is configured to save RDB snapshots, but it "
		  "is currently not able to persist on disk.", REDIS_REFUSES,
		  "it cannot save to disk" },
		{ "MOVED 3999 127.0.0.1:6381", REDIS_REFUSES,
		  "name a single server in `where`" },
		{ "CLUSTERDOWN The cluster is down", REDIS_REFUSES,
		  "name a single server in `where`" },
		{ "WRONGTYPE Operation against a key holding the wrong kind "
		  "of value", REDIS_REFUSES, "a database of our own" },
		{ "ERR max number of clients reached", REDIS_REFUSES,
		  "raise its maxclients" },
		{ "ERR DB index is out of range", REDIS_REFUSES,
		  "it has no such database" },
		{ "ERR unknown command `HELLO`, with args beginning with: "
		  "`2`, `AUTH`, `default`, `secret`, ", REDIS_REFUSES,
		  "it must be Redis 6 or later" },
		{ "ERR wrong this or that, with args beginning with: "
		  "'secret'", REDIS_REFUSES,
		  "it refuses: \"ERR wrong this or that\"" },
		{ "ODD\r\n\x1B[2J", REDIS_REFUSES,
		  "it refuses: ODD\\x0d\\x0a\\x1b[2J" },
		{ "", REDIS_REFUSES, "it refuses: " },
		{ "READONLYNESS", REDIS_REFUSES, "it refuses: READONLYNESS" },
		{ "ERR -READONLYNESS", REDIS_REFUSES, "it refuses: " },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *sentence;
		enum redis_refusal_kind kind = redis_refusal_judge(
		    str_from(cases[i].text), arena, &sentence);

		if (kind != cases[i].kind ||
		    strstr(sentence, cases[i].sentence) == NULL ||
		    strstr(sentence, "secret") != NULL)
			fail_msg("%s: %d %s", cases[i].text, kind, sentence);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(commands_are_arrays_of_bytes),
		ARENA_TEST(replies_are_the_same_in_whatever_pieces_they_come),
		ARENA_TEST(a_reply_has_an_end),
		ARENA_TEST(bytes_leave_in_the_order_they_came),
		ARENA_TEST(errors_are_told_with_their_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
