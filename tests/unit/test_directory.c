/* SPDX-License-Identifier: ISC */
/* test_directory.c - objects of every kind, written and read, on both databases. */
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
#include "fixture.h"
#include "mail/policy.h"

/* What stands there before a case. */
#define WORLD "add class staff junk=no\nadd class gold description=rich\n" \
	"add domain example.org class=gold\nadd domain example.net\n" \
	"add user ann@example.org class=staff\nadd user bob@example.org\n"

static void
do_world(struct directory_lab *lab)
{
	assert_string_equal(directories_do(lab, lab->directory, WORLD), "");
}

/* --- kinds ----------------------------------------------------------------- */

/* What is written, and how it reads afterwards. */
static const struct {
	const char *name, *line, *text;
} kinds[] = {
	{ "the global policy is one object",
	  "add policy global greylist=yes limits=out=1/1h,in=2/1d",
	  "policy global {\n\tgreylist yes;\n\tlimits out=1/1h in=2/1d;\n}\n" },
	{ "a class has policy values, and a value that is a default too is "
	  "there when it was set", "add class Silver junk=yes dkim_sign=no",
	  "class silver {\n\tjunk yes;\n\tdkim_sign no;\n}\n" },
	{ "a domain is in lower case without final dot",
	  "add domain Example.COM. quota=10g max_users=5",
	  "domain example.com {\n\tquota 10g;\n\tmax_users 5;\n}\n" },
	{ "a domain of U-labels stands there by its A-labels (RFC 5891)",
	  "add domain bücher.example", "domain xn--bcher-kva.example {\n}\n" },
	{ "a relay domain names its server",
	  "add domain r.example role=relay relay_to=smtp:[mx.r.example]",
	  "domain r.example {\n\trole relay;\n\trelay_to "
	  "smtp:[mx.r.example];\n}\n" },
	{ "an alias domain names the one for which it stands",
	  "add domain a.example role=alias alias_of=Example.org",
	  "domain a.example {\n\trole alias;\n\talias_of example.org;\n}\n" },
	{ "a user has a class, services, a quota and policy",
	  "add user Cid@Example.ORG class=GOLD quota=2048m pop3=no "
	  "status=sending-suspended greylist=yes",
	  "user cid@example.org {\n\tclass gold;\n\tstatus "
	  "sending-suspended;\n\tquota 2g;\n\tpop3 no;\n\tgreylist yes;\n}\n" },
	{ "an identity belongs to a login",
	  "add identity ann@example.org Press@example.com",
	  "identity ann@example.org press@example.com {\n}\n" },
	{ "an identity may be all of a domain",
	  "add identity ann@example.org @Example.net",
	  "identity ann@example.org @example.net {\n}\n" },
	{ "an alias has many targets, here and elsewhere, and an end",
	  "add alias sales@example.org to=ann@example.org,X@remote.example "
	  "expires=2027-01-31T01:00:00+01:00 extension=no",
	  "alias sales@example.org {\n\tto ann@example.org "
	  "x@remote.example;\n\texpires 2027-01-31T00:00:00.000Z;\n\t"
	  "extension no;\n}\n" },
	{ "an access entry has words of several kinds",
	  "add access No for=Ann@example.org,@example.net,gold "
	  "sender=@.bad.example,joe@ client=192.0.2.0/24 action=defer "
	  "final=yes text=later",
	  "access no {\n\tfor ann@example.org @example.net gold;\n\tclient "
	  "192.0.2.0/24;\n\tsender @.bad.example joe@;\n\taction defer;\n\t"
	  "text later;\n\tfinal yes;\n}\n" },
	{ "a throttle has limits", "add throttle out limit=100/1h,1000/1d "
	  "per=domain soft=80", "throttle out {\n\tlimit 100/1h 1000/1d;\n\t"
	  "per domain;\n\tsoft 80;\n}\n" },
	{ "a DKIM key belongs to a domain (RFC 6376 3.1)",
	  "add dkim_key example.org Mail1 file=/keys/a.pem state=prepared",
	  "dkim_key example.org mail1 {\n\tfile /keys/a.pem;\n\tstate "
	  "prepared;\n}\n" },
	{ "a disclaimer has a text", "add disclaimer legal text=Bye for=staff",
	  "disclaimer legal {\n\tfor staff;\n\ttext Bye;\n}\n" },
	{ "a header rule has a field and a value",
	  "add header_rule org field=Organization value=Example",
	  "header_rule org {\n\tfield Organization;\n\tvalue Example;\n}\n" },
	{ "an administrator has domains",
	  "add admin Eve domains=example.org,example.net role=support",
	  "admin eve {\n\trole support;\n\tdomains example.org "
	  "example.net;\n}\n" },
};

