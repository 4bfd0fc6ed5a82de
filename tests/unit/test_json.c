/* SPDX-License-Identifier: ISC */
/* test_json.c - what is written is JSON, whatever the texts hold (RFC 8259). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/random.h"
#include "base/vec.h"
#include "fixture.h"

static void
begin(struct json_writer *json, struct buf *out, struct arena *arena)
{
	buf_init(out, arena);
	json_begin(json, out);
}

static void
objects_and_arrays_nest(void **state)
{
	struct json_writer json;
	struct buf out;

	begin(&json, &out, *state);
	json_begin_object(&json, NULL);
	json_put_text(&json, "a", "x");
	json_begin_array(&json, "b");
	json_put_int(&json, NULL, 1);
	json_begin_object(&json, NULL);
	json_end_object(&json);
	json_begin_array(&json, NULL);
	json_end_array(&json);
	json_put_bool(&json, NULL, true);
	json_end_array(&json);
	json_put_bool(&json, "c", false);
	json_put_null(&json, "d");
	json_put_text(&json, "e", NULL);
	json_end_object(&json);
	json_end(&json);
	assert_string_equal(out.data, "{\"a\":\"x\",\"b\":[1,{},[],true],"
	    "\"c\":false,\"d\":null,\"e\":null}");
}

static void
a_single_value_is_json_too_and_goes_behind_what_is_there(void **state)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, *state);
	buf_add_text(&out, "verb ");
	json_begin(&json, &out);
	json_put_text(&json, NULL, "x");
	json_end(&json);
	assert_string_equal(out.data, "verb \"x\"");
}

static void
texts_are_escaped_as_in_rfc_8259_7(void **state)
{
	static const struct {
		const char *sentence;
		struct str text;
		const char *wanted;
	} cases[] = {
		{ "an empty one", STR(""), "\"\"" },
		{ "quote and backslash", STR("a\"b\\c/"), "\"a\\\"b\\\\c/\"" },
		{ "short escapes", STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
		{ "other control characters", STR("\0\x01\x1f"),
		    "\"\\u0000\\u0001\\u001f\"" },
		{ "DEL stands for itself", STR("\x7f"), "\"\x7f\"" },
		{ "UTF-8 stands for itself", STR("h\xc3\xa9\xf0\x9f\x98\x80"),
		    "\"h\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "Latin-1 becomes U+FFFD", STR("h\xe9!"),
		    "\"h\xef\xbf\xbd!\"" },
		{ "a surrogate becomes U+FFFD three times",
		    STR("\xed\xa0\x80"),
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "a cut character becomes U+FFFD", STR("a\xf0"),
		    "\"a\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_writer json;
		struct buf out;

		begin(&json, &out, *state);
		json_put_str(&json, NULL, cases[i].text);
		json_end(&json);
		if (strcmp(out.data, cases[i].wanted) != 0)
			fail_msg("%s: %s", cases[i].sentence, out.data);
	}
}

static struct str
write_text(struct arena *arena, struct str text)
{
	struct json_writer json;
	struct buf out;

	begin(&json, &out, arena);
	json_put_str(&json, NULL, text);
	json_end(&json);
	return buf_str(&out);
}

static void
an_octet_is_escaped_alike_wherever_it_stands(void **state)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		char one = (char)octet;
		struct str alone = write_text(*state, str_of(&one, 1));

		for (size_t at = 0; at < 17; at++) {
			char text[] = "~~~~~~~~~~~~~~~~~", wanted[64];
			struct str told;

			text[at] = one;
			told = write_text(*state, str_of(text, 17));
			snprintf(wanted, sizeof(wanted), "\"%.*s%.*s%.*s\"",
			    (int)at, "~~~~~~~~~~~~~~~~~", (int)alone.len - 2,
			    alone.data + 1, (int)(16 - at),
			    "~~~~~~~~~~~~~~~~~");
			assert_string_equal(told.data, wanted);
		}
	}
}

static void
keys_are_escaped_like_texts(void **state)
{
	struct json_writer json;
	struct buf out;

	begin(&json, &out, *state);
	json_begin_object(&json, NULL);
	json_put_int(&json, "\"\xff", 1);
	json_end_object(&json);
	assert_string_equal(out.data, "{\"\\\"\xef\xbf\xbd\":1}");
}

static void
numbers_read_back_as_they_were(void **state)
{
	static const int64_t ints[] = { 0, -1, INT64_MAX, INT64_MIN };
	static const double reals[] = { 0, 0.1, -4.5, 1e300, 5e-324, 1.0 / 3,
		2.5e-7, 123456789.123456789 };

	for (size_t i = 0; i < ARRAY_LEN(ints) + ARRAY_LEN(reals); i++) {
		struct json_writer json;
		json_t *value;
		struct buf out;

		begin(&json, &out, *state);
		if (i < ARRAY_LEN(ints))
			json_put_int(&json, NULL, ints[i]);
		else
			json_put_real(&json, NULL, reals[i - ARRAY_LEN(ints)]);
		json_end(&json);
		value = json_loads(out.data, JSON_DECODE_ANY, NULL);
		assert_non_null(value);
		if (i < ARRAY_LEN(ints))
			assert_int_equal(json_integer_value(value), ints[i]);
		else
			assert_true(json_number_value(value) ==
			    reals[i - ARRAY_LEN(ints)]);
		json_decref(value);
	}
}

static void
numbers_are_short_and_always_finite(void **state)
{
	static const struct {
		double value;
		const char *wanted;
	} cases[] = {
		{ 0.1, "0.1" }, { 5, "5" }, { -2.5, "-2.5" },
		{ 0.001, "0.001" }, { -0.05, "-0.05" }, { 7.004, "7.004" },
		{ 12.34, "12.34" }, { 0.0005, "0.0005" }, { -1.001, "-1.001" },
		{ 999999999.999, "999999999.999" }, { 1e9, "1000000000" },
		{ NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_writer json;
		struct buf out;

		begin(&json, &out, *state);
		json_put_real(&json, NULL, cases[i].value);
		assert_string_equal(out.data, cases[i].wanted);
	}
}

/* jansson is strict about UTF-8: what it reads is valid. */
static void
random_bytes_make_json_that_a_strict_reader_takes(void **state)
{
	for (int i = 0; i < 2000; i++) {
		struct json_writer json;
		json_t *value;
		char bytes[48];
		struct buf out;

		random_bytes(bytes, sizeof(bytes));
		for (size_t j = 0; j < sizeof(bytes); j++)
			if (i % 2 == 0 && bytes[j] > 0)
				bytes[j] = (char)(bytes[j] | 0x80);
		begin(&json, &out, *state);
		json_begin_array(&json, NULL);
		json_put_str(&json, NULL, str_of(bytes, sizeof(bytes)));
		json_end_array(&json);
		value = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
		assert_non_null(value);
		json_decref(value);
	}
}

