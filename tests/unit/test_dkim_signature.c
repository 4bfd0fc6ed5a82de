/* SPDX-License-Identifier: ISC */
/* test_dkim_signature.c - one DKIM-Signature field, judged by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim_signature.h"
#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"

#define NOW_S 1000000
#define SKEW_S 300

/* 32 bytes, and 20. */
#define BH "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define BH1 "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define BASE "v=1; a=rsa-sha256; d=example.org; s=sel; h=from; " BH "; b=AAAA"
#define WITHOUT_A "v=1; d=example.org; s=sel; h=from; " BH "; b=AAAA; "

struct judgement {
	const char *story;
	const char *value;
	enum result result;	/* RESULT_PASS: acceptable */
	const char *reason;
};

static const struct judgement judgements[] = {
	{ "the required tags", BASE, RESULT_PASS, NULL },
	{ "every tag that there is", BASE "; c=relaxed/simple; i=joe@example.org"
	    "; l=5; q=dns/txt; t=999; x=2000000; z=From:a", RESULT_PASS, NULL },
	{ "unknown tags are ignored (3.2)", BASE "; foo=bar; g=*", RESULT_PASS,
	    NULL },
	{ "Ed25519 (RFC 8463)", "a=ed25519-sha256; " WITHOUT_A, RESULT_PASS,
	    NULL },
	{ "no list", "garbage", RESULT_PERMERROR,
	    "syntax error in a tag list" },
	{ "a tag twice (3.2)", BASE "; d=example.org", RESULT_PERMERROR,
	    "tag d= occurs twice" },

	/* RFC 6376 3.5, 6.1.1: required tags */
	{ "no v=", "a=rsa-sha256; d=example.org; s=sel; h=from; " BH
	    "; b=AAAA", RESULT_PERMERROR, "v= is missing" },
	{ "no a=", WITHOUT_A, RESULT_PERMERROR, "a= is missing" },
	{ "no b=", "v=1; a=rsa-sha256; d=example.org; s=sel; h=from; " BH,
	    RESULT_PERMERROR, "b= is missing" },
	{ "an empty b=", "v=1; a=rsa-sha256; d=example.org; s=sel; h=from; "
	    BH "; b=", RESULT_PERMERROR, "b= is empty" },
	{ "no bh=", "v=1; a=rsa-sha256; d=example.org; s=sel; h=from; b=AAAA",
	    RESULT_PERMERROR, "bh= is missing" },
	{ "no d=", "v=1; a=rsa-sha256; s=sel; h=from; " BH "; b=AAAA",
	    RESULT_PERMERROR, "d= is missing" },
	{ "no h=", "v=1; a=rsa-sha256; d=example.org; s=sel; " BH "; b=AAAA",
	    RESULT_PERMERROR, "h= is missing" },
	{ "no s=", "v=1; a=rsa-sha256; d=example.org; h=from; " BH "; b=AAAA",
	    RESULT_PERMERROR, "s= is missing" },
	{ "version 2", "v=2; a=rsa-sha256; d=example.org; s=sel; h=from; " BH
	    "; b=AAAA", RESULT_PERMERROR, "v= is not 1" },
	{ "version 01 is not version 1", "v=01; a=rsa-sha256; d=example.org; "
	    "s=sel; h=from; " BH "; b=AAAA", RESULT_PERMERROR,
	    "v= is not 1" },

	/* algorithms and hashes */
	{ "an unknown algorithm", "a=rsa-md5; " WITHOUT_A, RESULT_PERMERROR,
	    "a= is not a known algorithm" },
	{ "algorithms have case", "a=RSA-SHA256; " WITHOUT_A,
	    RESULT_PERMERROR, "a= is not a known algorithm" },
	{ "rsa-sha1 (RFC 8301 3.1)", "v=1; a=rsa-sha1; d=example.org; s=sel; "
	    "h=from; " BH1 "; b=AAAA", RESULT_POLICY,
	    "rsa-sha1 is no longer accepted" },
	{ "a bad tag counts more than rsa-sha1", "v=1; a=rsa-sha1; "
	    "d=example.org; s=sel; h=to; " BH1 "; b=AAAA", RESULT_PERMERROR,
	    "h= does not name From" },
	{ "b= is no base 64", "v=1; a=rsa-sha256; d=example.org; s=sel; "
	    "h=from; " BH "; b=A*AA", RESULT_PERMERROR,
	    "b= is not base 64" },
	{ "bh= is no base 64", "v=1; a=rsa-sha256; d=example.org; s=sel; "
	    "h=from; bh=A; b=AAAA", RESULT_PERMERROR,
	    "bh= is not base 64" },
	{ "bh= is the hash of another algorithm", "v=1; a=rsa-sha256; "
	    "d=example.org; s=sel; h=from; " BH1 "; b=AAAA",
	    RESULT_PERMERROR, "bh= has the wrong length" },

	/* canonicalization */
	{ "c= with one word", BASE "; c=relaxed", RESULT_PASS, NULL },
	{ "an unknown header form", BASE "; c=nofws/simple", RESULT_PERMERROR,
	    "c= is not a known canonicalization" },
	{ "an unknown body form", BASE "; c=simple/nofws", RESULT_PERMERROR,
	    "c= is not a known canonicalization" },
	{ "an empty body form", BASE "; c=simple/", RESULT_PERMERROR,
	    "c= is not a known canonicalization" },
	{ "an empty c=", BASE "; c=", RESULT_PERMERROR,
	    "c= is not a known canonicalization" },

	/* domains */
	{ "d= of one label", "v=1; a=rsa-sha256; d=org; s=sel; h=from; " BH
	    "; b=AAAA", RESULT_PERMERROR, "d= is not a domain name" },
	{ "d= with an empty label", "v=1; a=rsa-sha256; d=example..org; "
	    "s=sel; h=from; " BH "; b=AAAA", RESULT_PERMERROR,
	    "d= is not a domain name" },
	{ "d= that would leave its place in a header", "v=1; a=rsa-sha256; "
	    "d=example.org(x); s=sel; h=from; " BH "; b=AAAA",
	    RESULT_PERMERROR, "d= is not a domain name" },
	{ "a selector with dots and an underscore", "v=1; a=rsa-sha256; "
	    "d=example.org; s=a_1.b; h=from; " BH "; b=AAAA", RESULT_PASS,
	    NULL },
	{ "a selector that begins with a hyphen", "v=1; a=rsa-sha256; "
	    "d=example.org; s=-a; h=from; " BH "; b=AAAA", RESULT_PERMERROR,
	    "s= is not a selector" },
	{ "i= below d=", BASE "; i=joe@mail.example.org", RESULT_PASS, NULL },
	{ "i= without local part", BASE "; i=@example.org", RESULT_PASS,
	    NULL },
	{ "i= in other case", BASE "; i=@EXAMPLE.org", RESULT_PASS, NULL },
	{ "i= in quoted-printable (2.11)", BASE "; i=joe=40example=2Eorg",
	    RESULT_PASS, NULL },
	{ "i= elsewhere", BASE "; i=@example.net", RESULT_PERMERROR,
	    "i= is not within d=" },
	{ "i= above d=", BASE "; i=@org", RESULT_PERMERROR,
	    "i= is not within d=" },
	{ "i= that only ends like d=", BASE "; i=@badexample.org",
	    RESULT_PERMERROR, "i= is not within d=" },
	{ "i= with an empty label before d=", BASE "; i=@.example.org",
	    RESULT_PERMERROR, "i= is not within d=" },
	{ "i= without @", BASE "; i=example.org", RESULT_PERMERROR,
	    "i= is not an address" },

	/* h= */
	{ "h= in other case, with blanks", "v=1; a=rsa-sha256; d=example.org; "
	    "s=sel; h=To : FROM\n :date; " BH "; b=AAAA", RESULT_PASS,
	    NULL },
	{ "h= without From (5.4)", "v=1; a=rsa-sha256; d=example.org; s=sel; "
	    "h=to:from-x; " BH "; b=AAAA", RESULT_PERMERROR,
	    "h= does not name From" },
	{ "h= with an empty name", "v=1; a=rsa-sha256; d=example.org; s=sel; "
	    "h=from::to; " BH "; b=AAAA", RESULT_PERMERROR,
	    "h= is not a list of field names" },

	/* l=, q= */
	{ "l= of zero", BASE "; l=0", RESULT_PASS, NULL },
	{ "l= beyond 64 bits", BASE "; l=99999999999999999999999",
	    RESULT_PASS, NULL },
	{ "l= of 77 digits", BASE "; l=000000000000000000000000000000000000000"
	    "00000000000000000000000000000000000001", RESULT_PERMERROR,
	    "l= is not a number" },
	{ "a negative l=", BASE "; l=-1", RESULT_PERMERROR,
	    "l= is not a number" },
	{ "an empty l=", BASE "; l=", RESULT_PERMERROR,
	    "l= is not a number" },
	{ "q= among others", BASE "; q=http:dns/txt", RESULT_PASS, NULL },
	{ "q= of others", BASE "; q=http", RESULT_PERMERROR,
	    "q= has no known query method" },
	{ "q=dns without its option", BASE "; q=dns", RESULT_PERMERROR,
	    "q= has no known query method" },

	/* times */
	{ "x= in a second", BASE "; x=1000001", RESULT_PASS, NULL },
	{ "x= now", BASE "; x=1000000", RESULT_PERMERROR, "expired" },
	{ "x= in the past", BASE "; t=1; x=2", RESULT_PERMERROR, "expired" },
	{ "x= before t=", BASE "; t=1000; x=999", RESULT_PERMERROR,
	    "x= is not later than t=" },
	{ "x= with t=", BASE "; t=1000; x=1000", RESULT_PERMERROR,
	    "x= is not later than t=" },
	{ "x= of 12 digits", BASE "; x=999999999999", RESULT_PASS, NULL },
	{ "x= of 13 digits", BASE "; x=1000000000000", RESULT_PERMERROR,
	    "x= is not a time" },
	{ "t= is a word", BASE "; t=now", RESULT_PERMERROR,
	    "t= is not a time" },
	{ "t= within the skew of clocks", BASE "; t=1000300", RESULT_PASS,
	    NULL },
	{ "t= in the future", BASE "; t=1000301", RESULT_POLICY,
	    "its time lies in the future" },
};

