/* SPDX-License-Identifier: ISC */
/* test_directory_change.c - changes: what goes with what, all or nothing, audit. */
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

#define WORLD "add class staff junk=no\nadd class gold\n" \
	"add domain example.org class=gold\nadd domain example.net\n" \
	"add user ann@example.org class=staff greylist=yes\n" \
	"add user bob@example.org\n"

/* c@ leads to a+b@, by way of an alias domain, which no name follows. */
#define BY_EXTENSION \
	"add domain y.example role=alias alias_of=example.org\n" \
	"add alias a+b@example.org to=bob@example.org\n" \
	"add alias c@example.org to=a+b@y.example\n"

/* Does the dump have all of these, separated by '|'? Those with a '!' before
 * must not be there. */
static void
must_have(struct directory_lab *lab, const char *name, const char *texts)
{
	const char *dump = directories_dump(lab, lab->directory);
	struct str rest = str_from(texts), piece;

	while (str_cut(&rest, '|', &piece)) {
		bool is_unwanted = piece.data[0] == '!';
		const char *text = str_dup(lab->arena, str_from_pos(piece,
		    is_unwanted));

		if ((strstr(dump, text) != NULL) == is_unwanted)
			fail_msg("%s: %.*s\n%s", name, STR_ARG(piece), dump);
	}
}

static const struct {
	const char *name, *lines, *texts;
} renamed[] = {
	{ "a class: who has it follows", "rename class staff people",
	  "user ann@example.org {\n\tclass people;|class people {\n\tjunk "
	  "no;|!class staff" },
	{ "a class in an access entry, too", "add access x for=gold,staff "
	  "sender=a@b.example\nrename class staff people",
	  "\tfor gold people;" },
	{ "a user: policy and identities go along",
	  "add identity ann@example.org x@b.example\n"
	  "rename user ann@example.org eve@example.org",
	  "user eve@example.org {\n\tclass staff;\n\tgreylist yes;|"
	  "identity eve@example.org x@b.example|!ann@" },
	{ "a user: aliases follow, and keep their order",
	  "add alias s@example.org to=z@b.example,ann@example.org,"
	  "bob@example.org\nrename user ann@example.org eve@example.org",
	  "\tto z@b.example eve@example.org bob@example.org;|!ann@" },
	{ "a user: catch-all and postmaster follow",
	  "set domain example.net catch_all=ann@example.org "
	  "postmaster=ann@example.org\n"
	  "rename user ann@example.org eve@example.net",
	  "\tcatch_all eve@example.net;\n\tpostmaster eve@example.net;|!ann@" },
	{ "a user: who may send as it follows",
	  "add identity bob@example.org ann@example.org\n"
	  "rename user ann@example.org eve@example.org",
	  "identity bob@example.org eve@example.org|!ann@" },
	{ "a user may move to another domain",
	  "rename user ann@example.org ann@Example.NET",
	  "user ann@example.net {|!ann@example.org" },
	{ "an alias: those that lead to it follow",
	  "add alias a@example.org to=bob@example.org\n"
	  "add alias b@example.org to=a@example.org\n"
	  "rename alias a@example.org c@example.org",
	  "alias b@example.org {\n\tto c@example.org;|!a@example.org" },
	{ "a domain: all addresses in it follow",
	  "add alias s@example.org to=ann@example.org,x@example.net\n"
	  "add identity ann@example.org @example.org\n"
	  "add dkim_key example.org k file=/k.pem\n"
	  "add admin eve domains=example.net,example.org\n"
	  "add access x for=@example.org,ann@example.org sender=a@b.example\n"
	  "add domain a.example role=alias alias_of=example.org\n"
	  "set domain example.org postmaster=ann@example.org\n"
	  "rename domain example.org new.example",
	  "domain new.example {\n\tclass gold;\n\tpostmaster ann@new.example;|"
	  "user ann@new.example {|user bob@new.example {|"
	  "alias s@new.example {\n\tto ann@new.example x@example.net;|"
	  "identity ann@new.example @new.example|dkim_key new.example k|"
	  "\tdomains example.net new.example;|"
	  "\tfor @new.example ann@new.example;|\talias_of new.example;|"
	  "!example.org" },
	{ "a key: its other word", "add dkim_key example.org k file=/k.pem\n"
	  "rename dkim_key example.org k example.org l",
	  "dkim_key example.org l {\n\tfile /k.pem;|!example.org k" },
	{ "an identity: its address", "add identity ann@example.org a@b.example"
	  "\nrename identity ann@example.org a@b.example ann@example.org "
	  "c@b.example", "identity ann@example.org c@b.example|!a@b.example" },
};

