/* SPDX-License-Identifier: ISC */
/* import_postfixadmin.c - the database of Postfix Admin.
 *
 * Its domain.quota is in megabytes, its mailbox.quota in bytes; 0 is without a
 * limit, and -1 means that there may be none of the kind. A mailbox has an
 * alias of the same address, which leads to itself.
 */
#include "base/arena.h"
#include "directory/db.h"
#include "directory/import.h"
#include "directory/import_sql.h"

/* Transports that deliver to mailboxes need no name here. */
static void
read_transport(struct import *import, struct directory_object *domain,
    struct str transport, bool is_relay)
{
	static const char *const known[] = { "", "virtual", "virtual:",
	    "lmtp:", "dovecot", "dovecot:", "relay", "relay:", "smtp",
	    "smtp:" };
	const char *name = directory_object_name(domain, import->arena);

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (transport.data == NULL || str_is(transport, known[i])) {
			if (is_relay)
				import_leave(import, "domain %s: a backup MX: "
				    "say role relay, and relay_to: which "
				    "server has its mail", name);
			return;
		}
	if (is_relay) {
		import_set(import, domain, "role", "relay");
		import_set(import, domain, "relay_to", transport.data);
	} else {
		import_leave(import, "domain %s: transport %s", name,
		    transport.data);
	}
}

/* The domain ALL is not one. */
static int
read_domains(struct import *import)
{
	static const char *const columns[] = { "domain", "description",
	    "mailboxes", "quota", "transport", "backupmx", "active" };
	struct db_rows rows;

	if (import_sql_domain_rows(import, "Postfix Admin", columns,
	    ARRAY_LEN(columns), &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		struct directory_object *domain =
		    str_is(db_value(&rows, i, 0), "ALL") ? NULL :
		    import_sql_domain(import, &rows, i,
		    db_value(&rows, i, 6));

		if (domain != NULL)
			read_transport(import, domain, db_value(&rows, i, 4),
			    import_is_true(db_value(&rows, i, 5)));
	}
	return 0;
}

static int
read_mailboxes(struct import *import)
{
	static const char *const columns[] = { "username", "name", "quota",
	    "active" };
	struct directory_object *user;
	struct db_rows rows;

	if (import_rows(import, "mailbox", columns, ARRAY_LEN(columns),
	    &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		user = import_sql_user(import, &rows, i);
		if (user != NULL && !import_is_true(db_value(&rows, i, 3)))
			import_set(import, user, "status", "suspended");
	}
	return 0;
}

static int
run(struct import *import)
{
	return read_domains(import) < 0 ||
	    import_sql_alias_domains(import) < 0 ||
	    read_mailboxes(import) < 0 || import_sql_aliases(import) < 0 ||
	    import_sql_admins(import) < 0 || import_leave_rows(import,
	    "fetchmail", "mailbox", "mail fetched from elsewhere") < 0 ||
	    import_leave_rows(import, "vacation", "email", "texts of automatic "
	    "answers: Sieve (vacation) has them") < 0 ? -1 : 0;
}

static const char *const tables[] = { "domain", "alias_domain", "mailbox",
	"alias", "admin", "domain_admins", "fetchmail", "vacation", NULL };

const struct importer importer_postfixadmin = {
	.name = "postfixadmin-sql",
	.help = "Postfix Admin: a dump of its database, or the database "
	    "itself where it is SQLite or PostgreSQL.",
	.tables = tables,
	.may_connect = true,
	.run = run,
};
