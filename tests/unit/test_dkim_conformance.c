/* SPDX-License-Identifier: ISC */
/* test_dkim_conformance.c - signatures of others, judged as others judged them.
 *
 * Five sets of signed messages, each with what two other verifiers said of each
 * signature, and one of them with its own expectations. Where both verifiers
 * agree, we must say the same; where they do not, a row below says what the RFC
 * decides. Not decisive, and counted apart, are signatures that today's RFCs
 * do not know any more: they must get the result that says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "fixture.h"

/* The verifiers were asked in 2026: after every x= in the sets. */
#define VERIFIERS_CLOCK_S INT64_C(1790000000)

/* What the RFC says where the verifiers differ, or both are wrong. */
static const struct ruling {
	const char *file;	/* its last part */
	size_t signature;	/* 0 on top */
	enum result result;
	const char *why;
} rulings[] = {
	{ "added_header-from.eml", 0, RESULT_PASS,
	    "h= names From once: the lower one (RFC 6376 5.4.2)" },
	{ "flags_s-auid_is_subdomain_of_sdid.eml", 0, RESULT_PERMERROR,
	    "t=s forbids i= below d= (RFC 6376 3.6.1)" },
	{ "Fastmail from Amazon - Verify your new Amazon account.eml", 1,
	    RESULT_PERMERROR, "no key (RFC 6376 6.1.2)" },
	{ "rfc6376-A.2-ill_formed-missing_v.eml", 0, RESULT_PERMERROR,
	    "v= is required (RFC 6376 3.5)" },
	{ "rfc8463-A.3-key_algo_mismatch.eml", 0, RESULT_PERMERROR,
	    "k= does not fit a= (RFC 6376 6.1.2)" },
	{ "rfc8463-A.3-key_algo_mismatch.eml", 1, RESULT_PERMERROR,
	    "k= does not fit a= (RFC 6376 6.1.2)" },
	{ "message.mbox", 0, RESULT_PERMERROR, "no key (RFC 6376 6.1.2)" },
	{ "verifiedRawRSAMailString.eml", 0, RESULT_PASS,
	    "p= is an RSAPublicKey (RFC 6376 3.6.1)" },
	{ "badkey1_ed25519.txt", 0, RESULT_PERMERROR,
	    "p= is the bare key, 32 bytes (RFC 8463 4)" },
	{ "badkey4_ed25519.txt", 0, RESULT_PERMERROR,
	    "no key (RFC 6376 6.1.2)" },
	{ "badkey5_ed25519.txt", 0, RESULT_PERMERROR,
	    "an empty record (RFC 6376 6.1.2)" },
};

enum apart { DECISIVE, OLD_DRAFT, RSA_SHA1, DOMAINKEYS, ADD_ON, APART_COUNT };

static const char *const apart_words[APART_COUNT] = {
	[OLD_DRAFT] = "of drafts before RFC 4871 (v= missing or 0.5: "
	    "permerror)",
	[RSA_SHA1] = "rsa-sha1 (RFC 8301: policy)",
	[DOMAINKEYS] = "DomainKeys (RFC 4870 is historic: not signed)",
	[ADD_ON] = "an add-on's policy against fields that were added (RFC: "
	    "pass)",
};

/* A set, and how many signatures of each kind it has: one less that is looked
 * at fails the test. */
struct set {
	const char *name;
	size_t counts[APART_COUNT];
};

static const struct set sets[] = {
	{ "dkim_verifier-lieser", { 58 } },
	{ "mail-dkim-perl", { 13, 34, 21, 17 } },
	{ "dkimpy", { 5 } },
	{ "go-msgauth", { 8 } },
	{ "mailauth", { 2 } },
};

struct judge {
	struct arena *arena;
	const struct set *set;
	size_t counts[APART_COUNT];
	size_t wrong;
	struct str zone;
};

static struct str
read_data(struct judge *judge, const char *path)
{
	const char *full = dkim_data_path(judge->arena, arena_printf(
	    judge->arena, "dkim/%s/%s", judge->set->name, path));
	struct str text = full != NULL ? dkim_file_read(judge->arena, full)
	    : str_of(NULL, 0);

	if (text.data == NULL)
		fail_msg("dkim/%s/%s cannot be read", judge->set->name, path);
	return text;
}

