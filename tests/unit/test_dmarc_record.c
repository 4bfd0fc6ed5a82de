/* SPDX-License-Identifier: ISC */
/* test_dmarc_record.c - DMARC policy records (RFC 9989 4.7, 4.8, 4.10.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dmarc_record.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns.h"
#include "fixture.h"

#define RUA "rua=mailto:d@example.org"

/* What a record says, as one line: the three policies, then what is not the
 * default. */
static const char *
say(struct arena *arena, const struct dmarc_record *record)
{
	static const char *const psd[] = { "", " psd=y", " psd=n" };

	return arena_printf(arena, "%s %s %s%s%s%s%s%s%s%s",
	    dmarc_policy_text(record->policy),
	    dmarc_policy_text(record->subdomain_policy),
	    dmarc_policy_text(record->missing_policy),
	    record->is_dkim_strict ? " adkim=s" : "",
	    record->is_spf_strict ? " aspf=s" : "",
	    record->is_test ? " t=y" : "", psd[record->psd],
	    record->rua.data != NULL ? " rua" : "",
	    record->ruf.data != NULL ? " ruf" : "",
	    record->fo.data != NULL ? " fo" : "");
}

struct record_case {
	const char *sentence, *text;
	const char *says;	/* NULL: it is refused */
	const char *reason;	/* the defect, or why it is refused */
};

static void
check(struct arena *arena, const struct record_case *c, struct str text)
{
	struct dmarc_record record;
	const char *error = NULL;
	bool is_dmarc = false;
	int status = dmarc_record_parse(arena, text, &record, &is_dmarc,
	    &error);

	if ((status == 0) != (c->says != NULL))
		fail_msg("%s: %s", c->sentence, status == 0 ? "accepted" :
		    error);
	if (status == 0 && strcmp(say(arena, &record), c->says) != 0)
		fail_msg("%s: %s", c->sentence, say(arena, &record));
	if (status == 0)
		error = record.defect;
	if ((error == NULL) != (c->reason == NULL) ||
	    (error != NULL && strcmp(error, c->reason) != 0))
		fail_msg("%s: %s", c->sentence, error);
	if (is_dmarc != (c->says != NULL || strcmp(c->reason,
	    "it does not begin with v=DMARC1") != 0))
		fail_msg("%s: is it DMARC?", c->sentence);
}

static const struct record_case valid[] = {
	{ "4.7: p= is all that is needed", "v=DMARC1; p=reject",
	    "reject reject reject", NULL },
	{ "4.8: no white space", "v=DMARC1;p=quarantine",
	    "quarantine quarantine quarantine", NULL },
	{ "4.8: white space everywhere", "v\t=  DMARC1 \t; p  =\treject ;",
	    "reject reject reject", NULL },
	{ "4.7: sp= for subdomains, and for those that are missing",
	    "v=DMARC1; p=reject; sp=none", "reject none none", NULL },
	{ "4.7: np= for those that are missing",
	    "v=DMARC1; p=none; np=reject", "none none reject", NULL },
	{ "4.7: all three", "v=DMARC1; p=none; sp=quarantine; np=reject",
	    "none quarantine reject", NULL },
	{ "4.7: p= need not be the second", "v=DMARC1; np=none; sp=reject; "
	    "aspf=s; p=quarantine", "quarantine reject none aspf=s", NULL },
	{ "4.8: names and words have no case, DMARC1 has",
	    "V=DMARC1; P=Reject; ADKIM=S; T=Y; PSD=N",
	    "reject reject reject adkim=s t=y psd=n", NULL },
	{ "4.7: every tag", "v=DMARC1; p=none; adkim=s; aspf=s; t=y; psd=y; "
	    RUA "; ruf=mailto:f@example.org; fo=1:d:s",
	    "none none none adkim=s aspf=s t=y psd=y rua ruf fo", NULL },
	{ "4.7: the defaults, said", "v=DMARC1; p=none; adkim=r; aspf=r; "
	    "t=n; psd=u", "none none none", NULL },
	{ "4.8: unknown values give the defaults", "v=DMARC1; p=reject; "
	    "adkim=x; aspf=ss; t=maybe; psd=yes", "reject reject reject",
	    NULL },
	{ "4.8: empty values give the defaults",
	    "v=DMARC1; p=reject; adkim=; rua=; fo=; psd=",
	    "reject reject reject", NULL },
	{ "4.7: unknown tags, even twice", "v=DMARC1; x=1; p=reject; x=2; "
	    "y1=3; =4", "reject reject reject", NULL },
	{ "A.6: pct=, rf= and ri= are history",
	    "v=DMARC1; p=reject; pct=0; rf=afrf; ri=86400; pct=x",
	    "reject reject reject", NULL },
	{ "4.8: what is no tag is passed over", "v=DMARC1; p=reject; bogus;;",
	    "reject reject reject", NULL },
	{ "4.8: a byte that cannot stand there spoils its tag alone",
	    "v=DMARC1; p=reject; adkim=s\x01; rua=mailto:\xc3\xa9@b.example; "
	    "aspf=s", "reject reject reject aspf=s", NULL },
	{ "4.8: a line break at the end", "v=DMARC1; p=reject\r\n",
	    "reject reject reject", NULL },
};

