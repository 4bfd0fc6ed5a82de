/* SPDX-License-Identifier: ISC */
/* import_mailcow.c - a dump of mailcow's database.
 *
 * As in Postfix Admin, where it comes from, but: what a login may use stands in
 * attributes, as JSON; active is 2 for who gets mail without a login;
 * sender_acl says who may send as whom; spamalias are aliases for a time. Its
 * keys for DKIM are in Redis.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "directory/db.h"
#include "directory/import.h"
#include "directory/import_sql.h"
#include "json/node.h"
#include "json/read.h"

static int
read_domains(struct import *import)
{
	static const char *const columns[] = { "domain", "description",
	    "mailboxes", "quota", "backupmx", "active" };
	struct db_rows rows;

	if (import_sql_domain_rows(import, "mailcow", columns,
	    ARRAY_LEN(columns), &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		if (import_sql_domain(import, &rows, i,
		    db_value(&rows, i, 5)) != NULL &&
		    import_is_true(db_value(&rows, i, 4)))
			import_leave(import, "domain %s: its mail is passed "
			    "on: say role relay, and relay_to: which server "
			    "has it", db_value(&rows, i, 0).data);
	return 0;
}

static const char *const accesses[][2] = {
	{ "imap_access", "imap" },
	{ "pop3_access", "pop3" },
	{ "smtp_access", "smtp" },
	{ "sieve_access", "managesieve" },
};

/* "0" is no; what does not stand there is yes. */
static void
read_attributes(struct import *import, struct directory_object *user,
    struct str text)
{
	const struct node *attributes;
	const char *error;

	if (text.data == NULL || text.len == 0)
		return;
	attributes = json_read(import->arena, text, &error);
	if (attributes == NULL) {
		import_leave(import, "user %s: attributes: %s",
		    directory_object_name(user, import->arena), error);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(accesses); i++) {
		const char *value = node_text(attributes, accesses[i][0]);

		if (value != NULL && strcmp(value, "0") == 0)
			import_set(import, user, accesses[i][1], "no");
	}
}

static void
read_active(struct import *import, struct directory_object *user,
    struct str active)
{
	if (!import_is_true(active))
		import_set(import, user, "status", "suspended");
	for (size_t i = 0; str_is(active, "2") && i < ARRAY_LEN(accesses); i++)
		import_set(import, user, accesses[i][1], "no");
}

static int
read_mailboxes(struct import *import)
{
	static const char *const columns[] = { "username", "name", "quota",
	    "active", "kind", "attributes" };
	struct directory_object *user;
	struct db_rows rows;

	if (import_rows(import, "mailbox", columns, ARRAY_LEN(columns),
	    &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *address = db_value(&rows, i, 0).data;

		if (address != NULL && db_value(&rows, i, 4).len != 0) {
			import_leave(import, "user %s: a room or a thing to be "
			    "booked (%s)", address,
			    db_value(&rows, i, 4).data);
			continue;
		}
		user = import_sql_user(import, &rows, i);
		if (user == NULL)
			continue;
		read_attributes(import, user, db_value(&rows, i, 5));
		read_active(import, user, db_value(&rows, i, 3));
	}
	return 0;
}

/* "*" is everybody, example.org or @example.org a domain. */
static int
read_senders(struct import *import)
{
	static const char *const columns[] = { "logged_in_as", "send_as" };
	struct db_rows rows;

	if (import_rows(import, "sender_acl", columns, 2, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *login = db_value(&rows, i, 0).data;
		const char *sender = db_value(&rows, i, 1).data;

		if (login == NULL || sender == NULL)
			continue;
		if (strcmp(sender, "*") == 0)
			import_leave(import, "user %s: may send as anybody: "
			    "name the domains, as identities", login);
		else if (import_find(import, &kind_user, login) == NULL)
			import_leave(import, "identity %s %s: there is no such "
			    "user", login, sender);
		else
			import_object(import, &kind_identity, login,
			    strchr(sender, '@') != NULL ? sender :
			    arena_printf(import->arena, "@%s", sender));
	}
	return 0;
}

static int
read_passing_aliases(struct import *import)
{
	static const char *const columns[] = { "address", "goto",
	    "validity" };
	struct db_rows rows;

	if (import_rows(import, "spamalias", columns, 3, &rows) < 0)
		return -1;
	for (size_t i = 0; i < rows.count; i++) {
		const char *address = db_value(&rows, i, 0).data;
		const char *target = db_value(&rows, i, 1).data;
		struct directory_object *alias;
		char text[CLOCK_TEXT_SIZE];
		uint64_t seconds;

		alias = address == NULL || target == NULL ? NULL :
		    import_alias(import, address, target);
		if (alias != NULL && str_to_u64(db_value(&rows, i, 2),
		    UINT32_MAX, &seconds) == 0 && seconds != 0)
			import_set(import, alias, "expires", clock_format(
			    (int64_t)seconds * 1000, text));
	}
	return 0;
}

static const struct {
	const char *table, *column, *what;
} others[] = {
	{ "imapsync", "id", "mail fetched from elsewhere" },
	{ "sieve_filters", "id", "Sieve scripts" },
	{ "app_passwd", "id", "passwords for applications" },
	{ "tfa", "id", "second factors" },
	{ "bcc_maps", "id", "copies to others" },
	{ "recipient_maps", "id", "recipients that are rewritten" },
	{ "filterconf", "prefid", "settings of the spam filter" },
	{ "relayhosts", "id", "servers that mail is sent by" },
	{ "transports", "id", "ways for single domains" },
	{ "tls_policy_override", "id", "TLS for single domains" },
};

static int
leave_others(struct import *import)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (import_leave_rows(import, others[i].table,
		    others[i].column, others[i].what) < 0)
			return -1;
	import_leave(import, "keys for DKIM: they are in mailcow's Redis; "
	    "write them to files, and add a dkim_key for each");
	return 0;
}

static int
run(struct import *import)
{
	return read_domains(import) < 0 ||
	    import_sql_alias_domains(import) < 0 ||
	    read_mailboxes(import) < 0 || read_senders(import) < 0 ||
	    import_sql_aliases(import) < 0 ||
	    read_passing_aliases(import) < 0 ||
	    import_sql_admins(import) < 0 || leave_others(import) < 0 ? -1 : 0;
}

static const char *const tables[] = { "domain", "alias_domain", "mailbox",
	"alias", "sender_acl", "spamalias", "admin", "domain_admins",
	"imapsync", "sieve_filters", "app_passwd", "tfa", "bcc_maps",
	"recipient_maps", "filterconf", "relayhosts", "transports",
	"tls_policy_override", NULL };

const struct importer importer_mailcow = {
	.name = "mailcow-sql",
	.help = "mailcow: a dump of its database (mysqldump).",
	.tables = tables,
	.run = run,
};