static void
names_follow_what_is_renamed(void **state)
{
	struct directory_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(renamed); i++) {
		directories_must_do(lab, WORLD);
		directories_must_do(lab, renamed[i].lines);
		must_have(lab, renamed[i].name, renamed[i].texts);
		directories_clear(lab);
	}
}

static const struct {
	const char *name, *lines, *error;
} refused[] = {
	{ "what is not there is not renamed", "rename user x@example.org "
	  "y@example.org", "there is no user x@example.org" },
	{ "nor to a name that is taken", "rename user ann@example.org "
	  "bob@example.org", "user bob@example.org is there already" },
	{ "nor, as a user, to that of an alias",
	  "add alias s@example.org to=bob@example.org\n"
	  "rename user ann@example.org s@example.org",
	  "there is alias s@example.org already" },
	{ "nor to a domain that is not here", "rename user ann@example.org "
	  "ann@example.com", "there is no domain example.com" },
	{ "nor to itself", "rename user ann@example.org Ann@example.org",
	  "is there already" },
	{ "nor to where there is no room",
	  "set domain example.net max_users=1\nadd user x@example.net\n"
	  "rename user ann@example.org ann@example.net",
	  "example.net may have 1 users, and has them" },
	{ "an alias does not come to lead to itself with its domain",
	  "add alias s@example.net to=s@new.example\n"
	  "rename domain example.net new.example",
	  "the alias leads back to itself: s@new.example, s@new.example" },
	{ "the one policy has its name", "put policy global junk=no\n"
	  "rename policy global other", "there is one policy" },
	{ "a key is called as the command for it", "rename dkim_key "
	  "example.org k example.org l", "there is no dkim-key example.org" },
	{ "so is a rule", "delete header_rule x", "there is no header-rule x" },
	{ "and what holds for all", "put policy global junk=no\n"
	  "add policy global", "setting global is there already" },
	{ "what is not there is not deleted", "delete user x@example.org",
	  "there is no user x@example.org" },
	{ "a class that users have stays", "delete class staff",
	  "class staff is in use by user ann@example.org: change these "
	  "first" },
	{ "even when all that hangs on it may go", "purge class gold",
	  "class gold is in use by domain example.org: change these first" },
	{ "a domain with users tells so", "delete domain example.org",
	  "domain example.org is named by user ann@example.org, "
	  "user bob@example.org: these would go with it, or forget it" },
	{ "and names a few when there are many",
	  "add user c1@example.org\nadd user c2@example.org\n"
	  "add user c3@example.org\nadd user c4@example.org\n"
	  "delete domain example.org", "user c3@example.org and more: these" },
	{ "a user with aliases tells so",
	  "add alias s@example.org to=bob@example.org\n"
	  "delete user bob@example.org",
	  "user bob@example.org is named by alias s@example.org" },
	{ "a domain that others stand for stays",
	  "add domain a.example role=alias alias_of=example.net\n"
	  "purge domain example.net",
	  "domain example.net is in use by domain a.example" },
	{ "an alias whose address leads in a circle without it",
	  BY_EXTENSION "add alias a@example.org to=c@example.org\n"
	  "delete alias a+b@example.org",
	  "without alias a+b@example.org its mail goes by alias "
	  "a@example.org: to: the alias leads back to itself" },
	{ "nor does it get another name",
	  BY_EXTENSION "add alias a@example.org to=c@example.org\n"
	  "rename alias a+b@example.org z@example.org",
	  "without alias a+b@example.org its mail goes by alias "
	  "a@example.org" },
};