static const struct record_case defective[] = {
	{ "4.10.1: no p=, but reports are wanted", "v=DMARC1; adkim=s; " RUA,
	    "none none none adkim=s rua", "p= is missing" },
	{ "4.10.1: a bad p=", "v=DMARC1; p=rejct; sp=reject; " RUA,
	    "none none none rua", "p= is no policy" },
	{ "4.10.1: abbreviations are no policies", "v=DMARC1; p=r; " RUA,
	    "none none none rua", "p= is no policy" },
	{ "4.10.1: an empty p=", "v=DMARC1; p=; " RUA,
	    "none none none rua", "p= is no policy" },
	{ "4.10.1: a bad sp=", "v=DMARC1; p=reject; sp=invalid; " RUA,
	    "none none none rua", "sp= is no policy" },
	{ "4.10.1: a bad np=", "v=DMARC1; p=reject; np=NXDOMAIN; " RUA,
	    "none none none rua", "np= is no policy" },
	{ "4.10.1: p= with a control byte", "v=DMARC1; p=rej\x07" "ect; " RUA,
	    "none none none rua", "p= is no policy" },
	{ "4.10.1: one usable URI of three", "v=DMARC1; "
	    "rua=bogus,mailto:,mailto:a@b.example", "none none none rua",
	    "p= is missing" },
	{ "4.7: any scheme will do", "v=DMARC1; rua=https://r.example/d?x=1",
	    "none none none rua", "p= is missing" },
	{ "4.8: the size of RFC 7489", "v=DMARC1; rua=mailto:a@b.example!10M",
	    "none none none rua", "p= is missing" },
};

#define BAD_URI(sentence, uri) \
	{ sentence, "v=DMARC1; rua=" uri, NULL, "p= is missing" }
#define NOT_DMARC(sentence, text) \
	{ sentence, text, NULL, "it does not begin with v=DMARC1" }

