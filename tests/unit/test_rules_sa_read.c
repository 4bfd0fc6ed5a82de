/* SPDX-License-Identifier: ISC */
/* test_rules_sa_read.c - files and folders in SpamAssassin's language: options,
 * what they include, and what reading them takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "rules/draft.h"
#include "rules/sa_read.h"
#include "sa_draft.h"

/* --- options -------------------------------------------------------------------------- */

static const struct {
	const char *sentence, *text, *option, *lines;
} options[] = {
	{ "words of an option", "freemail_domains a b\nfreemail_domains c",
	    "freemail_domains", "a b\nc\n" },
	{ "an old name", "whitelist_from a@b\nblacklist_to c@d",
	    "welcomelist_from", "a@b\n" },
	{ "what is taken back", "welcomelist_from a b\nwelcomelist_from B c\n"
	    "unwelcomelist_from b", "welcomelist_from", "a\nc\n" },
	{ "and said again", "welcomelist_from a\nunwhitelist_from a\n"
	    "welcomelist_from a", "welcomelist_from", "\na\n" },
	{ "by address and host", "welcomelist_from_rcvd a@b h\n"
	    "welcomelist_from_rcvd c@d h\nunwelcomelist_from_rcvd A@B",
	    "welcomelist_from_rcvd", "c@d h\n" },
	{ "all of it", "trusted_networks 192.0.2.1\nclear_trusted_networks\n"
	    "trusted_networks 192.0.2.2", "trusted_networks", "192.0.2.2\n" },
	{ "lists of hosts", "enlist_uri_host (L) a.example b.example\n"
	    "blocklist_uri_host c.example\nwhitelist_uri_host d.example\n"
	    "delist_uri_host (L) a.example\ndelist_uri_host d.example",
	    "enlist_uri_host", "(L) b.example\n(BLOCK) c.example\n"
	    "(WELCOME) \n" },
	{ "a list without a name", "enlist_addrlist a@b", "enlist_addrlist",
	    "" },
	{ "a pattern", "redirector_pattern m'^x'i\nredirector_pattern m'x",
	    "redirector_pattern", "m'^x'i\n" },
};

static void
test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		struct arena *arena = arena_new(0);
		struct draft *draft = sa_draft_read(arena, options[i].text,
		    strlen(options[i].text));
		const struct vec *lines = draft_lines(draft,
		    options[i].option);
		struct buf found;

		buf_init(&found, arena);
		buf_add_text(&found, "");
		for (size_t j = 0; j < lines->len; j++)
			buf_printf(&found, "%.*s\n",
			    STR_ARG(*(struct str *)vec_at(lines, j)));
		if (strcmp(found.data, options[i].lines) != 0)
			fail_msg("%s:\n%s", options[i].sentence, found.data);
		arena_free(&arena);
	}
}

/* --- folders ----------------------------------------------------------------------------- */

static void
make_folder(struct arena *arena, const char *name)
{
	assert_int_equal(mkdir(sa_draft_path(arena, name), 0700), 0);
}

static void
test_folders(void **state)
{
	struct arena *arena = *state;
	struct draft *draft = draft_new(arena);
	const char *error;
	struct buf out;

	make_folder(arena, "set");
	make_folder(arena, "set/updates_spamassassin_org");
#define WRITE(name, text) sa_draft_write(name, text, sizeof(text) - 1)
	WRITE("set/b.cf", "score A 5\ninclude c.inc\ninclude no.inc\n");
	WRITE("set/a.cf", "score A 4\nifplugin Own::P\nbody P /p/\nendif\n");
	WRITE("set/updates_spamassassin_org.cf",
	    "include updates_spamassassin_org/10_a.cf\n");
	WRITE("set/updates_spamassassin_org/10_a.cf",
	    "body A /a/\nscore A 3\n");
	WRITE("set/c.inc", "body C /c/\ninclude c.inc\ninclude b.cf\n");
	WRITE("set/z.pre", "loadplugin Own::P\n");
	WRITE("set/.hidden.cf", "body H /h/\n");
	WRITE("set/notes.txt", "body N /n/\n");
	assert_int_equal(sa_read(draft, sa_draft_path(arena, "set"),
	    &error), 0);
	sa_finish(draft);
	buf_init(&out, arena);
	sa_draft_rules(&out, draft);
	sa_draft_notes(&out, draft);
	assert_string_equal(out.data, arena_printf(arena,
	    "A: sa_body =~ /a/ 5\nP: sa_body =~ /p/ 1\nC: sa_body =~ /c/ 1\n"
	    "1 unsupported Own::P: this plugin's tests are not answered\n"
	    "3 error include: %s: No such file or directory\n",
	    sa_draft_path(arena, "set/no.inc")));
}