static void
signatures_are_judged(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(judgements); i++) {
		const struct judgement *wanted = &judgements[i];
		struct dkim_signature signature;
		enum result result = RESULT_PASS;
		const char *reason = NULL;

		if (dkim_signature_parse(*state, str_from(wanted->value),
		    NOW_S, SKEW_S, &signature, &result, &reason) == 0)
			result = RESULT_PASS;
		if (result != wanted->result)
			fail_msg("%s: %s", wanted->story, result_text(result));
		if (wanted->reason != NULL &&
		    strcmp(reason, wanted->reason) != 0)
			fail_msg("%s: %s", wanted->story, reason);
	}
}

static void
all_of_it_can_be_read(void **state)
{
	struct dkim_signature signature;
	enum result result;
	const char *reason;

	assert_int_equal(dkim_signature_parse(*state, STR("v=1; "
	    "a=ed25519-sha256; c=relaxed/simple; d=Example.ORG; s=Sel;\n"
	    " i=Joe@mail.example.org; h=From : To:from; t=77; l=12; " BH
	    "; b=abc\n defghij"), NOW_S, SKEW_S, &signature, &result,
	    &reason), 0);
	assert_int_equal(signature.algorithm, DKIM_ED25519_SHA256);
	assert_int_equal(signature.header_canon, DKIM_RELAXED);
	assert_int_equal(signature.body_canon, DKIM_SIMPLE);
	assert_string_equal(signature.algorithm_text, "ed25519-sha256");
	assert_string_equal(signature.domain, "example.org");
	assert_string_equal(signature.selector, "Sel");
	assert_string_equal(signature.identity, "Joe@mail.example.org");
	assert_string_equal(signature.start, "abcdefgh");
	assert_string_equal(signature.fields, "from:to:from");
	assert_int_equal(signature.name_count, 3);
	assert_true(str_is(signature.names[1], "to"));
	assert_int_equal(signature.body_hash.len, 32);
	assert_true(signature.is_identity_below);
	assert_true(signature.has_length);
	assert_int_equal(signature.length, 12);
	assert_int_equal(signature.time_s, 77);
}

