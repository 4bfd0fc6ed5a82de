/* SPDX-License-Identifier: ISC */
/* test_list_post.c - what a message says of its mailing list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "check_text.h"
#include "fixture.h"
#include "mail/header.h"
#include "mail/list_post.h"

#define LABEL63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *sentence;
	const char *name, *value;	/* of one field */
	const char *domains;		/* "one two", "": none */
} cases[] = {
	{ "RFC 2919 3: a phrase and an id", "List-Id",
	    " Developers <dev.lists.example.net>", "dev.lists.example.net" },
	{ "RFC 2919 3: an id alone", "List-Id", "<dev.example.net>",
	    "dev.example.net" },
	{ "the name of a field has no case", "LIST-ID", "<dev.example.net>",
	    "dev.example.net" },
	{ "an id has no case", "List-Id", "<Dev.EXAMPLE.net>",
	    "dev.example.net" },
	{ "RFC 2919 3: brackets in a quoted phrase are not the id", "List-Id",
	    " \"not <x.example.org>\" <dev.example.net>", "dev.example.net" },
	{ "RFC 2919 3: brackets in a comment are not the id", "List-Id",
	    " (not <x.example.org> (nor \\) <y.example.org>)) "
	    "<dev.example.net>", "dev.example.net" },
	{ "an id behind a fold", "List-Id", " Developers\n\t<dev.example.net>",
	    "dev.example.net" },
	{ "blanks inside of the brackets", "List-Id", "< dev.example.net >",
	    "dev.example.net" },
	{ "RFC 2919 2: a label that is atext but no name is cut", "List-Id",
	    "<c++!dev.lists.example.net>", "lists.example.net" },
	{ "two labels that are no names are cut", "List-Id",
	    "<c++.d++.example.net>", "example.net" },
	{ "a label of 64 bytes is cut", "List-Id",
	    "<" LABEL63 "4.example.net>", "example.net" },
	{ "U-labels become A-labels", "List-Id",
	    "<dev.b\xc3\xbc" "cher.example>", "dev.xn--bcher-kva.example" },
	{ "an id of one label names no host", "List-Id", "<localhost>", "" },
	{ "an id that is cut to one label names none", "List-Id",
	    "<c++.localhost>", "" },
	{ "no brackets, no id (RFC 2919 3)", "List-Id", "dev.example.net",
	    "" },
	{ "empty brackets", "List-Id", "<>", "" },
	{ "dots only", "List-Id", "<...>", "" },
	{ "an open bracket", "List-Id", "<dev.example.net", "" },
	{ "an open comment", "List-Id", "(x <dev.example.net>", "" },
	{ "an open quoted phrase", "List-Id", "\"x <dev.example.net>", "" },
	{ "an empty field", "List-Id", "", "" },
	{ "an id with a backslash", "List-Id", "<dev\\0.example.net>",
	    "example.net" },
	{ "an id of more than 255 bytes (RFC 2919)", "List-Id",
	    "<" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 ".example.net>",
	    "" },
	{ "RFC 2369 3.4: a mailto", "List-Post",
	    " <mailto:dev@lists.example.net>", "lists.example.net" },
	{ "RFC 2369 3.4: a mailto with a comment", "List-Post",
	    "<mailto:dev@lists.example.net> (posting is open)",
	    "lists.example.net" },
	{ "RFC 6068 2: a mailto with a subject", "List-Post",
	    "<mailto:dev@lists.example.net?subject=a@example.org>",
	    "lists.example.net" },
	{ "a scheme has no case", "List-Post", "<MailTo:dev@example.net>",
	    "example.net" },
	{ "RFC 2369 2: several, in the order of preference", "List-Post",
	    "<https://www.example.org/post>, <mailto:dev@example.net>",
	    "example.net" },
	{ "RFC 2369 3.4: posting is not allowed", "List-Post",
	    "NO (posting not allowed)", "" },
	{ "a web page is not looked at", "List-Post",
	    "<https://lists.example.net/>", "" },
	{ "a mailto without address", "List-Post", "<mailto:>", "" },
	{ "a mailto without domain", "List-Post", "<mailto:dev>", "" },
	{ "a mailto to one label", "List-Post", "<mailto:dev@localhost>", "" },
	{ "a mailto to an address literal", "List-Post",
	    "<mailto:dev@[192.0.2.1]>", "" },
	{ "other fields say nothing", "List-Unsubscribe",
	    "<mailto:dev@example.net>", "" },
	{ "a doublet counts once", "List-Id",
	    "<dev.example.net> <DEV.example.net>", "dev.example.net" },
	{ "at most eight", "List-Id", "<1.a.b> <2.a.b> <3.a.b> <4.a.b> <5.a.b>"
	    " <6.a.b> <7.a.b> <8.a.b> <9.a.b>",
	    "1.a.b 2.a.b 3.a.b 4.a.b 5.a.b 6.a.b 7.a.b 8.a.b" },
};