static const struct record_case refused[] = {
	NOT_DMARC("nothing", ""),
	NOT_DMARC("a record of another kind", "v=spf1 -all"),
	NOT_DMARC("4.7: no version", "p=reject"),
	NOT_DMARC("4.7: no value", "v="),
	NOT_DMARC("4.7: the version not first", "p=reject; v=DMARC1"),
	NOT_DMARC("4.7: the version behind an empty tag",
	    "; v=DMARC1; p=reject"),
	NOT_DMARC("4.8: white space before it", " v=DMARC1; p=reject"),
	NOT_DMARC("4.7: the version in other case", "v=dmarc1; p=reject"),
	NOT_DMARC("4.7: another version", "v=DMARC12; p=reject"),
	NOT_DMARC("4.7: half of it", "v=DMARC; p=reject"),
	NOT_DMARC("4.8: no semicolon", "v=DMARC1 p=reject"),
	NOT_DMARC("4.7: another tag", "version=DMARC1; p=reject"),
	NOT_DMARC("4.8: a quotation mark before it", "\"v=DMARC1; p=reject"),
	NOT_DMARC("8-bit bytes in the version", "v=DMARC1\xc2\xa0; p=reject"),
	{ "4.10.1: the version alone", "v=DMARC1", NULL, "p= is missing" },
	{ "4.10.1: and semicolons", "v=DMARC1;;", NULL, "p= is missing" },
	{ "4.10.1: no p=, no rua=", "v=DMARC1; adkim=s", NULL,
	    "p= is missing" },
	{ "4.10.1: a bad p=, no rua=", "v=DMARC1; p=badvalue", NULL,
	    "p= is no policy" },
	{ "4.10.1: a bad sp=, no rua=", "v=DMARC1; p=reject; sp=", NULL,
	    "sp= is no policy" },
	{ "4.10.1: a bad np=, no rua=", "v=DMARC1; p=reject; np=x", NULL,
	    "np= is no policy" },
	{ "RFC 6376 3.2: p= twice", "v=DMARC1; p=none; p=reject; " RUA, NULL,
	    "p= occurs twice" },
	{ "RFC 6376 3.2: twice the same", "v=DMARC1; p=none; P=none", NULL,
	    "p= occurs twice" },
	{ "RFC 6376 3.2: the version twice", "v=DMARC1; v=DMARC1; p=none",
	    NULL, "v= occurs twice" },
	{ "RFC 6376 3.2: an empty one and another",
	    "v=DMARC1; p=none; rua=; " RUA, NULL, "rua= occurs twice" },
	BAD_URI("an empty list", ""),
	BAD_URI("commas", ",,"),
	BAD_URI("no scheme", "bogus"),
	BAD_URI("an empty scheme", ":a@b.example"),
	BAD_URI("a scheme that begins with a digit", "1x:a@b.example"),
	BAD_URI("mailto: to nobody", "mailto:"),
	BAD_URI("mailto: without \"@\"", "mailto:postmaster"),
	BAD_URI("mailto: without local part", "mailto:@b.example"),
	BAD_URI("a blank inside", "mailto:a b@b.example"),
	BAD_URI("angle brackets", "<mailto:a@b.example>"),
	BAD_URI("4.8: a size without digits", "mailto:a@b.example!"),
	BAD_URI("4.8: a size of an unknown unit", "mailto:a@b.example!10p"),
	BAD_URI("4.8: a size of a unit alone", "mailto:a@b.example!k"),
	BAD_URI("4.8: two sizes", "mailto:a@b.example!1k!2k"),
	BAD_URI("a size that no number holds", "mailto:a@b.example!"
	    "99999999999999999999999999"),
};

static void
check_table(struct arena *arena, const struct record_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(arena, &cases[i], str_from(cases[i].text));
}

static void
valid_records_are_read(void **state)
{
	check_table(*state, valid, ARRAY_LEN(valid));
}

static void
defective_records_want_nothing(void **state)
{
	check_table(*state, defective, ARRAY_LEN(defective));
}

static void
other_records_are_refused(void **state)
{
	check_table(*state, refused, ARRAY_LEN(refused));
}

/* No byte but white space may stand at the places that matter, NUL neither. */
static void
every_byte_is_judged(void **state)
{
	struct arena *arena = *state;

	for (int c = 0; c < 256; c++) {
		char version[] = "v=DMARC1?; p=reject";
		char policy[] = "v=DMARC1; p=reject?; aspf=s";
		struct dmarc_record record;
		const char *error;
		bool is_dmarc, is_space = char_is_space((char)c);

		version[8] = (char)c;
		policy[18] = (char)c;
		dmarc_record_parse(arena, str_of(version, sizeof(version) - 1),
		    &record, &is_dmarc, &error);
		assert_int_equal(is_dmarc, is_space || c == ';');
		assert_int_equal(dmarc_record_parse(arena, str_of(policy,
		    sizeof(policy) - 1), &record, &is_dmarc, &error),
		    is_space || c == ';' ? 0 : -1);
		assert_true(is_dmarc);
		assert_true(record.is_spf_strict);
	}
}

/* 100 KB and more are read to their end, at no cost in memory. */
static void
large_records_are_read(void **state)
{
	struct arena *arena = *state;
	static const struct {
		const char *sentence, *piece;
		const char *says;
	} cases[] = {
		{ "tags that nobody knows", " n=v;", "none none none aspf=s" },
		{ "semicolons", ";", "none none none aspf=s" },
		{ "no tags", "p", "none none none aspf=s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct record_case c = { cases[i].sentence, NULL,
			cases[i].says, NULL };
		struct str many = fixture_repeat(arena, cases[i].piece,
		    200000 / strlen(cases[i].piece));
		struct str text = str_from(arena_printf(arena,
		    "v=DMARC1; p=none; %.*s; aspf=s", STR_ARG(many)));
		size_t before = arena_size(arena);
		struct dmarc_record record;
		const char *error;
		bool is_dmarc;

		assert_int_equal(dmarc_record_parse(arena, text, &record,
		    &is_dmarc, &error), 0);
		assert_int_equal(arena_size(arena), before);
		check(arena, &c, text);
	}
}

