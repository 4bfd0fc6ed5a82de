/* SPDX-License-Identifier: ISC */
/* import_sql.h - tables that Postfix Admin and its descendants have alike. */
#ifndef DIRECTORY_IMPORT_SQL_H
#define DIRECTORY_IMPORT_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct db_rows;
struct directory_object;
struct import;

/* A number above zero: zero is "no limit" there, -1 is "none". */
bool import_sql_is_number(struct str text);

/* The object of a row; NULL: there is none, and that is told.
 * domain, description, mailboxes, quota (in megabytes), ...; and is it active? */
struct directory_object *import_sql_domain(struct import *import,
    const struct db_rows *rows, size_t i, struct str active);
/* username, name, quota (in bytes), ... */
struct directory_object *import_sql_user(struct import *import,
    const struct db_rows *rows, size_t i);

/* Each 0, or -1 with import->error. */

/* The table domain, without which it is no database of this kind. */
int import_sql_domain_rows(struct import *import, const char *whose,
    const char *const *columns, size_t count, struct db_rows *rows_r);

/* alias_domain (alias_domain, target_domain, active). */
int import_sql_alias_domains(struct import *import);
/* alias (address, goto, active): after the users. */
int import_sql_aliases(struct import *import);
/* admin (username, active), domain_admins (username, domain). */
int import_sql_admins(struct import *import);

#endif
