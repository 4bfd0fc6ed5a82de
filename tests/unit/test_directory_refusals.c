/* SPDX-License-Identifier: ISC */
/* test_directory_refusals.c - what is refused, and which names are data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "directories.h"
#include "fixture.h"

/* --- refusals -------------------------------------------------------------- */

static const struct {
	const char *name, *lines, *error;
} refused[] = {
	{ "what is there already is not added", "add class GOLD",
	  "class gold is there already" },
	{ "what is not there is not changed", "set class tin junk=no",
	  "there is none" },
	{ "a user is of a domain that is managed here",
	  "add user ann@example.com", "domain: there is no domain "
	  "example.com" },
	{ "a user of a relay domain stands elsewhere",
	  "add domain r.example role=relay relay_to=x\n"
	  "add user ann@r.example", "r.example is no managed domain" },
	{ "a class must be there", "add user cid@example.org class=tin",
	  "class: there is no class tin; 'mailreeve class add tin' makes it" },
	{ "an address without a domain is none", "add user ann",
	  "address: 'ann' is no address (user@example.org)" },
	{ "a source route is no address (RFC 5321 4.1.1.3)",
	  "add user <@x.example:ann@example.org>", "is no address" },
	{ "an alias is no user", "add alias ann@example.org to=bob@example.org",
	  "there is user ann@example.org already" },
	{ "a user is no alias", "add alias x@example.org to=a@b.example\n"
	  "add user x@example.org",
	  "there is alias x@example.org already" },
	{ "an alias leads somewhere", "add alias x@example.org",
	  "to: it must be set" },
	{ "an alias does not lead to itself",
	  "add alias x@example.org to=x@example.org",
	  "the alias leads back to itself: x@example.org, x@example.org" },
	{ "nor by way of others", "add alias x@example.org to=y@example.org\n"
	  "add alias y@example.org to=bob@example.org,z@example.org\n"
	  "add alias z@example.org to=x@example.org",
	  "z@example.org, x@example.org, y@example.org, z@example.org" },
	{ "nor by an extension of its own",
	  "add alias x@example.org to=x+news@example.org",
	  "by an extension of x@example.org" },
	{ "nor by way of an alias domain",
	  "add domain y.example role=alias alias_of=example.org\n"
	  "add alias x@example.org to=X@y.example",
	  "x@example.org, x@y.example = x@example.org" },
	{ "nor by way of one and others",
	  "add domain y.example role=alias alias_of=example.net\n"
	  "add alias x@example.org to=b@y.example\n"
	  "add alias b@example.net to=a@b.example,x@example.org",
	  "b@example.net, x@example.org, b@y.example = b@example.net" },
	{ "nor by an extension there",
	  "add domain y.example role=alias alias_of=example.org\n"
	  "add alias x@example.org to=x+news@y.example",
	  "by an extension of x@example.org" },
	{ "no domain comes to stand for where an alias has its end",
	  "add alias x@example.org to=x@y_.example\n"
	  "add domain y_.example role=alias alias_of=example.org",
	  "alias x@example.org: to: the alias leads back to itself" },
	{ "nor for another one",
	  "add domain y.example role=alias alias_of=example.net\n"
	  "add alias x@example.org to=x@y.example\n"
	  "set domain y.example alias_of=example.org",
	  "alias x@example.org: to: the alias leads back to itself" },
	{ "nor with another name",
	  "add alias x@example.org to=x@new.example\n"
	  "add domain y.example role=alias alias_of=example.org\n"
	  "rename domain y.example new.example",
	  "alias x@example.org: to: the alias leads back to itself" },
	{ "nor for itself again, with aliases of its own",
	  "add domain y.example\n"
	  "add alias x@example.org to=x@y.example\n"
	  "set domain y.example role=alias alias_of=example.org",
	  "alias x@example.org: to: the alias leads back to itself" },
	{ "a target stands there once",
	  "add alias x@example.org to=a@b.example,A@b.example",
	  "'a@b.example' stands there twice" },
	{ "an end is a point in time",
	  "add alias x@example.org to=a@b.example expires=tomorrow",
	  "expires: 'tomorrow' is no point in time" },
	{ "a domain is a domain", "add domain exa..mple",
	  "name: 'exa..mple' is not a domain name" },
	{ "an alias domain names another",
	  "add domain a.example role=alias", "alias_of: an alias domain" },
	{ "and not itself", "add domain a.example\n"
	  "set domain a.example role=alias alias_of=a.example",
	  "alias_of: it stands for itself" },
	{ "nor one that is an alias",
	  "add domain a.example role=alias alias_of=example.org\n"
	  "add domain b.example role=alias alias_of=a.example",
	  "a.example is an alias domain itself: name example.org" },
	{ "one that others stand for is none",
	  "add domain a.example role=alias alias_of=example.org\n"
	  "set domain example.org role=alias alias_of=example.net",
	  "a.example stands for example.org" },
	{ "a domain with users stays managed",
	  "set domain example.org role=relay relay_to=smtp:x",
	  "role: example.org has users" },
	{ "a relay domain names its server", "add domain a.example role=relay",
	  "relay_to: a relay domain" },
	{ "a domain has no more users than it may",
	  "set domain example.org max_users=2\nadd user cid@example.org",
	  "example.org may have 2 users, and has them" },
	{ "an access entry names somebody", "add access x", "" },
	{ "and in words of its kind", "add access x client=ann@example.org",
	  "" },
	{ "an allow by a HELO name is worth nothing",
	  "add access x helo=a.example action=allow", "" },
	{ "a limit is a limit", "add throttle x limit=many", "limit: " },
	{ "a limit of a policy too", "set class gold limits=many",
	  "limits: " },
	{ "a key is a file by its whole path",
	  "add dkim_key example.org a file=a.pem",
	  "file: the path of a key begins with '/'" },
	{ "a field has a name (RFC 5322 2.2)",
	  "add header_rule x field=a:b value=c",
	  "'a:b' is not the name of a header field" },
	{ "what is removed has no value",
	  "add header_rule x field=a value=c action=remove",
	  "add and replace need one, remove has none" },
	{ "an administrator has domains", "add admin eve",
	  "domains: an administrator has some" },
	{ "that are there", "add admin eve domains=example.com",
	  "domains: there is no domain example.com" },
	{ "but for one who has all", "add admin eve role=super "
	  "domains=example.org", "domains: an administrator has some" },
	{ "there is one policy", "add policy other", "there is one policy" },
};