static void
test_what_cannot_be_read(void **state)
{
	struct arena *arena = *state;
	struct draft *draft = draft_new(arena);
	const char *error;

	assert_int_equal(sa_read(draft, sa_draft_path(arena, "absent"),
	    &error), -1);
	assert_string_equal(error, arena_printf(arena,
	    "%s: No such file or directory",
	    sa_draft_path(arena, "absent")));
	assert_int_equal(sa_read(draft, "/dev/zero", &error), -1);
	assert_string_equal(error, "/dev/zero: it is no file");
}

static void
test_includes_too_deep(void **state)
{
	struct arena *arena = *state;
	struct draft *draft = draft_new(arena);
	const struct draft_note *note;
	const char *error;

	for (int i = 0; i < 20; i++) {
		const char *text = arena_printf(arena, "include deep%d\n",
		    i + 1);

		sa_draft_write(arena_printf(arena, "deep%d", i), text,
		    strlen(text));
	}
	assert_int_equal(sa_read(draft, sa_draft_path(arena, "deep0"),
	    &error), 0);
	assert_int_equal(draft->notes.len, 1);
	note = vec_at(&draft->notes, 0);
	assert_non_null(strstr(note->reason, "too deep"));
}

/* A file that is none of rules is not told line by line without end. */
static void
test_no_rules_at_all(void **state)
{
	struct arena *arena = *state;
	size_t len = 400000;
	char *text = arena_alloc(arena, len);
	struct draft *draft;

	for (size_t i = 0; i < len; i++)
		text[i] = i % 2 != 0 ? '\n' : 'z';
	draft = sa_draft_read(arena, text, len);
	assert_in_range(draft->notes.len, 1, 20001);
}

/* --- time ------------------------------------------------------------------------------- */

static double
seconds_for(const char *unit, size_t count, const char *before,
    const char *behind)
{
	struct arena *arena = arena_new(0);
	struct timespec begin, end;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, before);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&text, unit);
	buf_add_text(&text, behind);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	sa_draft_read(arena, text.data, text.len);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	arena_free(&arena);
	return (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* Four times as much takes at most eight times as long. */
static void
test_traps(void **state)
{
	static const struct {
		const char *unit, *before, *behind;
	} traps[] = {
		{ "<", "replace_tag A a\nreplace_rules R\nbody R /", "/\n" },
		{ "<a", "replace_tag A a\nreplace_rules R\nbody R /", "/\n" },
		{ "<>", "replace_tag A a\nreplace_rules R\nbody R /", "/\n" },
		{ "<A>", "replace_tag A a\nreplace_rules R\nbody R /", "/\n" },
		{ "#\\", "body R /", "/\n" },
		{ " [if-unset:", "header R A =~ /x/", "]\n" },
		{ "raw:", "header R A:", " =~ /x/\n" },
		{ "%{A", "body R /", "/\n" },
		{ "(", "if ", "\n" },
		{ "'a',", "header R eval:f(", ")\n" },
		{ "score A 1\n", "", "" },
		{ "if 0\n", "", "" },
		{ "text =~ /x/ ", "uri_detail A ", "\n" },
		{ "(0)", "score A ", "\n" },
		{ "tflags A net\n", "body A /a/\n", "" },
		{ "!0.0.0.1-255.255.255.254 ", "trusted_networks 0/0 ",
		    "\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++) {
		double once = 1e9, four = 1e9;

		for (int turn = 0; turn < 3; turn++) {
			double one = seconds_for(traps[i].unit, 20000,
			    traps[i].before, traps[i].behind);
			double more = seconds_for(traps[i].unit, 80000,
			    traps[i].before, traps[i].behind);

			once = one < once ? one : once;
			four = more < four ? more : four;
		}
		if (four > 8 * once && four > 0.02)
			fail_msg("\"%s\": %g s, four times as much %g s",
			    traps[i].unit, once, four);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		ARENA_TEST(test_folders),
		ARENA_TEST(test_what_cannot_be_read),
		ARENA_TEST(test_includes_too_deep),
		ARENA_TEST(test_no_rules_at_all),
		cmocka_unit_test(test_traps),
	};

	return cmocka_run_group_tests(tests, sa_draft_begin, sa_draft_end);
}
