/* SPDX-License-Identifier: ISC */
/* test_directory_apply.c - the directory made what a text says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/directory_apply.h"
#include "directory/directory_text.h"
#include "directory/schema.h"
#include "directory_dice.h"

#define ROUNDS 40
#define CHANGES 60

/* What it said: "add user ann@a.example, …; 1 unchanged", or the trouble. */
static const char *
apply(struct directory_lab *lab, struct directory *directory,
    const char *text, bool wants_prune, const char *domain, bool is_try)
{
	const struct directory_author author = { "root", DIRECTORY_NOW };
	struct vec objects, warnings;
	const struct directory_apply what = { &objects, wants_prune, domain };
	struct directory_applied applied;
	struct db_error error = { 0 };
	struct buf out;
	int result;

	vec_init(&objects, lab->arena, sizeof(struct directory_text));
	vec_init(&warnings, lab->arena, sizeof(const char *));
	if (directory_text_parse("people.conf", str_from(text), lab->arena,
	    &objects, &warnings, &error.text) < 0)
		return error.text;
	if (directory_begin(directory, &author, lab->arena, &error) < 0)
		fail_msg("%s", error.text);
	result = directory_apply(directory, lab->arena, &what, &applied,
	    &error);
	if (result < 0 || is_try)
		directory_rollback(directory);
	else if (directory_commit(directory, lab->arena, &error) < 0)
		fail_msg("%s", error.text);
	if (result < 0)
		return error.text;
	buf_init(&out, lab->arena);
	for (size_t i = 0; i < applied.changes.len; i++) {
		const struct directory_audit *change =
		    vec_at(&applied.changes, i);

		buf_printf(&out, "%s %s %s, ", change->action, change->kind,
		    change->name);
	}
	buf_printf(&out, "%zu unchanged", applied.unchanged);
	return out.data;
}

/* --- stories --------------------------------------------------------------- */

#define A "domain a.example {\n}\n"
#define B "domain b.example {\n}\n"
#define ANN "user ann@a.example {\n}\n"
#define BOB "user bob@a.example {\n}\n"

struct story {
	const char *sentence;
	const char *before;	/* lines of directories_do() */
	const char *text;
	bool wants_prune;
	const char *domain;
	const char *says;
	const char *after;	/* NULL: as before */
};

