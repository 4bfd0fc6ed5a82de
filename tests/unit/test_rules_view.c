/* SPDX-License-Identifier: ISC */
/* test_rules_view.c - what stands at the places where rules look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "rules_bench.h"
#include "rules/place_words.h"
#include "rules/places.h"
#include "scan/answer.h"

#define MESSAGE \
	"Received: from x by y\n" \
	"From: =?utf-8?q?Ann_=C3=84?= <Ann@Example.ORG>,\n" \
	"\t\"Bob, B.\" <bob@sub.example.org>\n" \
	"To: <c@example.net>\n" \
	"X-Two: first\n" \
	"Subject: =?utf-8?b?SGVsbG8=?=\n world\n" \
	"x-two: second\n" \
	"Mime-Version: 1.0\n" \
	"Content-Type: multipart/mixed; boundary=b\n" \
	"\n" \
	"--b\n" \
	"Content-Type: text/plain\n" \
	"\n" \
	"See http://A.example.com/x/../y now\n" \
	"--b\n" \
	"Content-Type: text/html\n" \
	"\n" \
	"<p>Seen <span style=\"display:none\">not seen</span> " \
	"<a href=\"https://click.example.net/?u=http://inner.example/z\">" \
	"www.bank.example</a>\n" \
	"--b\n" \
	"Content-Type: application/x-zip; name=\"a.zip\"\n" \
	"Content-Disposition: attachment; filename=\"=?utf-8?q?=C3=A4.zip?=\"\n" \
	"\n" \
	"PK\n" \
	"--b\n" \
	"Content-Type: text/plain; name=b.txt\n" \
	"Content-Disposition: attachment\n" \
	"\n" \
	"attached\n" \
	"--b--\n"

static const struct {
	const char *sentence, *where, *texts;
} cases[] = {
	{ "a field, decoded", "header subject", "Hello world|" },
	{ "without regard to case", "header Subject", "Hello world|" },
	{ "as it came", "header subject:raw", " =?utf-8?b?SGVsbG8=?=\n world|" },
	{ "several fields are several texts", "header x-two",
	    "first|second|" },
	{ "several addresses are several texts", "header from:addr",
	    "Ann@example.org|bob@sub.example.org|" },
	{ "display names, decoded", "header from:name",
	    "Ann \xc3\x84|Bob, B.|" },
	{ "no display name", "header to:name", "|" },
	{ "domains", "header from:addr:domain",
	    "example.org|sub.example.org|" },
	{ "local parts", "header from:addr:local", "Ann|bob|" },
	{ "a field that is not there", "header x-none", "" },
	{ "a field that is not there: addresses", "header cc:addr", "" },
	{ "a field of no addresses: a local part", "header mime-version:addr",
	    "1.0|" },
	{ "the subject", "subject", "Hello world|" },
	{ "the subject as it came", "subject:raw",
	    " =?utf-8?b?SGVsbG8=?=\n world|" },
	{ "visible texts, none of files", "text",
	    "See http://A.example.com/x/../y now|Seen www.bank.example|" },
	{ "what is hidden", "hidden", "not seen|" },
	{ "pages with their elements", "markup",
	    "<p>Seen <span style=\"display:none\">not seen</span> "
	    "<a href=\"https://click.example.net/?u=http://inner.example/z\">"
	    "www.bank.example</a>|" },
	{ "links in their normal form, with what they carry", "uri",
	    "http://a.example.com/y|"
	    "https://click.example.net/?u=http://inner.example/z|"
	    "http://inner.example/z|" },
	{ "links as written", "uri:raw", "http://A.example.com/x/../y|"
	    "https://click.example.net/?u=http://inner.example/z|"
	    "http://inner.example/z|" },
	{ "the texts of links", "link_text", "www.bank.example|" },
	{ "the hosts of links", "link_host", "a.example.com|"
	    "click.example.net|inner.example|" },
	{ "the domains of links", "link_host:domain", "example.com|"
	    "example.net|inner.example|" },
	{ "names of files", "attachment", "\xc3\xa4.zip|b.txt|" },
	{ "names within files", "archived", "invoice.exe|dir/a.txt|" },
	{ "types, also by content", "type", "multipart/mixed|text/plain|"
	    "text/html|application/x-zip|text/plain|application/zip|" },
	{ "the sender", "envelope_from", "ann@example.org|" },
	{ "the sender's domain", "envelope_from:domain", "example.org|" },
	{ "the sender's local part", "envelope_from:local", "ann|" },
	{ "recipients", "rcpt", "b@example.net|\"c d\"@example.com|" },
	{ "recipients' domains", "rcpt:domain",
	    "example.net|example.com|" },
	{ "HELO", "helo", "mail.example.org|" },
	{ "the client's name", "client_name", "mx.example.org|" },
	{ "the client's address", "client_address", "192.0.2.7|" },
};

static void
add_file(struct rules_bench *bench)
{
	struct arena *arena = bench->txn->arena;
	struct scan_answer *answer = arena_alloc(arena, sizeof(*answer));
	struct scanned_file *file = vec_push(&bench->txn->files);

	scan_answer_init(answer, arena);
	answer->type = STR("application/zip");
	((struct scan_entry *)vec_push(&answer->entries))->name =
	    STR("invoice.exe");
	((struct scan_entry *)vec_push(&answer->entries))->name =
	    STR("dir/a.txt");
	file->answer = answer;
}

static void
open_message(struct rules_bench *bench, struct str text)
{
	const char *error;
	struct txn *txn;

	rules_bench_message(bench, text);
	txn = bench->txn;
	txn_set_sender(txn, "<ann@example.org>", &error);
	txn_add_rcpt(txn, "<b@example.net>", &error);
	txn_add_rcpt(txn, "<\"c d\"@example.com>", &error);
	netaddr_parse(STR("192.0.2.7"), &txn->client.address);
	txn->client.name = "mx.example.org";
	txn->client.helo = "mail.example.org";
	add_file(bench);
}

static void
read_place(struct arena *arena, const char *where, struct place *place)
{
	struct str rest = str_from(where), word;
	const char *error;
	struct vec words;
	size_t at = 0;

	vec_init(&words, arena, sizeof(struct str));
	while (str_cut(&rest, ' ', &word))
		*(struct str *)vec_push(&words) = word;
	if (place_read_words(arena, &words, &at, place, &error) < 0)
		fail_msg("%s: %s", where, error);
}

static struct str
texts_at(struct rules_bench *bench, const char *where)
{
	struct place place;
	const struct vec *texts;
	struct buf out;

	read_place(bench->arena, where, &place);
	texts = view_texts(bench->view, &place);
	/* Read once, the same the second time. */
	assert_ptr_equal(texts, view_texts(bench->view, &place));
	buf_init(&out, bench->arena);
	for (size_t i = 0; i < texts->len; i++) {
		buf_add_str(&out, str_trim(*(struct str *)vec_at(texts, i)));
		buf_add_char(&out, '|');
	}
	return buf_str(&out);
}

