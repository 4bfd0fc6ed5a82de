/* SPDX-License-Identifier: ISC */
/* test_rules_sa_read_stock.c - all rules that come with SpamAssassin: what
 * Mail::SpamAssassin itself holds of them, the draft holds as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "rules/caught.h"
#include "rules/draft.h"
#include "rules/sa_read.h"

#define RULES "/usr/share/spamassassin"
#define SITE "/etc/spamassassin"

/* A line for each test: name, type, four scores, flags, pattern (hexadecimal),
 * with "-" for nothing. */
static const char asker[] =
    "perl -MMail::SpamAssassin -e '"
    "my $s = Mail::SpamAssassin->new({ rules_filename => q{" RULES "},"
    " site_rules_filename => q{" SITE "}, local_tests_only => 1,"
    " dont_copy_prefs => 1, userprefs_filename => q{/dev/null},"
    " post_config_text => qq{allow_user_rules 1\\n} });"
    "$s->init(1); my $c = $s->{conf};"
    "for my $n (sort keys %{$c->{tests}}) {"
    " my $q = $c->{test_qrs}{$n};"
    " $q = defined $q ? Mail::SpamAssassin::Util::qr_to_string($q) : q{};"
    " $q =~ s/^(?:\\(\\?aa\\))+//;"
    " my $f = $c->{tflags}{$n} // q{}; $f =~ s/^\\s+|\\s+$//g;"
    " $f =~ s/\\s+/,/g;"
    " print join(q{ }, $n, $c->{test_types}{$n},"
    "  (map { $c->{scoreset}[$_]{$n} } 0..3), $f eq q{} ? q{-} : $f,"
    "  $q eq q{} ? q{-} : unpack(q{H*}, $q)), qq{\\n};"
    "}' 2>/dev/null";

/* Mail::SpamAssassin::Conf, $TYPE_... */
enum {
	HEAD_TESTS = 0x08, BODY_TESTS = 0x0a, FULL_TESTS = 0x0c,
	RAWBODY_TESTS = 0x0e, URI_TESTS = 0x10, META_TESTS = 0x12,
	EMPTY_TESTS = 0x14,
};

struct theirs {
	char name[128], flags[256];
	int type;
	double score[4];
	const char *pattern;	/* hexadecimal */
};

struct counts {
	size_t same, explained, unexplained;
};

static const struct draft *draft;
static struct map *noted;

/* --- a rule of theirs and ours ----------------------------------------------------- */

/* A pattern with %{NAME} is one in the end. */
static struct draft_test
as_pattern(const struct draft_test *test)
{
	struct draft_test pattern = *test;

	if (test->kind == DRAFT_CALL && str_is(test->call, "check_caught"))
		pattern = (struct draft_test){ .kind = DRAFT_PATTERN,
			.place.kind = (enum place_kind)place_find(
			*(struct str *)vec_at(&test->args, CAUGHT_PLACE)) };
	return pattern;
}

static bool
is_same_type(const struct theirs *theirs, const struct draft_test *ours)
{
	const struct draft_test pattern = as_pattern(ours), *test = &pattern;
	enum place_kind place = test->place.kind;

	switch (theirs->type) {
	case HEAD_TESTS:
		return (test->kind == DRAFT_PATTERN ||
		    test->kind == DRAFT_EXISTS) && place == PLACE_sa_header;
	case BODY_TESTS:
		return test->kind == DRAFT_PATTERN && place == PLACE_sa_body;
	case FULL_TESTS:
		return test->kind == DRAFT_PATTERN && place == PLACE_sa_full;
	case RAWBODY_TESTS:
		return test->kind == DRAFT_PATTERN && place == PLACE_sa_rawbody;
	case URI_TESTS:
		return test->kind == DRAFT_PATTERN && place == PLACE_sa_uri;
	case META_TESTS:
		return test->kind == DRAFT_META;
	case EMPTY_TESTS:
		return test->kind == DRAFT_NONE;
	}
	/* The others are calls; theirs of parts' fields is one too. */
	return test->kind == DRAFT_CALL || (test->kind == DRAFT_PATTERN &&
	    place == PLACE_sa_mimeheader);
}

static bool
has_flag(const struct theirs *theirs, const char *word)
{
	struct str rest = str_from(theirs->flags), piece;

	while (str_cut(&rest, ',', &piece))
		if (str_is(piece, word))
			return true;
	return false;
}

static unsigned
max_hits_of(const struct theirs *theirs)
{
	const char *at = strstr(theirs->flags, "maxhits=");

	return at != NULL ? (unsigned)atoi(at + 8) : 0;
}

static bool
has_same_flags(const struct theirs *theirs, const struct draft_rule *ours)
{
	static const struct {
		const char *word;
		unsigned flag;
	} flags[] = {
		{ "nice", RULE_NICE }, { "net", RULE_NET },
		{ "learn", RULE_LEARN }, { "userconf", RULE_USERCONF },
		{ "multiple", RULE_MULTIPLE },
		{ "noautolearn", RULE_NOAUTOLEARN },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		/* An expression has this one from what it names, when all
		 * rules are read; ours has it where its line says so. */
		if (flags[i].flag == RULE_NET && theirs->type == META_TESTS)
			continue;
		/* What asks DNS is one of those, whatever its line says. */
		if (flags[i].flag == RULE_NET && ours->test.kind == DRAFT_NONE)
			continue;
		if (has_flag(theirs, flags[i].word) !=
		    ((ours->flags & flags[i].flag) != 0))
			return false;
	}
	return max_hits_of(theirs) == ours->max_hits;
}