static const struct story stories[] = {
	{ "objects come in any order", "",
	    ANN A, false, NULL,
	    "add domain a.example, add user ann@a.example, 0 unchanged",
	    A ANN },
	{ "an alias domain may stand before the domain it stands for", "",
	    "domain a.example { role alias; alias_of b.example; } " B,
	    false, NULL,
	    "add domain b.example, add domain a.example, 0 unchanged",
	    "domain a.example {\n\trole alias;\n\talias_of b.example;\n}\n"
	    B },
	{ "what is as it should be is left alone",
	    "add domain a.example\nadd user ann@a.example",
	    A "user \"ANN@A.Example\" { }", false, NULL, "2 unchanged",
	    A ANN },
	{ "a value that the text does not name goes back to its default",
	    "add domain a.example\nadd user ann@a.example quota=1g junk=no",
	    ANN, false, NULL, "set user ann@a.example, 0 unchanged",
	    A ANN },
	{ "what the text does not name stays",
	    "add domain a.example\nadd user ann@a.example",
	    BOB, false, NULL, "add user bob@a.example, 0 unchanged",
	    A ANN BOB },
	{ "unless it is pruned",
	    "add domain a.example\nadd user ann@a.example",
	    A BOB, true, NULL, "delete user ann@a.example, "
	    "add user bob@a.example, 1 unchanged", A BOB },
	{ "an empty text prunes everything",
	    "add class gold\nadd domain a.example class=gold\n"
	    "add user ann@a.example\nadd identity ann@a.example x@y.z\n"
	    "add alias b@a.example to=ann@a.example\nadd policy global junk=no",
	    "", true, NULL, "delete alias b@a.example, "
	    "delete identity ann@a.example x@y.z, delete user ann@a.example, "
	    "delete domain a.example, delete class gold, "
	    "delete policy global, 0 unchanged", "" },
	{ "a pruned user's address becomes an alias in the same text",
	    "add domain a.example\nadd user ann@a.example",
	    A "alias ann@a.example { to x@y.z; }", true, NULL,
	    "delete user ann@a.example, add alias ann@a.example, 1 unchanged",
	    A "alias ann@a.example {\n\tto x@y.z;\n}\n" },
	{ "a class goes when its users have another",
	    "add domain a.example\nadd class gold\nadd class tin\n"
	    "add user ann@a.example class=gold",
	    A "class tin { } user ann@a.example { class tin; }", true, NULL,
	    "set user ann@a.example, delete class gold, 2 unchanged",
	    "class tin {\n}\n" A "user ann@a.example {\n\tclass tin;\n}\n" },
	{ "what mentions a pruned user is as the text says",
	    "add domain a.example\nadd user ann@a.example\n"
	    "add alias all@a.example to=ann@a.example,x@y.z",
	    A "alias all@a.example { to ann@a.example x@y.z; }", true, NULL,
	    "delete user ann@a.example, 2 unchanged",
	    A "alias all@a.example {\n\tto ann@a.example x@y.z;\n}\n" },
	{ "prune is limited to a domain",
	    "add domain a.example\nadd domain b.example\n"
	    "add user ann@a.example\nadd user ann@b.example\n"
	    "add identity ann@a.example x@y.z\nadd class gold\n"
	    "add access mine for=@a.example sender=x@y.z\n"
	    "add access both for=@a.example,@b.example sender=x@y.z",
	    A, true, "A.example", "delete access mine, "
	    "delete identity ann@a.example x@y.z, delete user ann@a.example, "
	    "1 unchanged",
	    "class gold {\n}\n" A B "user ann@b.example {\n}\n"
	    "access both {\n\tfor @a.example @b.example;\n\tsender x@y.z;\n"
	    "}\n" },
	{ "one refusal leaves all as it was",
	    "add domain a.example",
	    A ANN "user bob@a.example { quota 1g;\n\tclass gold; }", false,
	    NULL, "people.conf:6:2: user bob@a.example: class: there is no "
	    "class gold; 'mailreeve class add gold' makes it", NULL },
	{ "a pruned domain is missed by its users",
	    "add domain a.example\nadd user ann@a.example",
	    ANN, true, NULL, "people.conf:1:1: user ann@a.example: domain: "
	    "there is no domain a.example; 'mailreeve domain add "
	    "a.example' makes it", NULL },
	{ "nothing of another domain is pruned",
	    "add class gold\nadd domain a.example class=gold",
	    "", true, "b.example", "0 unchanged", NULL },
	{ "a domain with users stays managed",
	    "add domain a.example\nadd user ann@a.example",
	    "domain a.example { role relay; relay_to smtp:x; }", false, NULL,
	    "people.conf:1:20: domain a.example: role: a.example has users "
	    "(1): only a managed domain has", NULL },
	{ "it passes its mail on when its users go",
	    "add domain a.example\nadd user ann@a.example",
	    "domain a.example { role relay; relay_to smtp:x; }", true, NULL,
	    "delete user ann@a.example, set domain a.example, 0 unchanged",
	    "domain a.example {\n\trole relay;\n\trelay_to smtp:x;\n}\n" },
	{ "the policy for all needs no name", "",
	    "policy { junk no; }", false, NULL,
	    "add policy global, 0 unchanged",
	    "policy global {\n\tjunk no;\n}\n" },
};

static void
stories_end_as_they_should(void **state)
{
	struct directory_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const struct story *story = &stories[i];
		const char *before, *said;

		apply(lab, lab->directory, "", true, NULL, false);
		assert_string_equal(directories_do(lab, lab->directory,
		    story->before), "");
		before = directories_dump(lab, lab->directory);
		said = apply(lab, lab->directory, story->text,
		    story->wants_prune, story->domain, true);
		if (strcmp(said, story->says) != 0)
			fail_msg("%s: %s", story->sentence, said);
		assert_string_equal(directories_dump(lab, lab->directory),
		    before);
		said = apply(lab, lab->directory, story->text,
		    story->wants_prune, story->domain, false);
		assert_string_equal(said, story->says);
		said = directories_dump(lab, lab->directory);
		if (strcmp(said, story->after != NULL ? story->after :
		    before) != 0)
			fail_msg("%s: %s", story->sentence, said);
	}
}

/* --- texts that are wrong -------------------------------------------------- */

