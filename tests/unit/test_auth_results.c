/* SPDX-License-Identifier: ISC */
/* test_auth_results.c - Authentication-Results: read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "check_text.h"
#include "fixture.h"
#include "mail/auth_results.h"

/* --- read ----------------------------------------------------------------------- */

/* What was read, as "id | method=result {comment} [reason] type.name=value". */
static struct str
results_text(struct arena *arena, const struct auth_results *results)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_str(&text, results->authserv_id);
	for (size_t i = 0; i < results->count; i++) {
		const struct auth_result *result = &results->results[i];

		buf_printf(&text, " | %s=%s", result->method, result->result);
		if (result->comment != NULL)
			buf_printf(&text, " {%s}", result->comment);
		if (result->reason != NULL)
			buf_printf(&text, " [%s]", result->reason);
		for (size_t k = 0; k < result->property_count; k++)
			buf_printf(&text, " %s.%s=%s",
			    result->properties[k].ptype,
			    result->properties[k].property,
			    result->properties[k].value);
	}
	return buf_str(&text);
}

struct read_case {
	const char *sentence, *value, *wanted;
	bool is_malformed;
};

static const struct read_case read_cases[] = {
	{ "trivial case (RFC 8601 B.1)", " example.org 1; none", "example.org",
	    false },
	{ "nearly trivial case without version (RFC 8601 B.2)",
	    "example.com;none", "example.com", false },
	{ "service provided, no authentication done (RFC 8601 B.3)",
	    " example.com;\n         spf=pass smtp.mailfrom=example.net",
	    "example.com | spf=pass smtp.mailfrom=example.net", false },
	{ "several authentications done (RFC 8601 B.4)",
	    " example.com;\n auth=pass (cram-md5) smtp.auth=sender@example.net;"
	    "\n spf=pass smtp.mailfrom=example.net",
	    "example.com | auth=pass {cram-md5} smtp.auth=sender@example.net"
	    " | spf=pass smtp.mailfrom=example.net", false },
	{ "a reason and two signatures (RFC 8601 B.6)",
	    " example.com;\n"
	    "       dkim=pass reason=\"good signature\"\n"
	    "         header.i=@mail-router.example.net;\n"
	    "       dkim=fail reason=\"bad signature\"\n"
	    "         header.i=@newyork.example.com",
	    "example.com"
	    " | dkim=pass [good signature] header.i=@mail-router.example.net"
	    " | dkim=fail [bad signature] header.i=@newyork.example.com",
	    false },
	{ "comment-heavy example (RFC 8601 B.7)",
	    " foo.example.net (foobar) 1 (baz);\n"
	    "    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\n"
	    "      policy (A dot can go here) . (like that) expired\n"
	    "      (this surprised me) = (as I wasn't expecting it) 1362471462",
	    "foo.example.net | dkim=fail policy.expired=1362471462", false },
	{ "a quoted authserv-id", " \"mx one\\\"\"; none", "mx one\"", false },
	{ "a comment in front", "(x (y) \\) ;) example.org; none",
	    "example.org", false },
	{ "words in capitals", "A.org; SPF=Pass SMTP.MailFrom=A.Org",
	    "A.org | spf=pass smtp.mailfrom=A.Org", false },
	{ "an address", "a; spf=pass smtp.mailfrom=j+x=y@b.example",
	    "a | spf=pass smtp.mailfrom=j+x=y@b.example", false },
	{ "a quoted local part keeps its quotes",
	    "a; spf=pass smtp.mailfrom=\"j x\"@b.example",
	    "a | spf=pass smtp.mailfrom=\"j x\"@b.example", false },
	{ "a quoted value loses them",
	    "a; iprev=pass policy.iprev=\"2001:db8::1\" (mx)",
	    "a | iprev=pass {mx} policy.iprev=2001:db8::1", false },
	{ "careless values", "a; dkim=pass header.b=aB/c+d==; iprev=pass "
	    "policy.iprev=2001:db8::1;", "a | dkim=pass header.b=aB/c+d=="
	    " | iprev=pass policy.iprev=2001:db8::1", false },
	{ "an empty value", "a; spf=none smtp.mailfrom=; dkim=none",
	    "a | spf=none smtp.mailfrom= | dkim=none", false },
	{ "a fold in a quoted string", "a; dkim=fail reason=\"b\n c\"",
	    "a | dkim=fail [b c]", false },
	{ "the first comment counts", "a; spf=fail () (one) (two) x.y=z (3)",
	    "a | spf=fail {one} x.y=z", false },
	{ "UTF-8 (RFC 6532, RFC 8616)",
	    "b\xc3\xbc" "cher.example; spf=pass smtp.mailfrom=\xc3\xbc@a.b",
	    "b\xc3\xbc" "cher.example | spf=pass smtp.mailfrom=\xc3\xbc@a.b",
	    false },
	{ "more properties than we keep",
	    "a; x=pass a.a=1 a.b=2 a.c=3 a.d=4 a.e=5 a.f=6 a.g=7",
	    "a | x=pass a.a=1 a.b=2 a.c=3 a.d=4 a.e=5 a.f=6", false },

	{ "nothing", "", "", true },
	{ "an id alone", "example.org", "example.org", true },
	{ "an id and a semicolon", "example.org;", "example.org", true },
	{ "another version", "example.org 2; spf=pass",
	    "example.org | spf=pass", true },
	{ "a word for a version", "example.org x; spf=pass", "example.org",
	    true },
	{ "no id, as Exchange writes it",
	    "spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=a.example; "
	    "dmarc=pass action=none header.from=a.example",
	    " | spf=pass {sender IP is 192.0.2.1} smtp.mailfrom=a.example"
	    " | dmarc=pass header.from=a.example", true },
	{ "no id but a semicolon", "; spf=pass", " | spf=pass", true },
	{ "an empty quoted id", "\"\"; spf=pass", " | spf=pass", true },
	{ "a slash behind the id", "example.org/1; spf=pass", "example.org",
	    true },
	{ "none among results", "a; none; spf=pass", "a", true },
	{ "results, then none", "a; spf=pass; none", "a | spf=pass", true },
	{ "text behind none", "a; none x", "a", true },
	{ "no result", "a; spf=; dkim=pass", "a", true },
	{ "no method", "a; =pass", "a", true },
	{ "a method alone", "a; spf", "a", true },
	{ "a method of another version", "a; spf/2=pass", "a | spf=pass",
	    true },
	{ "no equals sign", "a; spf=pass smtp.mailfrom b", "a", true },
	{ "a quote in a value", "a; spf=pass smtp.mailfrom=b\"c\"", "a", true },
	{ "an open quote", "a; spf=pass reason=\"b", "a", true },
	{ "an open comment", "a; spf=pass (b", "a", true },
	{ "an open comment in front", "(b a; spf=pass", "", true },
	{ "an open quote in front", "\"a; spf=pass", "\"", true },
	{ "a control character", "a; spf=pass smtp.mailfrom=b\001", "a",
	    true },
	{ "a control character in a quoted string",
	    "a; spf=pass reason=\"b\001\"", "a | spf=pass [b\001]", true },
};

