/* SPDX-License-Identifier: ISC */
/* test_directory_schema.c - upgrades: once, whole, never by surprise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/schema.h"

/* As before the first upgrade. */
static void
empty(struct directory_lab *lab)
{
	if (!lab->is_sqlite) {
		directories_must_script(lab, "DROP SCHEMA public CASCADE; "
		    "CREATE SCHEMA public");
		return;
	}
	directory_close(&lab->directory);
	lab->settings.place = arena_printf(lab->arena, "%s/fresh",
	    lab->folder);
	lab->directory = directories_connect(lab, DB_CREATE);
}

static const char *
find(struct directory_lab *lab)
{
	struct directory *other = directories_connect(lab, DB_WRITE);
	const char *key = "staff", *text = "there";
	struct directory_object *found;
	struct db_error error = { 0 };

	if (directory_find(other, lab->arena, &kind_class, &key, &found,
	    &error) < 0)
		text = arena_printf(lab->arena, "%s: %s",
		    db_trouble_text(error.trouble), error.text);
	directory_close(&other);
	return text;
}

static void
an_empty_database_is_not_prepared_by_surprise(void **state)
{
	struct directory_lab *lab = *state;
	bool has_table = true;
	struct db_error error;

	empty(lab);
	assert_int_equal(db_has_table(directory_db(lab->directory), lab->arena,
	    "schema", &has_table, &error), 0);
	assert_false(has_table);
	assert_non_null(strstr(find(lab), "schema: "));
	assert_non_null(strstr(find(lab), "it is empty; run 'mailreeve "
	    "directory upgrade' to prepare it"));
	assert_non_null(strstr(directories_do(lab, lab->directory,
	    "add class staff"), "run 'mailreeve directory upgrade'"));
	assert_int_equal(db_has_table(directory_db(lab->directory), lab->arena,
	    "schema", &has_table, &error), 0);
	assert_false(has_table);
}

static void
an_upgrade_of_what_is_current_does_nothing(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);
	struct db_error error;
	int64_t from;

	assert_string_equal(directories_do(lab, lab->directory,
	    "add class staff"), "");
	assert_int_equal(schema_upgrade(db, lab->arena, &from, &error), 0);
	assert_int_equal(from, schema_current());
	assert_int_equal(schema_check(db, lab->arena, &error), 0);
	assert_string_equal(directories_dump(lab, lab->directory),
	    "class staff {\n}\n");
}

static void
each_migration_is_told_in_the_table(void **state)
{
	struct directory_lab *lab = *state;
	struct db_rows rows;
	struct db_error error;

	assert_int_equal(db_run(directory_db(lab->directory), lab->arena,
	    "SELECT version, name FROM schema ORDER BY version", NULL, &rows,
	    &error), 0);
	assert_int_equal(rows.count, schema_current());
	for (size_t i = 0; i < rows.count; i++)
		assert_int_equal(strtol(db_value(&rows, i, 1).data, NULL, 10),
		    db_number(&rows, i, 0));
}

static void
an_older_one_is_refused_with_what_to_run(void **state)
{
	struct directory_lab *lab = *state;

	directories_must_script(lab, "DELETE FROM schema WHERE version > 1");
	assert_non_null(strstr(find(lab), "run 'mailreeve directory "
	    "upgrade'"));
}

static void
a_newer_one_is_refused_and_not_upgraded(void **state)
{
	struct directory_lab *lab = *state;
	struct db_error error;
	int64_t from;

	directories_must_script(lab,
	    "INSERT INTO schema VALUES (1000, 'future')");
	assert_non_null(strstr(find(lab), "its schema 1000 is newer than"));
	assert_int_equal(schema_upgrade(directory_db(lab->directory),
	    lab->arena, &from, &error), -1);
	assert_int_equal(error.trouble, DB_SCHEMA);
	assert_non_null(strstr(error.text, "install the release that upgraded "
	    "it on this host too"));
}

