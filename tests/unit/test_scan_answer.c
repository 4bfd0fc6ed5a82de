/* SPDX-License-Identifier: ISC */
/* test_scan_answer.c - what a worker found, and what one that is owned by a
 * stranger may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "scan/answer.h"
#include "scan/request.h"

static struct scan_answer
full_answer(struct arena *arena)
{
	struct scan_answer answer;

	scan_answer_init(&answer, arena);
	answer.marks = scan_marked(SCAN_MARK_archive) |
	    scan_marked((enum scan_mark)(SCAN_MARK_COUNT - 1));
	answer.inflated = UINT64_MAX;
	answer.type = STR("application/zip");
	*(struct scan_entry *)vec_push(&answer.entries) = (struct scan_entry){
	    .name = STR("\xc3\xa4.zip"), .size = 1000, .depth = 1,
	    .kind = SCAN_KIND_zip, .has_size = true };
	*(struct scan_entry *)vec_push(&answer.entries) = (struct scan_entry){
	    .name = STR(""), .depth = SCAN_DEPTH_MAX,
	    .kind = (enum scan_kind)(SCAN_KIND_COUNT - 1),
	    .is_encrypted = true, .is_directory = true };
	*(struct str *)vec_push(&answer.links) = STR("http://a.example/");
	answer.text = STR("first\n\tsecond \xc3\xa4\n");
	return answer;
}

static struct str
bytes_of(struct arena *arena, const struct scan_answer *answer)
{
	struct buf out;

	buf_init(&out, arena);
	scan_answer_write(answer, &out);
	return buf_str(&out);
}

static void
what_is_written_is_read(void **state)
{
	const struct scan_answer told = full_answer(*state);
	const struct scan_entry *entry;
	struct scan_answer answer;

	assert_int_equal(scan_answer_read(*state, bytes_of(*state, &told),
	    &answer), 0);
	assert_int_equal(answer.unread, SCAN_READ);
	assert_true(answer.marks == told.marks);
	assert_true(answer.inflated == UINT64_MAX);
	assert_true(str_is(answer.type, "application/zip"));
	assert_int_equal(answer.entries.len, 2);
	entry = vec_at(&answer.entries, 0);
	assert_true(str_is(entry->name, "\xc3\xa4.zip"));
	assert_true(entry->has_size && !entry->is_encrypted &&
	    !entry->is_directory && entry->size == 1000 && entry->depth == 1 &&
	    entry->kind == SCAN_KIND_zip);
	entry = vec_at(&answer.entries, 1);
	assert_true(entry->name.len == 0 && entry->is_encrypted &&
	    entry->is_directory && !entry->has_size);
	assert_int_equal(answer.links.len, 1);
	assert_true(str_is(*(struct str *)vec_at(&answer.links, 0),
	    "http://a.example/"));
	assert_true(str_eq(answer.text, told.text));
}

static void
every_reason_is_written_and_read(void **state)
{
	for (int i = SCAN_READ + 1; i < SCAN_UNREAD_COUNT; i++) {
		struct scan_answer answer;
		struct buf out;

		buf_init(&out, *state);
		scan_answer_write_unread((enum scan_unread)i, &out);
		assert_int_equal(scan_answer_read(*state, buf_str(&out),
		    &answer), 0);
		assert_int_equal(answer.unread, i);
		assert_int_equal(answer.entries.len, 0);
		assert_true(strlen(scan_unread_words(answer.unread)) != 0);
	}
}

/* None crashes, and a cut one is no answer. */
static void
a_cut_or_longer_answer_is_none(void **state)
{
	const struct scan_answer told = full_answer(*state);
	struct str bytes = bytes_of(*state, &told);
	struct scan_answer answer;
	struct buf longer;

	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(scan_answer_read(*state,
		    str_copy(*state, str_sub(bytes, 0, len)), &answer), -1);
	buf_init(&longer, *state);
	buf_add_str(&longer, bytes);
	buf_add_char(&longer, 0);
	assert_int_equal(scan_answer_read(*state, buf_str(&longer), &answer),
	    -1);
}

#define B(text) { "" text, sizeof(text) - 1 }

