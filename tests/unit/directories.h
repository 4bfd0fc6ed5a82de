/* SPDX-License-Identifier: ISC */
/* directories.h - for tests: one table of tests for both databases. */
#ifndef TESTS_DIRECTORIES_H
#define TESTS_DIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>

#include "directory/directory.h"
#include "directory/directory_settings.h"
#include "scratch.h"

/* The time of all changes. */
#define DIRECTORY_NOW INT64_C(1795000320000)

/* *state of each test: an empty database, and a directory on it whose schema is
 * ours. */
struct directory_lab {
	struct arena *arena;
	struct directory *directory;
	struct directory_settings settings;
	bool is_sqlite;
	char folder[SCRATCH_SIZE];
};

/* One test, for both databases or for one. */
struct directory_test {
	const char *name;
	void (*function)(void **state);
	enum { ON_BOTH, ON_SQLITE, ON_PGSQL } on;
};
#define DIRECTORY_TEST(function) { #function, function, ON_BOTH }
#define SQLITE_TEST(function) { #function, function, ON_SQLITE }
#define PGSQL_TEST(function) { #function, function, ON_PGSQL }

/* What stands there before the cases of some tests. */
#define DIRECTORIES_WORLD \
	"add class staff junk=no\nadd class gold description=rich\n" \
	"add domain example.org class=gold\nadd domain example.net\n" \
	"add user ann@example.org class=staff\nadd user bob@example.org\n"

/* Run them on SQLite, then on PostgreSQL where it is installed. How many
 * failed. */
int directories_run(const struct directory_test *tests, size_t count);

/* In a PGSQL_TEST: the server. */
struct pgsql_server *directories_server(void);

/* One more connection. */
struct directory *directories_connect(struct directory_lab *lab,
    enum db_use use);

/* Questions to it. */
struct inquiry *directories_inquiry(struct directory_lab *lab);

/* An object from words: "user", "ann@example.org", "class=staff",
 * "to=a@example.org,b@example.org": as many words of the key as the kind has,
 * then settings. Arena's. */
struct directory_object *directories_object(struct arena *arena,
    const char *line);

/* Do what lines say, one change in a line, all in one transaction: "add KIND
 * …", "put …", "set KIND KEY… SETTING=…" (what it has already stays), "rename
 * KIND KEY… NEW_KEY…", "delete KIND KEY…", "purge KIND KEY…" (with
 * dependents). "" when it was committed, else why not: "refused: …". */
const char *directories_do(struct directory_lab *lab,
    struct directory *directory, const char *lines);

/* The same to lab->directory; the test fails unless it was committed. */
void directories_must_do(struct directory_lab *lab, const char *lines);

/* It is refused for a reason that has these words in it, or the test fails with
 * name. */
void directories_must_refuse(struct directory_lab *lab, const char *name,
    const char *lines, const char *reason);

/* Run sql on db; or statements in one transaction of lab->directory. The test
 * fails unless it was done. */
void directories_must_run(struct directory_lab *lab, struct db *db,
    const char *sql);
void directories_must_script(struct directory_lab *lab, const char *sql);

/* The database goes: of SQLite the file, of PostgreSQL the server, and with it
 * lab->directory. Then all of it comes back. */
void directories_take_away(struct directory_lab *lab);
void directories_give_back(struct directory_lab *lab);

/* Delete all objects. */
void directories_clear(struct directory_lab *lab);

/* All objects, the audit left out, as one text. */
const char *directories_dump(struct directory_lab *lab,
    struct directory *directory);

#endif