static void
check_read(struct arena *arena, const struct read_case *c)
{
	struct auth_results results;
	const char *error = NULL;
	int status = auth_results_parse(arena, str_from(c->value), &results,
	    &error);

	if (status != (c->is_malformed ? -1 : 0))
		fail_msg("%s: status %d: %s", c->sentence, status,
		    error != NULL ? error : "taken");
	assert_int_equal(error != NULL, c->is_malformed);
	/* An open quote has no id that anybody could name. */
	if (strcmp(c->wanted, "\"") != 0)
		check_text(c->sentence, results_text(arena, &results),
		    c->wanted);
}

static void
fields_are_read_as_in_rfc_8601_2_2(void **state)
{
	struct auth_results results;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(read_cases); i++)
		check_read(*state, &read_cases[i]);
	assert_int_equal(auth_results_parse(*state, STR("a\0b; spf=pass"),
	    &results, &error), -1);
}

static void
a_field_has_at_most_a_hundred_results(void **state)
{
	struct auth_results results;
	const char *error;
	struct buf value;

	buf_init(&value, *state);
	buf_add_text(&value, "a");
	for (int i = 0; i < 20000; i++)
		buf_add_text(&value, ";b=c");
	assert_int_equal(auth_results_parse(*state, buf_str(&value), &results,
	    &error), -1);
	assert_int_equal(results.count, 100);
}

/* --- written -------------------------------------------------------------------- */

static void
fields_are_written_one_result_a_line(void **state)
{
	static const struct auth_result dkim = {
		.method = "dkim", .result = "pass", .comment = "2048-bit key",
		.property_count = 3, .properties = {
			{ "header", "d", "example.org" },
			{ "header", "i", "@example.org" },
			{ "header", "b", "aB/c+d=" },
		},
	}, iprev = {
		.method = "iprev", .result = "pass", .comment = "mx (one)",
		.property_count = 1, .properties = {
			{ "policy", "iprev", "2001:db8::1" },
		},
	}, spf = {
		.method = "spf", .result = "fail", .reason = "not \"allowed\"",
		.property_count = 2, .properties = {
			{ "smtp", "mailfrom",
			    "a.rather.long.local.part@mail.example.org" },
			{ "smtp", "helo", "localhost" },
		},
	};
	const struct auth_result *const all[] = { &dkim, &iprev, &spf };

	check_text("none", auth_results_write(*state, "mx.example.org", NULL,
	    0), " mx.example.org; none");
	check_text("an id that needs quotes", auth_results_write(*state,
	    "mx one", NULL, 0), " \"mx one\"; none");
	check_text("an id like an address", auth_results_write(*state,
	    "a@b.example", NULL, 0), " \"a@b.example\"; none");
	check_text("three", auth_results_write(*state, "mx.example.org", all,
	    ARRAY_LEN(all)),
	    " mx.example.org;\n"
	    "\tdkim=pass (2048-bit key) header.d=example.org "
	    "header.i=@example.org\n"
	    "\theader.b=\"aB/c+d=\";\n"
	    "\tiprev=pass (mx \\(one\\)) policy.iprev=\"2001:db8::1\";\n"
	    "\tspf=fail reason=\"not \\\"allowed\\\"\"\n"
	    "\tsmtp.mailfrom=a.rather.long.local.part@mail.example.org "
	    "smtp.helo=localhost");
}