static const struct {
	const char *sentence;
	struct str bytes;
	int result;
} lies[] = {
	{ "one without anything", B("\2\0\0\0\0\0\0\0"), 0 },
	{ "nothing", B(""), -1 },
	{ "another version", B("\1\0\0\0\0\0\0\0"), -1 },
	{ "a reason that there is not", B("\2\x7f\0\0\0\0\0\0"), -1 },
	{ "marks that there are not",
	    B("\2\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0\0"), -1 },
	{ "a number of more than 64 bits",
	    B("\2\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\0\0\0\0"), -1 },
	{ "a number of 64 bits",
	    B("\2\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0"), 0 },
	{ "a number without end",
	    B("\2\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0\0\0\0"), -1 },
	{ "a type that is longer than the answer", B("\2\0\0\0\x10xx\0\0\0"),
	    -1 },
	{ "a type with a line end", B("\2\0\0\0\2x\n\0\0\0"), -1 },
	{ "a million entries without bytes", B("\2\0\0\0\0\xc0\x84\x3d\0\0"),
	    -1 },
	{ "a million links without bytes", B("\2\0\0\0\0\0\xc0\x84\x3d"),
	    -1 },
	{ "an entry", B("\2\0\0\0\0\1\1\0\0\0\1a\0\0"), 0 },
	{ "an entry of an unknown kind", B("\2\0\0\0\0\1\1\x7f\0\0\1a\0\0"),
	    -1 },
	{ "an entry with unknown flags", B("\2\0\0\0\0\1\1\0\x08\0\1a\0\0"),
	    -1 },
	{ "an entry that is too deep", B("\2\0\0\0\0\1\x7f\0\0\0\1a\0\0"), -1 },
	{ "a name with a control character", B("\2\0\0\0\0\1\1\0\0\0\1\x1b\0\0"),
	    -1 },
	{ "a name with DEL", B("\2\0\0\0\0\1\1\0\0\0\1\x7f\0\0"), -1 },
	{ "a name with a control character of two bytes",
	    B("\2\0\0\0\0\1\1\0\0\0\2\xc2\x85\0\0"), -1 },
	{ "a name that is no UTF-8", B("\2\0\0\0\0\1\1\0\0\0\1\xff\0\0"), -1 },
	{ "a text of two lines", B("\2\0\0\0\0\0\0\4a\n\tb"), 0 },
	{ "a text with another control character",
	    B("\2\0\0\0\0\0\0\3a\rb"), -1 },
	{ "a text that is no UTF-8", B("\2\0\0\0\0\0\0\2a\xff"), -1 },
	{ "a text of a mega bytes that are not there",
	    B("\2\0\0\0\0\0\0\x80\x80\x40"), -1 },
	{ "a text that is too long", B("\2\0\0\0\0\0\0\x81\x80\x40"), -1 },
	{ "an answer without its text", B("\2\0\0\0\0\0\0"), -1 },
	{ "a link that is no UTF-8", B("\2\0\0\0\0\0\1\2\xc3x\0"), -1 },
};

static void
lies_are_no_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct scan_answer answer;

		print_message("%s\n", lies[i].sentence);
		assert_int_equal(scan_answer_read(*state, lies[i].bytes,
		    &answer), lies[i].result);
	}
}

static const struct {
	const char *sentence, *text, *clean;
	size_t max;
} cleans[] = {
	{ "plain text stays", "a b/c.txt", "a b/c.txt", 64 },
	{ "UTF-8 stays", "\xe2\x98\x83", "\xe2\x98\x83", 64 },
	{ "controls go", "a\n\x1b\x7f" "b", "a\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd" "b", 64 },
	{ "those of two bytes too", "\xc2\x80\xc2\x9f\xc2\xa0",
	    "\xef\xbf\xbd\xef\xbf\xbd\xc2\xa0", 64 },
	{ "bytes that are no UTF-8 go", "\xff" "a\xe2\x98",
	    "\xef\xbf\xbd" "a\xef\xbf\xbd\xef\xbf\xbd", 64 },
	{ "no character is cut in two", "ab\xe2\x98\x83", "ab", 4 },
};

static void
names_are_cleaned(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cleans); i++) {
		struct str clean = scan_answer_clean(*state,
		    str_from(cleans[i].text), cleans[i].max);

		print_message("%s\n", cleans[i].sentence);
		assert_true(str_is(clean, cleans[i].clean));
	}
}

static void
lines_of_a_text_stay(void **state)
{
	struct buf out;

	buf_init(&out, *state);
	assert_true(scan_answer_add_text(&out, STR("a\n\tb\r\x7f" "c"), 64));
	assert_true(str_is(buf_str(&out),
	    "a\n\tb\xef\xbf\xbd\xef\xbf\xbd" "c"));
	assert_false(scan_answer_add_text(&out, STR("de\xc3\xa4"), out.len + 3));
	assert_true(str_is(str_from_pos(buf_str(&out), 11), "de"));
}

static const struct {
	const char *sentence;
	struct str bytes;
	int result;
} requests[] = {
	{ "without a name", B("MRS1\0\0\1\0\0\0"), 1 },
	{ "with one", B("MRS1\0\0\1\0\0\3abc"), 1 },
	{ "nothing yet", B(""), 0 },
	{ "its beginning", B("MRS"), 0 },
	{ "its head, and a piece of the name", B("MRS1\0\0\1\0\0\3ab"), 0 },
	{ "another word", B("MRX"), -1 },
	{ "a name that is too long", B("MRS1\0\0\1\0\1\0"), -1 },
	{ "more than its name", B("MRS1\0\0\1\0\0\3abcd"), -1 },
};

static void
requests_are_read(void **state)
{
	struct scan_request request = { 5000, STR("letter.doc") };
	struct buf out;

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct scan_request read;

		print_message("%s\n", requests[i].sentence);
		assert_int_equal(scan_request_read(requests[i].bytes, &read),
		    requests[i].result);
	}
	buf_init(&out, *state);
	scan_request_write(&request, &out);
	request = (struct scan_request){ 0 };
	assert_int_equal(scan_request_read(buf_str(&out), &request), 1);
	assert_int_equal(request.timeout_ms, 5000);
	assert_true(str_is(request.name, "letter.doc"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(what_is_written_is_read),
		ARENA_TEST(every_reason_is_written_and_read),
		ARENA_TEST(a_cut_or_longer_answer_is_none),
		ARENA_TEST(lies_are_no_answers),
		ARENA_TEST(names_are_cleaned),
		ARENA_TEST(lines_of_a_text_stay),
		ARENA_TEST(requests_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