/* Blanks at the ends of texts say nothing here. */
static void
places_have_their_texts(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	open_message(&bench, STR(MESSAGE));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str is = texts_at(&bench, cases[i].where);
		const char *wanted = cases[i].texts;

		if (!str_is(is, wanted[0] == ' ' ? wanted + 1 : wanted))
			fail_msg("%s: \"%.*s\"", cases[i].sentence,
			    STR_ARG(is));
	}
	rules_bench_end(&bench);
}

static void
an_empty_message_has_few_texts(void **state)
{
	static const struct {
		const char *where, *texts;
	} empty[] = {
		{ "header subject", "" }, { "header from:addr", "" },
		{ "subject", "" }, { "all_headers", "|" }, { "text", "" },
		{ "hidden", "" }, { "markup", "" }, { "raw", "|" }, { "uri", "" },
		{ "link_text", "" }, { "link_host", "" }, { "attachment", "" },
		{ "archived", "" }, { "type", "text/plain|" },
		{ "envelope_from", "|" }, { "rcpt", "" }, { "helo", "" },
		{ "client_name", "" }, { "client_address", "" },
	};
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR(""));
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		struct str is = texts_at(&bench, empty[i].where);

		if (!str_is(is, empty[i].texts))
			fail_msg("%s: \"%.*s\"", empty[i].where, STR_ARG(is));
	}
	rules_bench_end(&bench);
}

static void
pages_are_decoded(void **state)
{
	struct rules_bench bench;
	struct str is;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("MIME-Version: 1.0\n"
	    "Content-Type: text/html\n"
	    "Content-Transfer-Encoding: base64\n\n"
	    "PGI+SGk8L2I+\n"));
	is = texts_at(&bench, "markup");
	if (!str_is(is, "<b>Hi</b>|"))
		fail_msg("\"%.*s\"", STR_ARG(is));
	rules_bench_end(&bench);
}

static void
all_headers_are_lines(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("A: =?utf-8?q?x?=\n y\nB:z\n\nbody"));
	assert_true(str_is(texts_at(&bench, "all_headers"),
	    "A: x y\nB: z|"));
	assert_true(str_is(texts_at(&bench, "all_headers:raw"),
	    "A: =?utf-8?q?x?=\n y\nB:z|"));
	assert_true(str_is(texts_at(&bench, "raw"), "body|"));
	rules_bench_end(&bench);
}

/* What actions added did not come. */
static void
fields_of_ours_are_not_seen(void **state)
{
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("X-A: theirs\nX-B: gone\n\n"));
	header_list_insert(&bench.txn->headers, 0, STR("X-A"), STR("ours"));
	((struct header *)vec_at(&bench.txn->headers.fields, 2))->is_removed =
	    true;
	assert_true(str_is(texts_at(&bench, "header x-a"), "theirs|"));
	assert_true(str_is(texts_at(&bench, "header x-b"), ""));
	assert_true(str_is(texts_at(&bench, "all_headers"), "X-A: theirs|"));
	assert_true(str_is(view_header(bench.view, "x-a", ""), "theirs"));
	assert_null(view_header(bench.view, "x-b", "").data);
	rules_bench_end(&bench);
}