/* As the first schema had it, written by its own program; the audit too. */
#define OLD_DATA \
	"UPDATE generation SET number = 42;" \
	"INSERT INTO policies VALUES ('global');" \
	"INSERT INTO policies_setting VALUES ('global', 'junk', 0, 'no');" \
	"INSERT INTO classes VALUES ('staff', 'those who work');" \
	"INSERT INTO classes_setting VALUES ('staff', 'limits', 0, 'out=1/1h')," \
	" ('staff', 'limits', 1, 'in=2/1h');" \
	"INSERT INTO domains VALUES ('a.example', 'managed', NULL, NULL, 'staff'," \
	" 'active', 'ann@a.example', NULL, 0, 0, 'o''brien''s');" \
	"INSERT INTO domains VALUES ('b.example', 'alias', 'a.example', NULL," \
	" NULL, 'active', NULL, NULL, 0, 0, NULL);" \
	"INSERT INTO users VALUES ('ann@a.example', 'Ann', NULL, 'suspended'," \
	" 1073741824, '1', '0', '1', '1', NULL, 'a.example');" \
	"INSERT INTO users_setting VALUES ('ann@a.example', 'greylist', 0," \
	" 'yes');" \
	"INSERT INTO identities VALUES ('ann@a.example', 'x@c.example', NULL);" \
	"INSERT INTO aliases VALUES ('s@a.example', 'active', NULL, '0', NULL," \
	" 'a.example');" \
	"INSERT INTO aliases_to VALUES ('s@a.example', 0, 'z@c.example')," \
	" ('s@a.example', 1, 'ann@a.example');" \
	"INSERT INTO access_entries VALUES ('no', 'defer', 'later', '1');" \
	"INSERT INTO access_entries_for VALUES ('no', 0, 'ann@a.example');" \
	"INSERT INTO access_entries_sender VALUES ('no', 0, '@c.example');" \
	"INSERT INTO throttles VALUES ('out', 'messages', 'user', 'outbound'," \
	" 'defer', 80);" \
	"INSERT INTO throttles_limit VALUES ('out', 0, '5/1h');" \
	"INSERT INTO dkim_keys VALUES ('a.example', 'k', '/k.pem', 'active');" \
	"INSERT INTO disclaimers VALUES ('d', 'Be kind.', NULL);" \
	"INSERT INTO header_rules VALUES ('h', 'X-A', 'add', 'b');" \
	"INSERT INTO admins VALUES ('eve', 'domain', 'active', NULL);" \
	"INSERT INTO admins_domains VALUES ('eve', 0, 'a.example');" \
	"INSERT INTO audit (at, who, action, kind, name, before, after) VALUES" \
	" ('2026-01-01T00:00:00Z', 'root', 'add', 'class', 'staff', NULL," \
	" 'class staff {\n}\n');"

#define OLD_TEXT \
	"policy global {\n\tjunk no;\n}\n" \
	"class staff {\n\tdescription \"those who work\";\n" \
	"\tlimits out=1/1h in=2/1h;\n}\n" \
	"domain a.example {\n\tclass staff;\n\tcatch_all ann@a.example;\n" \
	"\tdescription o'brien's;\n}\n" \
	"domain b.example {\n\trole alias;\n\talias_of a.example;\n}\n" \
	"user ann@a.example {\n\tname Ann;\n\tstatus suspended;\n" \
	"\tquota 1g;\n\timap no;\n\tgreylist yes;\n}\n" \
	"identity ann@a.example x@c.example {\n}\n" \
	"alias s@a.example {\n\tto z@c.example ann@a.example;\n" \
	"\textension no;\n}\n" \
	"access no {\n\tfor ann@a.example;\n\tsender @c.example;\n" \
	"\taction defer;\n\ttext later;\n\tfinal yes;\n}\n" \
	"throttle out {\n\tlimit 5/1h;\n\tsoft 80;\n}\n" \
	"dkim_key a.example k {\n\tfile /k.pem;\n}\n" \
	"disclaimer d {\n\ttext \"Be kind.\";\n}\n" \
	"header_rule h {\n\tfield X-A;\n\tvalue b;\n}\n" \
	"admin eve {\n\tdomains a.example;\n}\n"