static void
every_kind_reads_as_it_was_written(void **state)
{
	struct directory_lab *lab = *state;

	do_world(lab);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *result = directories_do(lab, lab->directory,
		    kinds[i].line);
		struct directory_object *object = directories_object(
		    lab->arena, kinds[i].line + strlen("add ")), *found;
		const char *key[] = { NULL, NULL };
		struct db_error error = { .text = "absent" };

		if (*result != '\0')
			fail_msg("%s: %s", kinds[i].name, result);
		for (size_t j = 0; j < object->kind->key_count; j++)
			key[j] = *(const char **)(void *)((char *)
			    object->values + object->kind->rows[j].offset);
		if (directory_find(lab->directory, lab->arena, object->kind,
		    key, &found, &error) < 0 || found == NULL)
			fail_msg("%s: %s", kinds[i].name, error.text);
		if (strcmp(directory_object_print(found, lab->arena),
		    kinds[i].text) != 0)
			fail_msg("%s: it reads\n%s", kinds[i].name,
			    directory_object_print(found, lab->arena));
	}
}

static void
the_kinds_fill_their_structs(void **state)
{
	struct directory_lab *lab = *state;
	const char *key = "ann@example.org";
	struct directory_object *found;
	const struct directory_user *user;
	struct db_error error;

	do_world(lab);
	assert_string_equal(directories_do(lab, lab->directory,
	    "set user ann@example.org quota=3g imap=no junk=no"), "");
	assert_int_equal(directory_find(lab->directory, lab->arena,
	    &kind_user, &key, &found, &error), 0);
	user = found->values;
	assert_string_equal(user->address, key);
	assert_string_equal(user->domain, "example.org");
	assert_string_equal(user->class_name, "staff");
	assert_int_equal(user->quota_bytes, INT64_C(3) << 30);
	assert_false(user->has_imap);
	assert_true(user->has_pop3);
	assert_null(user->name);
	assert_true(found->has_policy[0]);
	assert_false(found->has_policy[1]);
	assert_false(found->policy->junk);
}

static void
every_row_is_a_column_or_a_table(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);

	for (size_t i = 0; directory_kinds[i] != NULL; i++) {
		const struct directory_kind *kind = directory_kinds[i];

		for (size_t j = 0; j < kind->row_count; j++) {
			bool is_list = kind->rows[j].kind == SETTING_LIST;
			struct db_error error;

			if (db_run(db, lab->arena, arena_printf(lab->arena,
			    "SELECT \"%s\" FROM %s%s%s",
			    is_list ? "value" : kind->rows[j].key,
			    kind->table, is_list ? "_" : "",
			    is_list ? kind->rows[j].key : ""), NULL, NULL,
			    &error) < 0)
				fail_msg("%s.%s: %s", kind->name,
				    kind->rows[j].key, error.text);
		}
	}
}

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
	  "class: there is no class tin" },
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

	do_world(lab);
	before = directories_dump(lab, lab->directory);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		const char *result = directories_do(lab, lab->directory,
		    refused[i].lines);

		if (strncmp(result, "refused: ", strlen("refused: ")) != 0 ||
		    strstr(result, refused[i].error) == NULL)
			fail_msg("%s: %s", refused[i].name, result);
	}
	assert_string_equal(directories_dump(lab, lab->directory), before);
}

static void
an_alias_leads_to_so_many_addresses_at_most(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;

	do_world(lab);
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

	do_world(lab);
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

	do_world(lab);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(put_user(lab, "cid@example.org",
		    cases[i].name), cases[i].error);
	assert_string_equal(put_user(lab, "c\xff@example.org", NULL),
	    "address: it is not UTF-8");
}

/* --- lists ----------------------------------------------------------------- */

static const struct {
	const char *name;
	const struct directory_kind *kind;
	const char *domain, *prefix, *after[2];
	size_t limit;
	const char *found;
} lists[] = {
	{ "all, in the order of bytes", &kind_user, NULL, NULL, { NULL }, 0,
	  "ann@example.org bob@example.net bob@example.org "
	  "bobby@example.org z\xc3\xa9@example.net" },
	{ "of a domain", &kind_user, "Example.NET", NULL, { NULL }, 0,
	  "bob@example.net z\xc3\xa9@example.net" },
	{ "by what they begin with", &kind_user, NULL, "bob", { NULL }, 0,
	  "bob@example.net bob@example.org bobby@example.org" },
	{ "a prefix is no pattern", &kind_user, NULL, "b%", { NULL }, 0, "" },
	{ "both", &kind_user, "example.org", "bob@", { NULL }, 0,
	  "bob@example.org" },
	{ "the first page", &kind_user, NULL, NULL, { NULL }, 2,
	  "ann@example.org bob@example.net" },
	{ "the next page", &kind_user, NULL, NULL, { "bob@example.net" }, 2,
	  "bob@example.org bobby@example.org" },
	{ "the last page", &kind_user, NULL, NULL, { "bobby@example.org" }, 2,
	  "z\xc3\xa9@example.net" },
	{ "behind one of two words", &kind_identity, NULL, NULL,
	  { "ann@example.org", "a@x.example" }, 0,
	  "ann@example.org b@x.example,bob@example.org a@x.example" },
	{ "of a domain that has none", &kind_user, "example.com", NULL,
	  { NULL }, 0, "" },
	{ "domains by domain", &kind_domain, "example.org", NULL, { NULL }, 0,
	  "example.org" },
};