static void
what_is_wrong_is_refused_and_changes_nothing(void **state)
{
	struct directory_lab *lab = *state;
	const char *before;

	directories_must_do(lab, DIRECTORIES_WORLD);
	before = directories_dump(lab, lab->directory);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		directories_must_refuse(lab, refused[i].name,
		    refused[i].lines, refused[i].error);
	assert_string_equal(directories_dump(lab, lab->directory), before);
}

static void
an_alias_leads_to_so_many_addresses_at_most(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;

	directories_must_do(lab, DIRECTORIES_WORLD);
	buf_init(&lines, lab->arena);
	for (int i = 0; i < 100; i++) {
		buf_printf(&lines, "add alias list%d@example.org to=", i);
		for (int j = 0; j < 10; j++)
			buf_printf(&lines, "%sr%d-%d@b.example",
			    j != 0 ? "," : "", i, j);
		buf_add_char(&lines, '\n');
	}
	assert_string_equal(directories_do(lab, lab->directory, lines.data),
	    "");
	buf_clear(&lines);
	for (int i = 0; i < 10; i++) {
		buf_printf(&lines, "add alias all%d@example.org to=", i);
		for (int j = 0; j < 10; j++)
			buf_printf(&lines, "%slist%d@example.org",
			    j != 0 ? "," : "", 10 * i + j);
		buf_add_char(&lines, '\n');
	}
	assert_string_equal(directories_do(lab, lab->directory, lines.data),
	    "");
	assert_non_null(strstr(directories_do(lab, lab->directory,
	    "add alias everybody@example.org to=all0@example.org,"
	    "all1@example.org,all2@example.org,all3@example.org,"
	    "all4@example.org,all5@example.org,all6@example.org,"
	    "all7@example.org,all8@example.org,all9@example.org"),
	    "the alias leads to more than 1000 addresses"));
}

/* --- names as data --------------------------------------------------------- */

/* Local parts; SQL and formats of texts would stumble over them. */
static const char *const odd_locals[] = {
	"\"a b\"", "o'hara", "\"a\\\"b\"", "\"a\\\\b\"", "a$1",
	"x%s%n", "\"a;drop table users--\"", "\"a,b\"", "{text}", "?1",
	"j\xc3\xbcrgen", "\xe6\xa8\x82", "\xf0\x9f\x93\xac", "null", "a_b",
	"a*b", "\"<a>\"", "\"a@b\"",
};