static void
what_an_older_one_has_is_there_after_the_upgrade(void **state)
{
	struct directory_lab *lab = *state;
	struct db_error error;
	struct vec entries;
	struct db *db;
	int64_t from;

	empty(lab);
	db = directory_db(lab->directory);
	if (schema_upgrade_to(db, lab->arena, 1, &from, &error) < 0)
		fail_msg("%s", error.text);
	directories_must_script(lab, OLD_DATA);
	assert_non_null(strstr(find(lab), "its schema 1 is older than"));
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(from, 1);
	assert_string_equal(find(lab), "there");
	assert_string_equal(directories_dump(lab, lab->directory), OLD_TEXT);
	/* And it goes on from there. */
	assert_string_equal(directories_do(lab, lab->directory,
	    "rename user ann@a.example eve@a.example\n"
	    "set access no action=deny\nadd user bob@a.example"), "");
	vec_init(&entries, lab->arena, sizeof(struct directory_audit));
	assert_int_equal(directory_audit_list(lab->directory, lab->arena,
	    "class", "staff", 0, 10, &entries, &error), 0);
	assert_int_equal(entries.len, 1);
}

/* Something of that name stands in the way of the last table. */
static void
an_upgrade_that_fails_leaves_nothing_behind(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db;
	bool has_table = true;
	struct db_error error;
	int64_t from;

	empty(lab);
	db = directory_db(lab->directory);
	directories_must_script(lab, "CREATE TABLE admins_domains (x INTEGER)");
	assert_int_equal(schema_upgrade(db, lab->arena, &from, &error), -1);
	assert_non_null(strstr(error.text, "already exists"));
	assert_int_equal(db_has_table(db, lab->arena, "schema", &has_table,
	    &error), 0);
	assert_false(has_table);
	assert_int_equal(db_has_table(db, lab->arena, "users", &has_table,
	    &error), 0);
	assert_false(has_table);
	directories_must_script(lab, "DROP TABLE admins_domains");
	assert_int_equal(schema_upgrade(db, lab->arena, &from, &error), 0);
	assert_string_equal(directories_do(lab, lab->directory,
	    "add class staff"), "");
}

/* In processes of their own. Each says from where it has upgraded. */
static void
of_several_at_once_one_does_it(void **state)
{
	struct directory_lab *lab = *state;
	int from_nothing = 0, status;
	pid_t pids[4];

	empty(lab);
	directory_close(&lab->directory);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		struct db_error error;
		int64_t from;

		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		if (schema_upgrade(db_new(&lab->settings, DB_CREATE),
		    lab->arena, &from, &error) < 0)
			_exit(2);
		_exit(from == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		from_nothing += WEXITSTATUS(status);
	}
	assert_int_equal(from_nothing, 1);
	lab->directory = directories_connect(lab, DB_WRITE);
	assert_string_equal(directories_do(lab, lab->directory,
	    "add class staff"), "");
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(an_empty_database_is_not_prepared_by_surprise),
		DIRECTORY_TEST(an_upgrade_of_what_is_current_does_nothing),
		DIRECTORY_TEST(each_migration_is_told_in_the_table),
		DIRECTORY_TEST(an_older_one_is_refused_with_what_to_run),
		DIRECTORY_TEST(a_newer_one_is_refused_and_not_upgraded),
		DIRECTORY_TEST(
		    what_an_older_one_has_is_there_after_the_upgrade),
		DIRECTORY_TEST(an_upgrade_that_fails_leaves_nothing_behind),
		DIRECTORY_TEST(of_several_at_once_one_does_it),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
