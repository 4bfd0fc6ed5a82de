/* SPDX-License-Identifier: ISC */
/* import_sql.c - tables that Postfix Admin and its descendants have alike. */
#include "directory/import_sql.h"

#include "base/arena.h"
#include "directory/db.h"
#include "directory/import.h"

bool
import_sql_is_number(struct str text)
{
	uint64_t number;

	return str_to_u64(text, INT64_MAX, &number) == 0 && number != 0;
}

int
import_sql_domain_rows(struct import *import, const char *whose,
    const char *const *columns, size_t count, struct db_rows *rows_r)
{
	int has = import_rows(import, "domain", columns, count, rows_r);

	return has != 0 ? has : import_fail(import, "%s: there is no table "
	    "domain: is it of %s?", import->name, whose);
}

struct directory_object *
import_sql_domain(struct import *import, const struct db_rows *rows, size_t i,
    struct str active)
{
	const char *name = db_value(rows, i, 0).data;
	struct directory_object *domain = name == NULL ? NULL :
	    import_object(import, &kind_domain, name, NULL);

	if (domain == NULL)
		return NULL;
	import_set(import, domain, "description", db_value(rows, i, 1).data);
	if (import_sql_is_number(db_value(rows, i, 2)))
		import_set(import, domain, "max_users",
		    db_value(rows, i, 2).data);
	if (import_sql_is_number(db_value(rows, i, 3)))
		import_set(import, domain, "quota", arena_printf(
		    import->arena, "%sm", db_value(rows, i, 3).data));
	if (!import_is_true(active))
		import_set(import, domain, "status", "suspended");
	return domain;
}

struct directory_object *
import_sql_user(struct import *import, const struct db_rows *rows, size_t i)
{
	const char *address = db_value(rows, i, 0).data;
	struct directory_object *user = address == NULL ? NULL :
	    import_object(import, &kind_user, address, NULL);

	if (user == NULL)
		return NULL;
	import->passwords++;
	import_set(import, user, "name", db_value(rows, i, 1).data);
	if (import_sql_is_number(db_value(rows, i, 2)))
		import_set(import, user, "quota", db_value(rows, i, 2).data);
	return user;
}

int
import_sql_alias_domains(struct import *import)
{
	static const char *const columns[] = { "alias_domain",
	    "target_domain", "active" };
	struct db_rows rows;

	if (import_rows(import, "alias_domain", columns, 3, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *name = db_value(&rows, i, 0).data;
		struct directory_object *domain;

		if (name == NULL)
			continue;
		domain = import_object(import, &kind_domain, name, NULL);
		if (domain == NULL)
			continue;
		import_set(import, domain, "role", "alias");
		import_set(import, domain, "alias_of",
		    db_value(&rows, i, 1).data);
		if (!import_is_true(db_value(&rows, i, 2)))
			import_set(import, domain, "status", "suspended");
	}
	return 0;
}

/* The targets that are addresses; what stands for something else in these
 * systems is told. */
static const char *
plain_targets(struct import *import, const char *address, const char *targets)
{
	struct str rest = str_from(targets), target;
	struct buf plain;

	buf_init(&plain, import->arena);
	while (str_cut(&rest, ',', &target)) {
		target = str_trim(target);
		if (str_find(target, '#') >= 0)
			import_leave(import, "user %s: an automatic answer: "
			    "Sieve (vacation) does that", address);
		else if (str_has_suffix_nocase(target, STR("@localhost")))
			import_leave(import, "alias %s: %.*s is no mailbox",
			    address, STR_ARG(target));
		else
			buf_printf(&plain, "%s%.*s", plain.len != 0 ? "," : "",
			    STR_ARG(target));
	}
	return plain.data;
}

int
import_sql_aliases(struct import *import)
{
	static const char *const columns[] = { "address", "goto", "active" };
	struct db_rows rows;

	if (import_rows(import, "alias", columns, 3, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *address = db_value(&rows, i, 0).data;
		const char *targets = db_value(&rows, i, 1).data;
		bool is_active = import_is_true(db_value(&rows, i, 2));
		struct directory_object *alias;

		if (address == NULL || targets == NULL)
			continue;
		if (address[0] == '@' && !is_active) {
			import_leave(import, "alias %s: it is not active",
			    address);
			continue;
		}
		alias = import_alias(import, address, plain_targets(import,
		    address, targets));
		if (alias != NULL && !is_active)
			import_set(import, alias, "status", "suspended");
	}
	return 0;
}

/* ALL stands for all domains. */
static int
read_rights(struct import *import)
{
	static const char *const columns[] = { "username", "domain" };
	struct db_rows rows;

	if (import_rows(import, "domain_admins", columns, 2, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *login = db_value(&rows, i, 0).data;
		const char *domain = db_value(&rows, i, 1).data;
		struct directory_object *admin = login == NULL ? NULL :
		    import_find(import, &kind_admin, login);

		if (admin == NULL || domain == NULL)
			continue;
		if (strcmp(domain, "ALL") == 0)
			import_set(import, admin, "role", "super");
		else
			import_add(import, admin, "domains", domain);
	}
	return 0;
}

/* Who has all domains has no list of them; who has none is nobody. */
static void
judge_rights(struct import *import, const char *login)
{
	struct directory_object *object = import_find(import, &kind_admin,
	    login);
	const struct directory_admin *admin;
	const char *error;

	if (object == NULL)
		return;
	admin = object->values;
	if (admin->role == ADMIN_SUPER) {
		directory_object_set(object, "domains", NULL, 0, import->arena,
		    &error);
	} else if (admin->domains.count == 0) {
		import_leave(import, "admin %s: administers no domain", login);
		import_forget(import, object);
	}
}

int
import_sql_admins(struct import *import)
{
	static const char *const columns[] = { "username", "active",
	    "superadmin" };
	size_t count = import->db != NULL ? 2 : 3;
	struct directory_object *admin;
	struct db_rows rows;

	if (import_rows(import, "admin", columns, count, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *login = db_value(&rows, i, 0).data;

		admin = login == NULL ? NULL : import_object(import,
		    &kind_admin, login, NULL);
		if (admin == NULL)
			continue;
		import->passwords++;
		if (!import_is_true(db_value(&rows, i, 1)))
			import_set(import, admin, "status", "suspended");
		if (count == 3 && import_is_true(db_value(&rows, i, 2)))
			import_set(import, admin, "role", "super");
	}
	if (read_rights(import) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		if (db_value(&rows, i, 0).data != NULL)
			judge_rights(import, db_value(&rows, i, 0).data);
	return 0;
}
