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
#include "mail/policy.h"

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

	directories_must_do(lab, DIRECTORIES_WORLD);
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

	directories_must_do(lab, DIRECTORIES_WORLD);
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

/* Its planner takes small statements for dear ones, the more so where whole
 * tables are not to be read; a translation costs ten times the statement. */
static void
a_server_translates_no_statement_to_machine_code(void **state)
{
	static const enum db_use uses[] = { DB_READ, DB_WRITE };
	struct directory_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		struct db *db = db_new(&lab->settings, uses[i]);
		struct db_error error;
		struct db_rows rows;

		assert_int_equal(db_run(db, lab->arena,
		    "SELECT current_setting('jit')", NULL, &rows, &error), 0);
		assert_string_equal(str_dup(lab->arena, rows.values[0]),
		    "off");
		db_free(&db);
	}
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

	directories_must_do(lab, DIRECTORIES_WORLD);
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

	directories_must_do(lab, DIRECTORIES_WORLD);
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
		PGSQL_TEST(a_server_translates_no_statement_to_machine_code),
		DIRECTORY_TEST(lists_are_in_order_and_in_pages),
		DIRECTORY_TEST(the_identities_of_a_login_are_listed),
		DIRECTORY_TEST(what_is_no_text_is_not_looked_for),
		DIRECTORY_TEST(classes_are_not_listed_by_domain),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