/* Their zones are name TAB text; skipped: the name that a case replaces. */
static struct str
read_zone(struct judge *judge, struct str skipped)
{
	struct str rest = read_data(judge, "zone.tsv"), line, name;
	struct buf zone;

	buf_init(&zone, judge->arena);
	buf_add_text(&zone, "");
	while (str_cut(&rest, '\n', &line)) {
		str_cut(&line, '\t', &name);
		if (name.len == 0 || str_eq(name, skipped))
			continue;
		if (str_is(line, "TIMEOUT") || str_is(line, "SERVFAIL"))
			buf_printf(&zone, "%.*s\tTXT\t!%.*s\n", STR_ARG(name),
			    STR_ARG(line));
		else
			dkim_zone_add(&zone, name, str_is(line, "\"\"")
			    ? STR("") : line);
	}
	return buf_str(&zone);
}

/* The value of a tag in a signature, found without the code under test. */
static struct str
find_tag(struct arena *arena, struct str value, const char *name)
{
	char *packed = arena_alloc(arena, value.len + 1);
	struct str rest = str_of(packed, 0), piece, tag;

	for (size_t i = 0; i < value.len; i++)
		if (!char_is_space(value.data[i]))
			packed[rest.len++] = value.data[i];
	while (str_cut(&rest, ';', &piece)) {
		str_cut(&piece, '=', &tag);
		if (str_is(tag, name))
			return piece;
	}
	return STR("");
}

/* Is this signature one that today's RFCs do not know? */
static enum apart
classify(struct judge *judge, const struct dkim_message *message, size_t i)
{
	const struct header *field = NULL;
	size_t at = 0;
	struct str v;

	for (size_t n = 0; n <= i; n++)
		field = header_next(&message->headers, "DKIM-Signature", &at);
	if (field == NULL)
		return header_count(&message->headers,
		    "DomainKey-Signature") != 0 ? DOMAINKEYS : DECISIVE;
	v = find_tag(judge->arena, field->value, "v");
	if ((v.len == 0 && strcmp(judge->set->name, "mail-dkim-perl") == 0) ||
	    str_is(v, "0.5"))
		return OLD_DRAFT;
	return str_is(find_tag(judge->arena, field->value, "a"), "rsa-sha1")
	    ? RSA_SHA1 : DECISIVE;
}

static const char *
last_part(struct arena *arena, struct str path)
{
	return str_dup(arena, str_from_pos(path,
	    (size_t)(str_find_last(path, '/') + 1)));
}

/* RESULT_SOFTFAIL, which DKIM does not have, stands for "no opinion". */
static enum result
read_opinion(struct str text)
{
	text = str_trim(text);
	if (str_is(text, "pass"))
		return RESULT_PASS;
	if (str_is(text, "none") || text.len == 0)
		return RESULT_NONE;
	if (str_has_prefix_nocase(text, STR("fail")))
		return RESULT_FAIL;
	if (str_has_prefix_nocase(text,
	    STR("invalid (unsupported algorithm ed25519")))
		return RESULT_SOFTFAIL;
	return str_has_prefix_nocase(text, STR("invalid")) ? RESULT_PERMERROR
	    : RESULT_SOFTFAIL;
}

static void
complain(struct judge *judge, struct str file, size_t i, const char *got,
    const char *wanted)
{
	judge->wrong++;
	print_error("%s/%.*s, signature %zu: %s, not %s\n", judge->set->name,
	    STR_ARG(file), i + 1, got, wanted);
}

static enum result
result_at(const struct dkim_verdicts *verdicts, size_t i)
{
	return i < verdicts->count ? verdicts->verdicts[i].result
	    : RESULT_NONE;
}

static void
judge_signature(struct judge *judge, struct str file, size_t i,
    const struct dkim_message *message, const struct dkim_verdicts *verdicts,
    enum result first, enum result second)
{
	static const enum result wanted_apart[APART_COUNT] = {
		[OLD_DRAFT] = RESULT_PERMERROR, [RSA_SHA1] = RESULT_POLICY,
		[DOMAINKEYS] = RESULT_NONE };
	enum apart apart = classify(judge, message, i);
	enum result got = result_at(verdicts, i);
	enum result wanted = first == RESULT_SOFTFAIL ? second : first;
	const char *name = last_part(judge->arena, file);