static void
lists_are_in_order_and_in_pages(void **state)
{
	struct directory_lab *lab = *state;

	do_world(lab);
	assert_string_equal(directories_do(lab, lab->directory,
	    "add user bobby@example.org\nadd user bob@example.net\n"
	    "add user z\xc3\xa9@example.net\n"
	    "add identity bob@example.org a@x.example\n"
	    "add identity ann@example.org b@x.example\n"
	    "add identity ann@example.org a@x.example\n"), "");
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct directory_query query = {
			.domain = lists[i].domain,
			.prefix = lists[i].prefix,
			.after = lists[i].after[0] != NULL ? lists[i].after :
			    NULL,
			.limit = lists[i].limit,
		};
		struct db_error error;
		struct vec objects;
		struct buf out;

		vec_init(&objects, lab->arena, sizeof(void *));
		buf_init(&out, lab->arena);
		if (directory_list(lab->directory, lab->arena, lists[i].kind,
		    &query, &objects, &error) < 0)
			fail_msg("%s: %s", lists[i].name, error.text);
		for (size_t j = 0; j < objects.len; j++)
			buf_printf(&out, "%s%s", j == 0 ? "" :
			    lists[i].kind->key_count == 1 ? " " : ",",
			    directory_object_name(*(struct directory_object **)
			    vec_at(&objects, j), lab->arena));
		if (strcmp(out.data, lists[i].found) != 0)
			fail_msg("%s: %s", lists[i].name, out.data);
	}
}

/* And not those of one whose name only begins so. */
static void
the_identities_of_a_login_are_listed(void **state)
{
	const struct directory_query query = { .first = "ann@example.org" };
	struct directory_lab *lab = *state;
	struct db_error error;
	struct vec objects;

	do_world(lab);
	assert_string_equal(directories_do(lab, lab->directory,
	    "add domain example.org.uk\nadd user ann@example.org.uk\n"
	    "add identity ann@example.org.uk a@x.example\n"
	    "add identity ann@example.org c@x.example\n"
	    "add identity ann@example.org b@x.example\n"), "");
	vec_init(&objects, lab->arena, sizeof(void *));
	assert_int_equal(directory_list(lab->directory, lab->arena,
	    &kind_identity, &query, &objects, &error), 0);
	assert_int_equal(objects.len, 2);
	assert_string_equal(directory_object_name(
	    *(struct directory_object **)vec_at(&objects, 0), lab->arena),
	    "ann@example.org b@x.example");
}

/* A prefix or a page may come from anywhere. */
static void
what_is_no_text_is_not_looked_for(void **state)
{
	static const char *const after[] = { "a\x01" };
	static const struct directory_query queries[] = {
		{ .first = "\xff" }, { .prefix = "a\xc3" }, { .after = after },
	};
	const struct directory_author author = { "\xff", DIRECTORY_NOW };
	struct directory_lab *lab = *state;
	struct db_error error;
	struct vec objects;

	vec_init(&objects, lab->arena, sizeof(void *));
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		assert_int_equal(directory_list(lab->directory, lab->arena,
		    &kind_user, &queries[i], &objects, &error), -1);
		assert_int_equal(error.trouble, DB_REFUSED);
	}
	assert_int_equal(directory_begin(lab->directory, &author, lab->arena,
	    &error), -1);
	assert_string_equal(error.text, "who makes the change: it is not "
	    "UTF-8");
}

static void
classes_are_not_listed_by_domain(void **state)
{
	const struct directory_query query = { .domain = "example.org" };
	struct directory_lab *lab = *state;
	struct db_error error;
	struct vec objects;

	vec_init(&objects, lab->arena, sizeof(void *));
	assert_int_equal(directory_list(lab->directory, lab->arena,
	    &kind_class, &query, &objects, &error), -1);
	assert_string_equal(error.text, "classes are not listed by domain");
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(every_kind_reads_as_it_was_written),
		DIRECTORY_TEST(the_kinds_fill_their_structs),
		DIRECTORY_TEST(every_row_is_a_column_or_a_table),
		DIRECTORY_TEST(what_is_wrong_is_refused_and_changes_nothing),
		DIRECTORY_TEST(an_alias_leads_to_so_many_addresses_at_most),
		DIRECTORY_TEST(quotes_blanks_and_foreign_letters_are_data),
		DIRECTORY_TEST(an_address_has_254_octets_at_most),
		DIRECTORY_TEST(what_no_database_holds_is_refused),
		DIRECTORY_TEST(lists_are_in_order_and_in_pages),
		DIRECTORY_TEST(the_identities_of_a_login_are_listed),
		DIRECTORY_TEST(what_is_no_text_is_not_looked_for),
		DIRECTORY_TEST(classes_are_not_listed_by_domain),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