static void
what_would_leave_a_gap_is_refused(void **state)
{
	struct directory_lab *lab = *state;
	const char *before;

	directories_must_do(lab, WORLD);
	before = directories_dump(lab, lab->directory);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		directories_must_refuse(lab, refused[i].name,
		    refused[i].lines, refused[i].error);
	assert_string_equal(directories_dump(lab, lab->directory), before);
}

static const struct {
	const char *name, *lines, *texts;
} deleted[] = {
	{ "what nothing names just goes", "delete user bob@example.org",
	  "user ann@example.org|!bob@" },
	{ "its policy goes with it, and is not there for the next one",
	  "delete user ann@example.org\nadd user ann@example.org",
	  "user ann@example.org {\n}|!greylist" },
	{ "a user goes from lists, and their others stay",
	  "add alias s@example.org to=ann@example.org,bob@example.org\n"
	  "purge user ann@example.org",
	  "alias s@example.org {\n\tto bob@example.org;|!ann@" },
	{ "a list that becomes empty takes its object with it, for without "
	  "it an access entry were everybody's",
	  "add access x for=ann@example.org sender=a@b.example\n"
	  "add alias s@example.org to=ann@example.org\n"
	  "add alias t@example.org to=s@example.org\n"
	  "purge user ann@example.org", "!ann@|!access|!alias" },
	{ "a user's identities go, and the right to send as it",
	  "add identity ann@example.org x@b.example\n"
	  "add identity bob@example.org ann@example.org\n"
	  "add identity bob@example.org y@b.example\n"
	  "purge user ann@example.org",
	  "identity bob@example.org y@b.example|!ann@" },
	{ "a catch-all is forgotten", "set domain example.net "
	  "catch_all=ann@example.org\npurge user ann@example.org",
	  "domain example.net {\n}|!catch_all" },
	{ "with a domain goes all that is in it",
	  "add alias s@example.org to=ann@example.org\n"
	  "add alias t@example.net to=ann@example.org,z@b.example\n"
	  "add dkim_key example.org k file=/k.pem\n"
	  "add admin eve domains=example.org\n"
	  "add admin kim domains=example.net,example.org\n"
	  "add identity ann@example.org @example.org\n"
	  "purge domain example.org",
	  "domain example.net|alias t@example.net {\n\tto z@b.example;|"
	  "admin kim {\n\tdomains example.net;|class gold|!example.org|!eve" },
};

static void
what_hangs_on_it_goes_too_when_that_is_wanted(void **state)
{
	struct directory_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(deleted); i++) {
		directories_must_do(lab, WORLD);
		directories_must_do(lab, deleted[i].lines);
		must_have(lab, deleted[i].name, deleted[i].texts);
		directories_clear(lab);
	}
}

static void
an_alias_goes_where_no_circle_comes_of_it(void **state)
{
	struct directory_lab *lab = *state;

	directories_must_do(lab, WORLD);
	directories_must_do(lab, BY_EXTENSION
	    "add alias a@example.org to=ann@example.org\n"
	    "delete alias a+b@example.org");
	must_have(lab, "it leads elsewhere", "alias a@|alias c@|!alias a+b@");
	directories_must_do(lab, "set alias a@example.org extension=no\n"
	    "add alias a+b@example.org to=bob@example.org\n"
	    "set alias a@example.org to=c@example.org\n"
	    "delete alias a+b@example.org");
	must_have(lab, "it has no extensions", "alias a@|!alias a+b@");
}