	/* Whoever refuses it for another reason is right as well. */
	if (apart == RSA_SHA1 && first == RESULT_PERMERROR && second == first &&
	    got == RESULT_PERMERROR)
		apart = DECISIVE;
	judge->counts[apart]++;
	if (apart != DECISIVE)
		wanted = wanted_apart[apart];
	else if (first != second && first != RESULT_SOFTFAIL &&
	    second != RESULT_SOFTFAIL)
		wanted = RESULT_SOFTFAIL;
	for (size_t r = 0; r < ARRAY_LEN(rulings); r++)
		if (strcmp(rulings[r].file, name) == 0 &&
		    rulings[r].signature == i)
			wanted = rulings[r].result;
	if (got != wanted)
		complain(judge, file, i, result_text(got),
		    wanted == RESULT_SOFTFAIL ? "what no rule here decides"
		    : result_text(wanted));
}

/* "pass | fail(bodyhash)": the opinion on signature i. */
static enum result
opinion_at(struct str opinions, size_t i)
{
	struct str piece = STR("");

	for (size_t n = 0; n <= i; n++)
		if (!str_cut(&opinions, '|', &piece))
			return RESULT_SOFTFAIL;
	return read_opinion(piece);
}

static void
judge_oracle_line(struct judge *judge, struct str line)
{
	struct str file, first;
	const struct dkim_message *message;
	const struct dkim_verdicts *verdicts;

	str_cut(&line, '\t', &file);
	str_cut(&line, '\t', &first);
	message = dkim_message_read(judge->arena, read_data(judge,
	    str_dup(judge->arena, file)));
	verdicts = dkim_verify_with(judge->arena, message, judge->zone,
	    VERIFIERS_CLOCK_S, &dkim_usual);
	if (verdicts->count == 0)
		judge_signature(judge, file, 0, message, verdicts,
		    opinion_at(first, 0), opinion_at(line, 0));
	for (size_t i = 0; i < verdicts->count; i++)
		judge_signature(judge, file, i, message, verdicts,
		    opinion_at(first, i), opinion_at(line, i));
}

static void
print_apart(const struct judge *judge)
{
	const char *before = "; apart: ";

	for (size_t i = 1; i < APART_COUNT; i++) {
		if (judge->counts[i] == 0)
			continue;
		printf("%s%zu %s", before, judge->counts[i], apart_words[i]);
		before = ", ";
	}
	printf("\n");
}

static void
others_say_the_same(void **state)
{
	size_t wrong = 0;

	if (dkim_data_path(*state, "dkim") == NULL)
		skip();
	for (size_t s = 0; s < ARRAY_LEN(sets); s++) {
		struct judge judge = { .arena = *state, .set = &sets[s] };
		struct str rest, line;

		judge.zone = read_zone(&judge, STR(""));
		rest = read_data(&judge, "expected-oracles.tsv");
		str_cut(&rest, '\n', &line);
		while (str_cut(&rest, '\n', &line))
			if (line.len != 0)
				judge_oracle_line(&judge, line);
		printf("counted: %s: %zu of %zu decisive", sets[s].name,
		    judge.counts[DECISIVE] - judge.wrong,
		    judge.counts[DECISIVE]);
		print_apart(&judge);
		if (memcmp(judge.counts, sets[s].counts,
		    sizeof(judge.counts)) != 0) {
			print_error("%s: not as many of each kind as it has\n",
			    sets[s].name);
			wrong++;
		}
		wrong += judge.wrong;
	}
	assert_int_equal(wrong, 0);
}

/* The time at which a message was under way: the newest t= of its signatures.
 * Some are valid for a day only. */
static int64_t
clock_of(struct arena *arena, const struct dkim_message *message)
{
	const struct header *field;
	int64_t newest_s = 0;
	size_t at = 0;

	while ((field = header_next(&message->headers, "DKIM-Signature",
	    &at)) != NULL) {
		uint64_t time_s;

		if (str_to_u64(find_tag(arena, field->value, "t"), INT32_MAX,
		    &time_s) == 0 && (int64_t)time_s > newest_s)
			newest_s = (int64_t)time_s;
	}
	return newest_s != 0 ? newest_s : VERIFIERS_CLOCK_S;
}

/* Of their errors, two are about what was signed; the rest are about the
 * signature or the key. */
static enum result
read_upstream(struct str result, struct str error)
{
	if (!str_is(result, "PERMFAIL"))
		return RESULT_PASS;
	if (str_is(error, "DKIM_SIGERROR_CORRUPT_BH") ||
	    str_is(error, "DKIM_SIGERROR_BADSIG"))
		return RESULT_FAIL;
	return RESULT_PERMERROR;
}

