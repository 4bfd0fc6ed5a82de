/* SPDX-License-Identifier: ISC */
/* sql_dump.h - the rows of tables, out of a dump of a database.
 *
 * What mysqldump and mariadb-dump write, sqlite3's .dump, and pg_dump with
 * --inserts: CREATE TABLE for the names of columns, INSERT for rows. All other
 * statements are passed over. Strings have backslash escapes where the table's
 * name stands in backquotes, as MySQL writes them, and else none.
 */
#ifndef DIRECTORY_SQL_DUMP_H
#define DIRECTORY_SQL_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct db_rows;
struct sql_dump;

/* Rows of the tables named (ends with NULL) are kept; they live in arena, and
 * so long must text. NULL with the reason: "mail.sql:12: …". */
struct sql_dump *sql_dump_read(const char *name, struct str text,
    const char *const *tables, struct arena *arena, const char **error_r);

/* The values of some columns, row by row; a column that the table does not have
 * is NULL in all. False when the dump has no such table. */
bool sql_dump_rows(const struct sql_dump *dump, const char *table,
    const char *const *columns, size_t count, struct arena *arena,
    struct db_rows *rows_r);

#endif