static void
values_stand_as_they_came(void **state)
{
	struct dmarc_record record;
	const char *error;
	bool is_dmarc;

	assert_int_equal(dmarc_record_parse(*state, STR("v=DMARC1; p=none; "
	    "rua = mailto:DMARC@Example.ORG ,\tmailto:b@example.org!10m ; "
	    "fo=1:d"), &record, &is_dmarc, &error), 0);
	assert_true(str_is(record.rua,
	    "mailto:DMARC@Example.ORG ,\tmailto:b@example.org!10m"));
	assert_true(str_is(record.fo, "1:d"));
	assert_null(record.ruf.data);
}

/* Of a record that cannot be applied, psd= still counts. */
static void
psd_stands_without_a_policy(void **state)
{
	struct dmarc_record record;
	const char *error;
	bool is_dmarc;

	assert_int_equal(dmarc_record_parse(*state, STR("v=DMARC1; psd=n"),
	    &record, &is_dmarc, &error), -1);
	assert_int_equal(record.psd, DMARC_PSD_NO);
	assert_int_equal(dmarc_record_parse(*state, STR("v=DMARC1; psd=n; "
	    "p=none; p=none"), &record, &is_dmarc, &error), -1);
	assert_int_equal(record.psd, DMARC_PSD_UNKNOWN);
}

/* What the DNS may answer; records are separated by '|'. */
static const struct {
	const char *sentence;
	enum dns_status status;
	const char *records;
	enum dmarc_find find;
	const char *reason;
} answers[] = {
	{ "one record", DNS_FOUND, "v=DMARC1; p=reject", DMARC_FIND_ONE,
	    NULL },
	{ "4.10 step 2: others beside it are discarded", DNS_FOUND,
	    "v=spf1 -all|v=DMARC1; p=reject|v=dmarc1; p=none|",
	    DMARC_FIND_ONE, NULL },
	{ "4.10 step 2: two are discarded", DNS_FOUND,
	    "v=DMARC1; p=reject|v=DMARC1; p=none", DMARC_FIND_MANY,
	    "several DMARC records" },
	{ "4.10 step 2: two, and one of them could be applied", DNS_FOUND,
	    "v=DMARC1|v=DMARC1; p=none", DMARC_FIND_MANY,
	    "several DMARC records" },
	{ "4.10.1: one that cannot be applied", DNS_FOUND,
	    "v=DMARC1; p=x|other", DMARC_FIND_BAD, "p= is no policy" },
	{ "a wildcard", DNS_FOUND, "v=spf1 -all|google-site", DMARC_FIND_NONE,
	    NULL },
	{ "no such record", DNS_NODATA, NULL, DMARC_FIND_NONE, NULL },
	{ "no such name", DNS_NXDOMAIN, NULL, DMARC_FIND_NONE, NULL },
	{ "the server fails", DNS_SERVFAIL, NULL, DMARC_FIND_FAULT, "lame" },
	{ "the server is silent", DNS_TIMEOUT, NULL, DMARC_FIND_FAULT,
	    "lame" },
};

static void
answers_are_judged(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct dns_record records[4];
		struct dns_answer answer = { .status = answers[i].status,
			.error = "lame", .records = records };
		struct str rest = str_from(answers[i].records), piece;
		struct dmarc_record record;
		const char *error = NULL;
		enum dmarc_find find;

		while (answers[i].records != NULL &&
		    str_cut(&rest, '|', &piece))
			records[answer.count++] = (struct dns_record){
				.data = piece };
		find = dmarc_record_find(*state, &answer, &record, &error);
		if (find != answers[i].find)
			fail_msg("%s: %d", answers[i].sentence, (int)find);
		if (answers[i].reason != NULL &&
		    strcmp(error, answers[i].reason) != 0)
			fail_msg("%s: %s", answers[i].sentence, error);
		if (find == DMARC_FIND_ONE)
			assert_int_equal(record.policy, DMARC_REJECT);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(valid_records_are_read),
		ARENA_TEST(defective_records_want_nothing),
		ARENA_TEST(other_records_are_refused),
		ARENA_TEST(every_byte_is_judged),
		ARENA_TEST(large_records_are_read),
		ARENA_TEST(values_stand_as_they_came),
		ARENA_TEST(psd_stands_without_a_policy),
		ARENA_TEST(answers_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