static void
values_are_quoted_as_in_rfc_8601_2_2_pvalue(void **state)
{
	static const struct {
		const char *value, *wanted;
	} cases[] = {
		{ "token-1_%", "token-1_%" },
		{ "", "\"\"" },
		{ "a@b.example", "a@b.example" },
		{ "@b.example", "@b.example" },
		{ "a+b/c=d@b.example", "a+b/c=d@b.example" },
		{ "a@localhost", "\"a@localhost\"" },
		{ "a@b_c.example", "\"a@b_c.example\"" },
		{ "a..b@c.example", "\"a..b@c.example\"" },
		{ "a@b@c.example", "\"a@b@c.example\"" },
		{ "\"a b\"@c.example", "\"\\\"a b\\\"@c.example\"" },
		{ "a b", "\"a b\"" },
		{ "a;b", "\"a;b\"" },
		{ "a\\", "\"a\\\\\"" },
		{ "a\r\nb: c", "\"a??b: c\"" },
		{ "\xc3\xbc.example", "\"??.example\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct auth_result result = { .method = "x", .result = "pass",
			.property_count = 1, .properties = {
				{ "a", "b", cases[i].value },
			},
		};
		const struct auth_result *one = &result;
		struct buf wanted;

		buf_init(&wanted, *state);
		buf_printf(&wanted, " id;\n\tx=pass a.b=%s", cases[i].wanted);
		check_text(cases[i].value, auth_results_write(*state, "id",
		    &one, 1), buf_str(&wanted).data);
	}
}

/* Whatever stands in the texts, there is one result with these texts in it, no
 * line without a blank in front, and none of 998 bytes. */
static void
no_text_breaks_out_of_the_field(void **state)
{
	static const char *const texts[] = {
		"x; dkim=pass header.d=bank.example",
		"\"; dkim=pass header.d=bank.example",
		"\\\"; dkim=pass header.d=bank.example",
		"\\", "\\\\\"", ")", "(", "\\)", "))((", ") dkim=pass (",
		"a)\"b(\"\\c", "x\r\nX-Forged: yes", "x\n\ny", "\r", "\n",
		"x\ty", "\177\033[2J", "\xff\xfe\x80", "=?utf-8?q?=0A?=",
		"a@b@c;d", "\"a\"@b.example; spf=pass", " ", "   a   ", "none",
		"reason=x", "header.d=x",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct auth_result result = { .method = texts[i],
			.result = texts[i], .comment = texts[i],
			.reason = texts[i], .property_count = 1, .properties = {
				{ texts[i], texts[i], texts[i] },
			},
		};
		const struct auth_result *one = &result;
		struct auth_results results;
		const char *error = NULL;
		struct str value, line, rest;

		value = auth_results_write(*state, texts[i], &one, 1);
		rest = value;
		while (str_cut(&rest, '\n', &line)) {
			assert_true(line.len > 1 && line.len < 998);
			assert_true(line.data[0] == ' ' || line.data[0] == '\t');
			for (size_t k = 0; k < line.len; k++)
				assert_true(line.data[k] == '\t' ||
				    (line.data[k] >= ' ' && line.data[k] <= '~'));
		}
		if (auth_results_parse(*state, value, &results, &error) < 0)
			fail_msg("%s: %s: %.*s", texts[i], error,
			    STR_ARG(value));
		assert_int_equal(results.count, 1);
		assert_int_equal(results.results[0].property_count, 1);
	}
}