/* "(?i)abc" against "abc" with its flag, in hexadecimal digits. */
static bool
has_same_pattern(const struct theirs *theirs, const struct draft_test *test)
{
	const char *hex = theirs->pattern;
	size_t len;

	if (test->kind != DRAFT_PATTERN || *hex == '-' ||
	    test->place.kind == PLACE_sa_mimeheader)
		return true;
	if (test->pattern.flags != 0) {
		hex = strstr(hex, "29");
		if (hex == NULL)
			return false;
		hex += 2;
	}
	len = strcspn(hex, "\n");
	if (len != 2 * test->pattern.text.len)
		return false;
	for (size_t i = 0; i < test->pattern.text.len; i++) {
		char two[3];

		snprintf(two, sizeof(two), "%02x",
		    (unsigned char)test->pattern.text.data[i]);
		if (memcmp(two, hex + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

static bool
has_same_scores(const struct theirs *theirs, const struct draft_rule *ours)
{
	for (size_t i = 0; i < 4; i++)
		if (theirs->score[i] < ours->score[i] - 1e-9 ||
		    theirs->score[i] > ours->score[i] + 1e-9)
			return false;
	return true;
}

static void
compare(const struct theirs *theirs, struct counts *counts)
{
	const struct draft_rule *ours = draft_find(draft,
	    str_from(theirs->name));
	const char *what = NULL;

	if (ours == NULL)
		what = "absent";
	else if (!is_same_type(theirs, &ours->test))
		what = "of another type";
	else if (!has_same_scores(theirs, ours))
		what = "of other scores";
	else if (!has_same_flags(theirs, ours))
		what = "of other flags";
	else if (!has_same_pattern(theirs, &ours->test))
		what = "of another pattern";
	if (what == NULL)
		counts->same++;
	else if (map_find(noted, str_from(theirs->name)) != NULL &&
	    (ours == NULL || ours->test.kind == DRAFT_NONE))
		counts->explained++;
	else {
		counts->unexplained++;
		printf("%s: %s\n", theirs->name, what);
	}
}

/* --- all of them ---------------------------------------------------------------------- */

static bool
read_theirs(char *line, struct theirs *theirs)
{
	int at = 0;

	if (sscanf(line, "%127s %d %lf %lf %lf %lf %255s %n", theirs->name,
	    &theirs->type, &theirs->score[0], &theirs->score[1],
	    &theirs->score[2], &theirs->score[3], theirs->flags, &at) != 7)
		return false;
	theirs->pattern = line + at;
	return true;
}

static void
read_ours(struct arena *arena)
{
	struct draft *read = draft_new(arena);
	const char *error, *paths[] = { RULES, SITE };

	assert_int_equal(sa_read_paths(read, paths, ARRAY_LEN(paths), &error),
	    0);
	sa_finish(read);
	draft = read;
	noted = map_new(arena);
	for (size_t i = 0; i < read->notes.len; i++) {
		struct draft_note *note = vec_at(&read->notes, i);

		if (note->rule.len != 0)
			map_put(noted, note->rule, note);
		if (note->kind == DRAFT_ERROR)
			fail_msg("%s:%zu: %.*s: %s", note->origin.file,
			    note->origin.line, STR_ARG(note->rule),
			    note->reason);
	}
}

static size_t
count_ours_alone(const struct map *theirs)
{
	size_t alone = 0;

	for (size_t i = 0; i < draft->rules.len; i++) {
		const struct draft_rule *rule =
		    *(struct draft_rule **)vec_at(&draft->rules, i);

		if (!(rule->flags & RULE_SPAMASSASSIN) ||
		    map_find(theirs, rule->name) != NULL)
			continue;
		alone++;
		printf("%.*s: ours alone\n", STR_ARG(rule->name));
	}
	return alone;
}

static void
test_stock_rules(void **state)
{
	struct arena *arena = *state;
	struct map *seen = map_new(arena);
	struct counts counts = { 0 };
	struct theirs theirs;
	char *line = NULL;
	size_t size = 0;
	FILE *perl;

	if (access(RULES "/72_active.cf", R_OK) != 0 ||
	    system("perl -MMail::SpamAssassin -e 1 2>/dev/null") != 0) {
		print_message("skipped: SpamAssassin is not installed\n");
		skip();
	}
	read_ours(arena);
	perl = popen(asker, "r");
	assert_non_null(perl);
	while (getline(&line, &size, perl) >= 0) {
		if (!read_theirs(line, &theirs))
			fail_msg("not understood: %s", line);
		map_put(seen, str_from(theirs.name), seen);
		compare(&theirs, &counts);
	}
	free(line);
	assert_int_equal(pclose(perl), 0);
	print_message("rules of SpamAssassin: %zu the same, %zu left out with "
	    "a reason\n", counts.same, counts.explained);
	assert_int_equal(counts.unexplained, 0);
	assert_int_equal(count_ours_alone(seen), 0);
	assert_true(counts.same > 1000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(test_stock_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