/* file, test, "0:SUCCESS 1:PERMFAIL", errors, warnings, "name TXT record" */
static void
judge_upstream_line(struct judge *judge, struct str line)
{
	struct str columns[6] = { { NULL, 0 } }, record, name, result, error;
	const struct dkim_message *message;
	const struct dkim_verdicts *verdicts;
	bool is_add_on;
	struct buf zone;
	size_t i = 0;

	while (i < ARRAY_LEN(columns) && str_cut(&line, '\t', &columns[i]))
		i++;
	record = columns[5];
	str_cut(&record, ' ', &name);
	buf_init(&zone, judge->arena);
	buf_add_str(&zone, read_zone(judge, name));
	if (name.len != 0)
		dkim_zone_add(&zone, name, str_from_pos(record,
		    strlen("TXT ")));
	message = dkim_message_read(judge->arena, read_data(judge,
	    arena_printf(judge->arena, "test/data/%.*s",
	    STR_ARG(columns[0]))));
	verdicts = dkim_verify_with(judge->arena, message, buf_str(&zone),
	    clock_of(judge->arena, message), &dkim_usual);
	is_add_on = str_has_prefix_nocase(columns[3],
	    STR("DKIM_POLICYERROR_"));
	for (i = 0; str_cut(&columns[2], ' ', &result); i++) {
		enum result got = result_at(verdicts, i), wanted;

		str_cut(&columns[3], ' ', &error);
		str_cut(&result, ':', &name);
		wanted = is_add_on ? RESULT_PASS
		    : read_upstream(result, error);
		judge->counts[is_add_on ? ADD_ON : DECISIVE]++;
		if (got != wanted)
			complain(judge, columns[1], i, result_text(got),
			    result_text(wanted));
	}
}

static void
an_add_on_of_a_mail_program_says_the_same(void **state)
{
	struct judge judge = { .arena = *state, .set = &sets[0] };
	size_t lines = 0;
	struct str rest, line;

	if (dkim_data_path(*state, "dkim") == NULL)
		skip();
	rest = read_data(&judge, "expected-upstream.tsv");
	str_cut(&rest, '\n', &line);
	while (str_cut(&rest, '\n', &line)) {
		if (line.len == 0)
			continue;
		judge_upstream_line(&judge, line);
		lines++;
	}
	printf("counted: dkim_verifier-lieser, its own %zu cases: %zu of %zu "
	    "signatures decisive; apart: %zu %s\n", lines,
	    judge.counts[DECISIVE] - judge.wrong, judge.counts[DECISIVE],
	    judge.counts[ADD_ON], apart_words[ADD_ON]);
	assert_int_equal(lines, 35);
	assert_int_equal(judge.wrong, 0);
}

/* Real newsletters, two of them with x= a day after t=. The zone lacks the key
 * of their second signature. */
static void
real_mail_passes_at_its_own_time(void **state)
{
	static const struct {
		const char *file;
		enum result first, second;
	} cases[] = {
		{ "Fastmail from Fastmail - How to keep your email "
		    "private.eml", RESULT_PASS, RESULT_PERMERROR },
		{ "Fastmail from Fastmail - Welcome! Get set up in 3 "
		    "steps..eml", RESULT_PASS, RESULT_PERMERROR },
		{ "Fastmail from CNN - Thanks for subscribing to 5 "
		    "Things.eml", RESULT_PASS, RESULT_NONE },
		{ "Fastmail from CNN - Welcome to CNN Breaking News.eml",
		    RESULT_PASS, RESULT_NONE },
	};
	struct judge judge = { .arena = *state, .set = &sets[0] };

	if (dkim_data_path(*state, "dkim") == NULL)
		skip();
	judge.zone = read_zone(&judge, STR(""));
	for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
		const struct dkim_message *message = dkim_message_read(*state,
		    read_data(&judge, arena_printf(*state,
		    "test/data/original/%s", cases[c].file)));
		const struct dkim_verdicts *verdicts = dkim_verify_with(*state,
		    message, judge.zone, clock_of(*state, message),
		    &dkim_usual);

		assert_int_equal(result_at(verdicts, 0), cases[c].first);
		assert_int_equal(result_at(verdicts, 1), cases[c].second);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(others_say_the_same),
		ARENA_TEST(an_add_on_of_a_mail_program_says_the_same),
		ARENA_TEST(real_mail_passes_at_its_own_time),
	};
	struct arena *arena = arena_new(0);

	if (dkim_data_path(arena, "dkim") == NULL)
		printf("skipped: DKIM conformance: no test data of others in "
		    "$MAILREEVE_DATA or ../shared/data\n");
	arena_free(&arena);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