static void
arrays_nest_as_deep_as_is_said(void **state)
{
	struct json_writer json;
	json_t *value;
	struct buf out;

	begin(&json, &out, *state);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_begin_array(&json, NULL);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_end_array(&json);
	json_end(&json);
	value = json_loads(out.data, 0, NULL);
	assert_non_null(value);
	json_decref(value);
}

static void
member_without_key(struct json_writer *json)
{
	json_begin_object(json, NULL);
	json_put_int(json, NULL, 1);
}

static void
item_with_key(struct json_writer *json)
{
	json_begin_array(json, NULL);
	json_put_int(json, "a", 1);
}

static void
two_values(struct json_writer *json)
{
	json_put_int(json, NULL, 1);
	json_put_int(json, NULL, 2);
}

static void
wrong_end(struct json_writer *json)
{
	json_begin_object(json, NULL);
	json_end_array(json);
}

static void
end_too_much(struct json_writer *json)
{
	json_begin_object(json, NULL);
	json_end_object(json);
	json_end_object(json);
}

static void
open_at_the_end(struct json_writer *json)
{
	json_begin_object(json, NULL);
	json_end(json);
}

static void
too_deep(struct json_writer *json)
{
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		json_begin_array(json, NULL);
}

static void
calls_that_do_not_fit_abort(void **state)
{
	static void (*const wrong[])(struct json_writer *) = {
		member_without_key, item_with_key, two_values, wrong_end,
		end_too_much, open_at_the_end, too_deep,
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct json_writer json;
		struct buf out;
		int status;
		pid_t pid;

		begin(&json, &out, *state);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(STDERR_FILENO);
			signal(SIGABRT, SIG_DFL);
			wrong[i](&json);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(objects_and_arrays_nest),
		ARENA_TEST(
		    a_single_value_is_json_too_and_goes_behind_what_is_there),
		ARENA_TEST(texts_are_escaped_as_in_rfc_8259_7),
		ARENA_TEST(an_octet_is_escaped_alike_wherever_it_stands),
		ARENA_TEST(keys_are_escaped_like_texts),
		ARENA_TEST(numbers_read_back_as_they_were),
		ARENA_TEST(numbers_are_short_and_always_finite),
		ARENA_TEST(random_bytes_make_json_that_a_strict_reader_takes),
		ARENA_TEST(arrays_nest_as_deep_as_is_said),
		ARENA_TEST(calls_that_do_not_fit_abort),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