static struct str
domains_of(struct arena *arena, const struct header_list *headers)
{
	struct vec domains = list_post_domains(arena, headers);
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < domains.len; i++) {
		buf_add_text(&text, i != 0 ? " " : "");
		buf_add_str(&text, *(struct str *)vec_at(&domains, i));
	}
	return buf_str(&text);
}

static void
a_field_names_the_host_of_its_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct header_list headers;

		header_list_init(&headers, arena);
		header_list_add(&headers, str_from(cases[i].name),
		    str_from(cases[i].value));
		check_text(cases[i].sentence, domains_of(arena, &headers),
		    cases[i].domains);
		arena_free(&arena);
	}
}

static void
ids_stand_before_addresses_and_ours_do_not_count(void **state)
{
	struct arena *arena = *state;
	struct header_list headers;

	header_list_init(&headers, arena);
	check_text("no fields", domains_of(arena, &headers), "");
	header_list_add(&headers, STR("List-Post"),
	    STR("<mailto:dev@lists.example.net>"));
	header_list_add(&headers, STR("List-Id"), STR("<a.example.net>"));
	header_list_add(&headers, STR("List-Id"), STR("<b.example.net>"));
	header_list_insert(&headers, 0, STR("List-Id"),
	    STR("<ours.example.org>"));
	check_text("several fields", domains_of(arena, &headers),
	    "a.example.net b.example.net lists.example.net");
}

static void
a_field_of_a_megabyte_is_read_once(void **state)
{
	struct arena *arena = *state;
	struct header_list headers;
	struct buf value;

	buf_init(&value, arena);
	for (int i = 0; i < 100000; i++)
		buf_add_text(&value, "<+.+.+>(<\"");
	for (int i = 0; i < 100000; i++)
		buf_add_text(&value, ")");
	header_list_init(&headers, arena);
	header_list_add(&headers, STR("List-Id"), buf_str(&value));
	check_text("hostile", domains_of(arena, &headers), "");
}

static void
a_signer_stands_for_the_lists_of_its_organization(void **state)
{
	static const struct {
		const char *list, *signer;
		bool is_of;
	} pairs[] = {
		{ "dev.lists.example.net", "dev.lists.example.net", true },
		{ "dev.lists.example.net", "lists.example.net", true },
		{ "dev.lists.example.net", "example.net", true },
		{ "dev.lists.example.net", "mail.example.net", true },
		{ "example.net", "lists.example.net", true },
		{ "dev.lists.example.net", "net", false },
		{ "dev.lists.example.net", "example.org", false },
		{ "dev.lists.example.net", "ample.net", false },
		{ "a.example.co.uk", "b.example.co.uk", true },
		{ "one.co.uk", "two.co.uk", false },
		{ "dev.one.github.io", "two.github.io", false },
		{ "co.uk", "example.co.uk", false },
		{ "dev.example.net", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (list_post_is_of(str_from(pairs[i].list),
		    str_from(pairs[i].signer)) != pairs[i].is_of)
			fail_msg("%s signed by %s", pairs[i].list,
			    pairs[i].signer);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_names_the_host_of_its_list),
		ARENA_TEST(ids_stand_before_addresses_and_ours_do_not_count),
		ARENA_TEST(a_field_of_a_megabyte_is_read_once),
		cmocka_unit_test(
		    a_signer_stands_for_the_lists_of_its_organization),
	};

	return cmocka_run_group_tests_name("list_post", tests, NULL, NULL);
}
