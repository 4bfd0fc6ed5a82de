/* SPDX-License-Identifier: ISC */
/* import_sql.h - tables that Postfix Admin and its descendants have alike. */
#ifndef DIRECTORY_IMPORT_SQL_H
#define DIRECTORY_IMPORT_SQL_H

#include <stdbool.h>

#include "base/str.h"

struct import;

/* A number above zero: zero is "no limit" there, -1 is "none". */
bool import_sql_is_number(struct str text);

/* Each 0, or -1 with import->error. */

/* alias_domain (alias_domain, target_domain, active). */
int import_sql_alias_domains(struct import *import);
/* alias (address, goto, active): after the users. */
int import_sql_aliases(struct import *import);
/* admin (username, active), domain_admins (username, domain). */
int import_sql_admins(struct import *import);

#endif