static const struct {
	const char *text, *says;
} wrong[] = {
	{ "user ann@a.example", "people.conf:1:6: missing ';' after "
	    "'ann@a.example'" },
	{ "\nuser ann@a.example {\n", "people.conf:3:1: missing '}': section "
	    "'user' was opened in line 2" },
	{ A "}", "people.conf:3:1: '}' where no section is open" },
	{ "junk no;", "people.conf:1:1: option 'junk' outside of a section" },
	{ "domain a.example { dkim_key m { } }", "people.conf:1:20: section "
	    "'dkim_key' stands inside of another one: is a '}' missing before "
	    "it?" },
	{ "usr ann@a.example { }", "people.conf:1:1: the directory has no "
	    "objects 'usr', did you mean 'user'?" },
	{ "check dkim { }", "people.conf:1:1: the directory has no objects "
	    "'check'" },
	{ "user { }", "people.conf:1:1: behind 'user' stands its address, and "
	    "nothing else" },
	{ "identity ann@a.example { }", "people.conf:1:1: behind 'identity' "
	    "stands its login and its address, and nothing else" },
	{ "user ann { }", "people.conf:1:1: address: 'ann' is no address "
	    "(user@example.org)" },
	{ "policy local { }", "people.conf:1:1: name: 'local': there is one "
	    "policy, 'global'; others stand in classes, domains and users" },
	{ "user ann@a.example { clas gold; }", "people.conf:1:22: unknown "
	    "option 'clas' in 'user', did you mean 'class'?" },
	{ "user ann@a.example { address x@y.z; }", "people.conf:1:22: unknown "
	    "option 'address' in 'user'" },
	{ "user ann@a.example { domain a.example; }", "people.conf:1:22: "
	    "'domain' in 'user': 'domain' follows from 'address'" },
	{ "access a { junk no; }", "people.conf:1:12: unknown option 'junk' in "
	    "'access'" },
	{ "user ann@a.example { quota; }", "people.conf:1:22: 'quota' in "
	    "'user': a value is missing" },
	{ "user ann@a.example { class a; class b; }", "people.conf:1:31: "
	    "repeated option 'class', first set at people.conf:1:22" },
	{ "user ann@a.example {\n\tclass a\n\tquota 1g;\n}", "people.conf:2:2: "
	    "missing ';' after 'a' (or '\"' around the word in the next "
	    "line)" },
	{ ANN "user \"Ann@A.EXAMPLE\" { }", "people.conf:3:1: user "
	    "ann@a.example stands a second time, first at people.conf:1:1" },
	{ "include nowhere.conf;", "people.conf:1:9: cannot include "
	    "'nowhere.conf': No such file or directory" },
	{ "include a b;", "people.conf:1:1: 'include' takes one file name or "
	    "pattern" },
	{ "user \xff { }", "people.conf:1:6: byte 0xff is not UTF-8" },
	{ "{ }", "people.conf:1:1: '{' without the name of a section" },
};

static void
what_is_wrong_is_told_with_its_place(void **state)
{
	struct directory_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_string_equal(apply(lab, lab->directory, wrong[i].text,
		    false, NULL, false), wrong[i].says);
	assert_string_equal(directories_dump(lab, lab->directory), "");
}

static void
a_list_may_go_on_in_the_next_lines(void **state)
{
	struct directory_lab *lab = *state;

	assert_string_equal(apply(lab, lab->directory, A "alias b@a.example "
	    "{\n\tto x@y.z\n\t    x2@y.z\n\t    x3@y.z;\n}", false, NULL,
	    false), "add domain a.example, add alias b@a.example, "
	    "0 unchanged");
}

/* --- chance ---------------------------------------------------------------- */

/* On SQLite, beside the one that the test has. */
static struct directory *
make_twin(struct directory_lab *lab, struct directory_lab *twin)
{
	struct db_error error;
	struct db *db;
	int64_t from;

	*twin = *lab;
	twin->settings.kind = DIRECTORY_SQLITE;
	twin->settings.place = arena_printf(lab->arena, "%s/twin",
	    lab->folder);
	db = db_new(&twin->settings, DB_CREATE);
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		fail_msg("%s", error.text);
	db_free(&db);
	return directories_connect(twin, DB_WRITE);
}

/* Without max_users: it holds for who is new, so a domain may have more, and
 * that cannot be made anew. */
static const char *
make_line(struct dice *dice)
{
	const char *line = dice_line(dice);
	const char *at = strstr(line, "max_users=");

	return at == NULL ? line : arena_printf(dice->arena, "%.*s",
	    (int)(at - line), line);
}

/* A random state, written as a text, is applied to what the round before left
 * there: then both say the same, and a second time changes nothing. */
static void
any_state_becomes_any_other(void **state)
{
	struct directory_lab *lab = *state;
	struct directory_lab twin;
	struct directory *other = make_twin(lab, &twin);
	struct arena *arena = lab->arena;
	size_t objects = 0;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice;
		const char *text, *said;

		lab->arena = arena_new(0);
		dice = (struct dice){ seed, lab->arena };
		for (int i = 0; i < CHANGES; i++)
			directories_do(lab, other, make_line(&dice));
		text = directories_dump(lab, other);
		said = apply(lab, lab->directory, text, true, NULL, false);
		if (strcmp(directories_dump(lab, lab->directory), text) != 0)
			fail_msg("seed %d: %s", (int)seed, said);
		said = apply(lab, lab->directory, text, true, NULL, false);
		if (strchr(said, ',') != NULL)
			fail_msg("seed %d, again: %s", (int)seed, said);
		objects += strlen(text);
		arena_free(&lab->arena);
	}
	lab->arena = arena;
	assert_true(objects > ROUNDS * 500);
	printf("counted: %d random states, %zu octets of text, each applied "
	    "to the one before\n", ROUNDS, objects);
	directory_close(&other);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(stories_end_as_they_should),
		DIRECTORY_TEST(what_is_wrong_is_told_with_its_place),
		DIRECTORY_TEST(a_list_may_go_on_in_the_next_lines),
		DIRECTORY_TEST(any_state_becomes_any_other),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