static struct directory_object *
find_user(struct directory_lab *lab, const char *address)
{
	struct directory_object *found;
	struct db_error error;

	if (directory_find(lab->directory, lab->arena, &kind_user, &address,
	    &found, &error) < 0)
		fail_msg("%s: %s", address, error.text);
	return found;
}

static const char *
put_user(struct directory_lab *lab, const char *address, const char *name)
{
	const struct directory_author author = { "o'root", DIRECTORY_NOW };
	struct directory_object *object = directory_object_new(&kind_user,
	    lab->arena);
	struct directory_user *user = object->values;
	struct db_error error = { .text = "" };

	user->address = address;
	user->name = name;
	assert_int_equal(directory_begin(lab->directory, &author, lab->arena,
	    &error), 0);
	if (directory_put(lab->directory, lab->arena, object, PUT_ANY,
	    &error) < 0) {
		directory_rollback(lab->directory);
		return error.text;
	}
	assert_int_equal(directory_commit(lab->directory, lab->arena, &error),
	    0);
	return "";
}

static void
quotes_blanks_and_foreign_letters_are_data(void **state)
{
	struct directory_lab *lab = *state;

	directories_must_do(lab, DIRECTORIES_WORLD);
	for (size_t i = 0; i < ARRAY_LEN(odd_locals); i++) {
		const char *address = arena_printf(lab->arena,
		    "%s@example.org", odd_locals[i]);
		struct directory_object *found;
		const struct directory_user *user;

		assert_string_equal(put_user(lab, address, odd_locals[i]),
		    "");
		found = find_user(lab, address);
		if (found == NULL)
			fail_msg("%s is not found", address);
		user = found->values;
		assert_string_equal(user->address, address);
		assert_string_equal(user->name, odd_locals[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(odd_locals); i++) {
		const char *address = arena_printf(lab->arena,
		    "%s@example.org", odd_locals[i]);

		assert_non_null(find_user(lab, address));
	}
}

static void
an_address_has_254_octets_at_most(void **state)
{
	struct directory_lab *lab = *state;
	const char *label = fixture_repeat(lab->arena, "d", 61).data;
	const char *domain = arena_printf(lab->arena, "%s.%s.%.*s", label,
	    label, 61, label);
	const char *longest = arena_printf(lab->arena, "%s@%s",
	    fixture_repeat(lab->arena, "a", 64).data, domain);
	const char *more;

	domain = arena_printf(lab->arena, "%s.org", domain);
	longest = arena_printf(lab->arena, "%s@%s", fixture_repeat(lab->arena,
	    "a", 254 - 1 - strlen(domain)).data, domain);
	more = arena_printf(lab->arena, "a%s", longest);
	assert_string_equal(directories_do(lab, lab->directory,
	    arena_printf(lab->arena, "add domain %s", domain)), "");
	assert_int_equal(strlen(longest), 254);
	assert_string_equal(put_user(lab, longest, NULL), "");
	assert_non_null(find_user(lab, longest));
	assert_non_null(strstr(put_user(lab, more, NULL), "254 octets"));
}

static void
what_no_database_holds_is_refused(void **state)
{
	static const struct {
		const char *name, *error;
	} cases[] = {
		{ "a\xff", "name: it is not UTF-8" },
		{ "\xed\xa0\x80", "name: it is not UTF-8" },
		{ "a\x01", "name: control characters stand in it" },
		{ "a\rb", "name: control characters stand in it" },
		{ "a\nb\tc", "" },
	};
	struct directory_lab *lab = *state;

	directories_must_do(lab, DIRECTORIES_WORLD);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(put_user(lab, "cid@example.org",
		    cases[i].name), cases[i].error);
	assert_string_equal(put_user(lab, "c\xff@example.org", NULL),
	    "address: it is not UTF-8");
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(what_is_wrong_is_refused_and_changes_nothing),
		DIRECTORY_TEST(an_alias_leads_to_so_many_addresses_at_most),
		DIRECTORY_TEST(quotes_blanks_and_foreign_letters_are_data),
		DIRECTORY_TEST(an_address_has_254_octets_at_most),
		DIRECTORY_TEST(what_no_database_holds_is_refused),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