static void
without_i_it_is_the_domain(void **state)
{
	struct dkim_signature signature;
	enum result result;
	const char *reason;

	assert_int_equal(dkim_signature_parse(*state, STR(BASE), NOW_S, SKEW_S,
	    &signature, &result, &reason), 0);
	assert_string_equal(signature.identity, "@example.org");
	assert_false(signature.is_identity_below);
	assert_int_equal(signature.header_canon, DKIM_SIMPLE);
	assert_int_equal(signature.body_canon, DKIM_SIMPLE);
	assert_false(signature.has_length);
}

/* Results are shown with what the signature says of itself. */
static void
a_bad_one_tells_what_it_can(void **state)
{
	struct dkim_signature signature;
	enum result result;
	const char *reason;

	assert_int_equal(dkim_signature_parse(*state, STR("v=1; a=foo; "
	    "d=example.org"), NOW_S, SKEW_S, &signature, &result, &reason),
	    -1);
	assert_string_equal(signature.domain, "example.org");
	assert_string_equal(signature.algorithm_text, "foo");
	assert_string_equal(signature.selector, "");
	assert_string_equal(signature.start, "");
	assert_int_equal(dkim_signature_parse(*state, STR("v"), NOW_S, SKEW_S,
	    &signature, &result, &reason), -1);
	assert_string_equal(signature.domain, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(signatures_are_judged),
		ARENA_TEST(all_of_it_can_be_read),
		ARENA_TEST(without_i_it_is_the_domain),
		ARENA_TEST(a_bad_one_tells_what_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