static void
lists_are_bounded(void **state)
{
	struct rules_bench bench;
	struct buf text;

	(void)state;
	rules_bench_begin(&bench);
	buf_init(&text, bench.arena);
	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "To: a%d@example.org, b%d@example.org, "
		    "c@example.org, d@example.org, e@example.org\n", i, i);
	rules_bench_message(&bench, buf_str(&text));
	assert_int_equal(view_fields(bench.view, STR("to"))->len,
	    VIEW_FIELDS_MAX);
	assert_int_equal(view_texts(bench.view, &(struct place){
	    .kind = PLACE_header, .name = STR("to"),
	    .form = STR("addr") })->len, 1000);
	rules_bench_end(&bench);
}

/* The numbers of a rule set change nothing but the way there. */
static void
a_place_is_the_same_by_number_and_by_name(void **state)
{
	struct place numbered = { .kind = PLACE_header, .name = STR("from"),
		.form = STR("addr:domain") };
	struct place named = numbered;
	struct rules_bench bench;
	struct places *places;
	const struct vec *texts;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("FROM: a@example.org\n"
	    "From: b@example.net\nX-Other: c\n\n"));
	places = places_new(bench.arena);
	places_number(places, &numbered);
	view_number(bench.view, places);
	texts = view_texts(bench.view, &numbered);
	assert_int_equal(texts->len, 2);
	assert_true(str_is(*(struct str *)vec_at(texts, 1), "example.net"));
	assert_ptr_equal(texts, view_texts(bench.view, &named));
	assert_true(str_is(view_header(bench.view, "from", "addr:domain"),
	    "example.org"));
	assert_int_equal(view_fields_at(bench.view, &numbered)->len, 2);
	assert_ptr_equal(view_fields_at(bench.view, &named),
	    view_fields_at(bench.view, &numbered));
	/* Of these the rule set knows nothing. */
	assert_true(str_is(view_header(bench.view, "x-other", ""), "c"));
	assert_int_equal(view_fields(bench.view, STR("x-other"))->len, 1);
	assert_int_equal(view_fields(bench.view, STR("x-none"))->len, 0);
	rules_bench_end(&bench);
}

/* Whoever pushes to it would give it to all of them. */
static void
places_without_a_text_share_none(void **state)
{
	const struct place none = { .kind = PLACE_header,
		.name = STR("x-none") };
	const struct place other = { .kind = PLACE_hidden };
	const struct place subject = { .kind = PLACE_subject };
	const struct vec *first;
	struct rules_bench bench;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("Subject: s\n\n"));
	first = view_texts(bench.view, &none);
	assert_int_equal(first->len, 0);
	assert_int_equal(view_texts(bench.view, &subject)->len, 1);
	assert_int_equal(first->len, 0);
	assert_ptr_equal(view_texts(bench.view, &other), first);
	assert_int_equal(view_texts(bench.view, &subject)->len, 1);
	rules_bench_end(&bench);
}

static void
something_kept_is_made_once(void **state)
{
	struct rules_bench bench;
	void **slot;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("A: b\n\n"));
	slot = view_kept(bench.view, "something");
	assert_null(*slot);
	*slot = &bench;
	assert_null(*view_kept(bench.view, "else"));
	assert_ptr_equal(*view_kept(bench.view, "something"), &bench);
	rules_bench_end(&bench);
}

/* What stands in places.list is what its row says. */
static void
the_table_and_its_rows_agree(void **state)
{
	static const struct {
		const char *name, *words;
	} list[] = {
#define PLACE(name, words) { #name, words },
#include "rules/places.list"
#undef PLACE
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(list), PLACE_COUNT);
	for (int i = 0; i < PLACE_COUNT; i++) {
		const struct place_row *row = place_row((enum place_kind)i);

		assert_string_equal(row->name, list[i].name);
		assert_string_equal(row->words, list[i].words);
		assert_int_equal(place_find(str_from(row->name)), i);
	}
	assert_int_equal(place_find(STR("nowhere")), -1);
	assert_true(place_has_form(PLACE_header, STR("addr:domain")));
	assert_false(place_has_form(PLACE_header, STR("addr:nothing")));
	assert_false(place_has_form(PLACE_text, STR("raw")));
	assert_true(place_has_form(PLACE_text, STR("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_have_their_texts),
		cmocka_unit_test(an_empty_message_has_few_texts),
		cmocka_unit_test(pages_are_decoded),
		cmocka_unit_test(all_headers_are_lines),
		cmocka_unit_test(fields_of_ours_are_not_seen),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(a_place_is_the_same_by_number_and_by_name),
		cmocka_unit_test(places_without_a_text_share_none),
		cmocka_unit_test(something_kept_is_made_once),
		cmocka_unit_test(the_table_and_its_rows_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