/* As a program that knows no better has written it. */
static void
aliases_in_a_circle_can_be_deleted(void **state)
{
	static const char *const texts[] = { "UPDATE aliases_to SET value = "
	    "'b@example.org' WHERE owner = 'a@example.org'",
	    "UPDATE aliases_to SET value = 'a@example.org' "
	    "WHERE owner = 'b@example.org'" };
	struct directory_lab *lab = *state;
	struct db_error error;

	directories_must_do(lab, WORLD);
	directories_must_do(lab, "add alias a@example.org to=x@b.example\n"
	    "add alias b@example.org to=x@b.example");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(db_run(directory_db(lab->directory),
		    lab->arena, texts[i], NULL, NULL, &error), 0);
	directories_must_do(lab, "purge alias a@example.org");
	must_have(lab, "a circle", "user ann@example.org|!alias");
}

static void
many_users_go_with_their_domain(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;
	int64_t count;
	struct db_error error;

	directories_must_do(lab, WORLD);
	buf_init(&lines, lab->arena);
	for (int i = 0; i < 250; i++)
		buf_printf(&lines, "add user u%d@example.net\n", i);
	directories_must_do(lab, lines.data);
	directories_must_do(lab, "purge domain example.net");
	assert_int_equal(directory_count(lab->directory, lab->arena,
	    &kind_user, NULL, &count, &error), 0);
	assert_int_equal(count, 2);
}

static int64_t
generation(struct directory_lab *lab)
{
	struct db_error error;
	int64_t number = 0;

	assert_int_equal(directory_generation(lab->directory, lab->arena,
	    &number, &error), 0);
	return number;
}

static void
one_refusal_undoes_all_of_a_change(void **state)
{
	struct directory_lab *lab = *state;
	const char *before;
	int64_t number;

	directories_must_do(lab, WORLD);
	before = directories_dump(lab, lab->directory);
	number = generation(lab);
	assert_string_not_equal(directories_do(lab, lab->directory,
	    "add user cid@example.org\nset class gold junk=no\n"
	    "purge user ann@example.org\nadd user x@nowhere.example"), "");
	assert_string_equal(directories_dump(lab, lab->directory), before);
	assert_int_equal(generation(lab), number);
}

/* A refusal leaves the transaction as it was: the rest may be tried. */
static void
after_a_refusal_the_rest_can_be_committed(void **state)
{
	const struct directory_author author = { "root", DIRECTORY_NOW };
	struct directory_lab *lab = *state;
	struct arena *arena = lab->arena;
	struct db_error error;

	assert_int_equal(directory_begin(lab->directory, &author, arena,
	    &error), 0);
	assert_int_equal(directory_put(lab->directory, arena,
	    directories_object(arena, "user a@example.org"), PUT_NEW,
	    &error), -1);
	assert_int_equal(error.trouble, DB_REFUSED);
	assert_int_equal(directory_put(lab->directory, arena,
	    directories_object(arena, "class tin"), PUT_NEW, &error), 0);
	assert_int_equal(directory_commit(lab->directory, arena, &error), 0);
	assert_string_equal(directories_dump(lab, lab->directory),
	    "class tin {\n}\n");
}

static void
the_generation_moves_with_each_change_and_no_other(void **state)
{
	struct directory_lab *lab = *state;
	int64_t number = generation(lab);

	directories_must_do(lab, WORLD);
	assert_int_equal(generation(lab), number + 1);
	directories_must_do(lab, "put class staff junk=no\n"
	    "set user ann@example.org class=STAFF greylist=yes");
	assert_int_equal(generation(lab), number + 1);
	directories_must_do(lab, "set user ann@example.org greylist=no");
	assert_int_equal(generation(lab), number + 2);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(names_follow_what_is_renamed),
		DIRECTORY_TEST(what_would_leave_a_gap_is_refused),
		DIRECTORY_TEST(what_hangs_on_it_goes_too_when_that_is_wanted),
		DIRECTORY_TEST(an_alias_goes_where_no_circle_comes_of_it),
		DIRECTORY_TEST(aliases_in_a_circle_can_be_deleted),
		DIRECTORY_TEST(many_users_go_with_their_domain),
		DIRECTORY_TEST(one_refusal_undoes_all_of_a_change),
		DIRECTORY_TEST(after_a_refusal_the_rest_can_be_committed),
		DIRECTORY_TEST(the_generation_moves_with_each_change_and_no_other),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
