/* SPDX-License-Identifier: ISC */
/* test_sql_dump.c - the rows of tables, out of a dump of a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/db.h"
#include "directory/sql_dump.h"

static const char *const tables[] = { "t", "absent", NULL };
static const char *const columns[] = { "a", "b" };

#define MYSQL "CREATE TABLE `t` (`a` text, `b` text);\n"
#define PLAIN "CREATE TABLE t (a text, b text);\n"

static const struct {
	const char *sentence, *text;
	const char *rows;	/* "a|b\n"; or the error */
} cases[] = {
	{ "nothing", "", "no table" },
	{ "a table without rows", MYSQL, "" },
	{ "another table alone", "CREATE TABLE x (a int); INSERT INTO x VALUES "
	    "(1);", "no table" },
	{ "rows in one statement and in several", MYSQL "INSERT INTO `t` "
	    "VALUES ('1','2'),('3','4');\nINSERT INTO `t` VALUES ('5','6');",
	    "1|2\n3|4\n5|6\n" },
	{ "a column's name has no case, SQL's words neither",
	    "create table T2 (x int); create table if not exists t (B int, "
	    "A int); insert into t values (1, 2);", "2|1\n" },
	{ "a list of columns, in another order", PLAIN "INSERT INTO t (b, "
	    "\"a\") VALUES (1, 2);", "2|1\n" },
	{ "a list that leaves one out", PLAIN "INSERT INTO t (b) VALUES (1);",
	    "NULL|1\n" },
	{ "a column that the table does not have is NULL",
	    "CREATE TABLE t (a int); INSERT INTO t VALUES (1);", "1|NULL\n" },
	{ "keys and constraints are no columns", "CREATE TABLE `t` (`a` "
	    "varchar(2) DEFAULT ',', PRIMARY KEY (`a`,`b`), `b` "
	    "enum('x','y'), UNIQUE KEY `b` (`b`), CONSTRAINT `c` CHECK "
	    "(json_valid(`b`))) ENGINE=InnoDB; INSERT INTO `t` VALUES "
	    "(1,2);", "1|2\n" },
	{ "a column may be called key", "CREATE TABLE `t` (`key` int, `a` "
	    "int, `b` int); INSERT INTO `t` VALUES (0,1,2);", "1|2\n" },
	{ "NULL, numbers, truth", PLAIN "INSERT INTO t VALUES (NULL, -1.5), "
	    "(true, FALSE);", "NULL|-1.5\n1|0\n" },
	{ "MySQL's escapes", MYSQL "INSERT INTO `t` VALUES "
	    "('it\\'s; \\\"\\\\','a''b\\n)');", "it's; \"\\|a'b\n)\n" },
	{ "no escapes but doubled quotes elsewhere", PLAIN
	    "INSERT INTO t VALUES ('a\\', 'it''s');", "a\\|it's\n" },
	{ "a string says of what kind it is", MYSQL "INSERT INTO `t` VALUES "
	    "(_binary 'x',_utf8mb4'y');", "x|y\n" },
	{ "a schema before the name", "CREATE TABLE public.t (a int, b int); "
	    "INSERT INTO \"public\".\"t\" VALUES (1, 2);", "1|2\n" },
	{ "comments", "-- x 'y\n# (\n/*!40101 SET x='*\\/' */;\n" PLAIN
	    "INSERT /* ; */ INTO t VALUES -- )\n (1, 2);", "1|2\n" },
	{ "other statements", "SET x = 'a;b';\nLOCK TABLES `t` WRITE;\n" MYSQL
	    "ALTER TABLE `t` ADD KEY (`a`);\nINSERT IGNORE INTO `t` VALUES "
	    "(1,2);\nUNLOCK TABLES;", "1|2\n" },
	{ "rows of others with traps", "INSERT INTO `x` VALUES ('\\'); INSERT "
	    "INTO `t` VALUES (1)');\n" MYSQL, "" },
	{ "code", MYSQL "DELIMITER ;;\nCREATE TRIGGER x BEGIN INSERT INTO `t` "
	    "VALUES ('); END ;;\nDELIMITER ;\nINSERT INTO `t` VALUES (1,2);",
	    "1|2\n" },
	{ "quotes that do not end", PLAIN "\nINSERT INTO t VALUES ('1",
	    "x:3: a text in quotes does not end" },
	{ "a comment that does not end", "/* ", "x:1: a comment does not "
	    "end" },
	{ "code that does not end", "DELIMITER ;;\n", "x:1: a DELIMITER does "
	    "not end" },
	{ "a table that does not end", "CREATE TABLE t (a int", "x:1: a "
	    "statement does not end" },
	{ "too many values", PLAIN "INSERT INTO t VALUES (1, 2, 3);",
	    "x:2: a row has more values than the table has columns" },
	{ "too few values", PLAIN "INSERT INTO t VALUES (1);",
	    "x:2: a row has fewer values than the table has columns" },
	{ "an expression", PLAIN "INSERT INTO t VALUES (1, now());",
	    "x:2: this is no plain value" },
	{ "a value that is missing", PLAIN "INSERT INTO t VALUES (1, );",
	    "x:2: a value is missing" },
	{ "no columns are known", "INSERT INTO t VALUES (1);", "x:1: which "
	    "columns this table has is not said: a dump with CREATE TABLE is "
	    "needed" },
	{ "an unknown column", PLAIN "INSERT INTO t (c) VALUES (1);",
	    "x:2: the table has no such column" },
	{ "rows of a query", PLAIN "INSERT INTO t SELECT 1, 2;", "x:2: VALUES "
	    "is missing" },
	{ "something behind the rows", PLAIN "INSERT INTO t VALUES (1, 2) ON "
	    "CONFLICT DO NOTHING;", "x:2: a ';' is missing" },
	{ "two tables of one name", PLAIN PLAIN, "x:2: this table was made "
	    "before" },
	{ "COPY", "COPY t FROM stdin;", "x:1: COPY: make the dump with pg_dump "
	    "--inserts, or name the database itself (pgsql:dbname=NAME)" },
};

static const char *
read_dump(struct arena *arena, const char *text)
{
	const char *error = "";
	struct sql_dump *dump = sql_dump_read("x", str_from(text), tables,
	    arena, &error);
	struct db_rows rows;
	struct buf out;

	if (dump == NULL)
		return error;
	assert_false(sql_dump_rows(dump, "absent", columns, 2, arena, &rows));
	if (!sql_dump_rows(dump, "t", columns, 2, arena, &rows))
		return "no table";
	buf_init(&out, arena);
	for (size_t i = 0; i < rows.count; i++) {
		const char *a = db_value(&rows, i, 0).data;
		const char *b = db_value(&rows, i, 1).data;

		buf_printf(&out, "%s|%s\n", a != NULL ? a : "NULL",
		    b != NULL ? b : "NULL");
	}
	return out.len != 0 ? out.data : "";
}

static void
a_dump_gives_its_rows_or_says_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *said = read_dump(arena, cases[i].text);

		if (strcmp(said, cases[i].rows) != 0)
			fail_msg("%s: %s", cases[i].sentence, said);
		arena_free(&arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_gives_its_rows_or_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