static void
long_texts_are_cut_and_no_line_reaches_998(void **state)
{
	char text[5001];
	struct auth_result result = { .method = "x", .result = "fail",
		.comment = text, .reason = text, .property_count = 1,
		.properties = { { "a", "b", text } },
	};
	const struct auth_result *one = &result;
	const char *const bytes = "\\a(\"";
	struct auth_results results;
	struct str value, line;
	const char *error;

	for (const char *byte = bytes; *byte != '\0'; byte++) {
		memset(text, *byte, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		value = auth_results_write(*state, text, &one, 1);
		assert_int_equal(auth_results_parse(*state, value, &results,
		    &error), 0);
		assert_int_equal(results.authserv_id.len, 400);
		assert_int_equal(strlen(results.results[0].comment), 400);
		while (str_cut(&value, '\n', &line))
			assert_true(line.len < 998 - 22);
	}
}

/* Cut behind "victim.example" it would be the address of somebody else. A pvalue
 * may leave the local part out (RFC 8601 2.2). */
static void
of_a_long_address_the_domain_is_whole(void **state)
{
	char text[500];
	struct auth_result result = { .method = "spf", .result = "pass",
		.property_count = 1,
		.properties = { { "smtp", "mailfrom", text } },
	};
	const struct auth_result *one = &result;

	memset(text, 'a', 385);
	strcpy(text + 385, "@victim.example.attacker.test");
	check_text("cut", auth_results_write(*state, "mx", &one, 1),
	    " mx;\n\tspf=pass smtp.mailfrom=@victim.example.attacker.test");
	memset(text, 'a', 385);
	strcpy(text + 385, "@victim.example");
	assert_int_equal(strlen(text), 400);
	check_text("just not cut", auth_results_write(*state, "mx", &one, 1),
	    arena_printf(*state, " mx;\n\tspf=pass\n\tsmtp.mailfrom=%s",
	    text));
}

static const char *
random_text(struct arena *arena, const char *alphabet, size_t most,
    unsigned *seed)
{
	size_t len = (size_t)rand_r(seed) % (most + 1);
	char *text = arena_alloc(arena, len + 1);

	for (size_t i = 0; i < len; i++)
		text[i] = alphabet[(size_t)rand_r(seed) % strlen(alphabet)];
	text[len] = '\0';
	return text;
}

static const char *
random_word(struct arena *arena, unsigned *seed)
{
	return arena_printf(arena, "%c%s", 'a' + rand_r(seed) % 26,
	    random_text(arena, "abcxyz019-", 12, seed));
}

#define TEXTS "abcdefghijklm  .,;:@@/\\\"()[]{}<>=?+-_~!$&'*^`|#%0123"

static struct auth_result
random_result(struct arena *arena, unsigned *seed)
{
	struct auth_result result = {
		.method = random_word(arena, seed),
		.result = random_word(arena, seed),
		.property_count = (size_t)rand_r(seed) %
		    (AUTH_PROPERTIES_MAX + 1),
	};

	if (rand_r(seed) % 2 == 0)
		result.reason = random_text(arena, TEXTS, 120, seed);
	if (rand_r(seed) % 2 == 0)
		result.comment = arena_printf(arena, "%s.",
		    random_text(arena, TEXTS, 120, seed));
	for (size_t i = 0; i < result.property_count; i++) {
		struct auth_property *property = &result.properties[i];

		property->ptype = random_word(arena, seed);
		property->property = random_word(arena, seed);
		property->value = rand_r(seed) % 2 == 0
		    ? random_text(arena, TEXTS, 120, seed)
		    : random_text(arena, "ab@.", 9, seed);
	}
	return result;
}

static void
what_is_written_reads_as_the_same(void **state)
{
	unsigned seed = 8601;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct arena *arena = arena_new(0);
		size_t count = (size_t)rand_r(&seed) % 5;
		struct auth_result made[5];
		const struct auth_result *pointers[5];
		struct auth_results read, wanted;
		const char *error = NULL;
		struct str value;

		for (size_t i = 0; i < count; i++) {
			made[i] = random_result(arena, &seed);
			pointers[i] = &made[i];
		}
		wanted = (struct auth_results){ STR("mx 1.example"), count,
		    made };
		value = auth_results_write(arena, "mx 1.example", pointers,
		    count);
		if (auth_results_parse(arena, value, &read, &error) < 0)
			fail_msg("%s: %.*s", error, STR_ARG(value));
		check_text("read again", results_text(arena, &read),
		    results_text(arena, &wanted).data);
		arena_free(&arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(fields_are_read_as_in_rfc_8601_2_2),
		ARENA_TEST(a_field_has_at_most_a_hundred_results),
		ARENA_TEST(fields_are_written_one_result_a_line),
		ARENA_TEST(values_are_quoted_as_in_rfc_8601_2_2_pvalue),
		ARENA_TEST(no_text_breaks_out_of_the_field),
		ARENA_TEST(long_texts_are_cut_and_no_line_reaches_998),
		ARENA_TEST(of_a_long_address_the_domain_is_whole),
		ARENA_TEST(what_is_written_reads_as_the_same),
	};

	return cmocka_run_group_tests_name("auth_results", tests, NULL, NULL);
}
