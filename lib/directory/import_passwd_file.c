/* SPDX-License-Identifier: ISC */
/* import_passwd_file.c - the users of Dovecot's passwd-file.
 *
 * user:password:uid:gid:gecos:home:shell:extra fields. Users whose name is an
 * address, with their name and quota; extra fields say much else that Dovecot
 * goes on to read for itself.
 */
#include "base/arena.h"
#include "directory/import.h"

enum field { FIELD_USER, FIELD_PASSWORD, FIELD_UID, FIELD_GID, FIELD_GECOS,
	FIELD_HOME, FIELD_SHELL, FIELD_EXTRA, FIELD_COUNT };

/* "*:storage=2G", "*:bytes=1000": its size; data NULL: something else. */
static struct str
quota_of(struct str rule)
{
	struct str rest = rule, piece;

	while (str_cut(&rest, ':', &piece)) {
		if (str_has_prefix_nocase(piece, STR("storage=")))
			return str_from_pos(piece, 8);
		if (str_has_prefix_nocase(piece, STR("bytes=")))
			return str_from_pos(piece, 6);
	}
	return (struct str){ 0 };
}

/* Dovecot's 2G and 500M; a bare number of storage= is of kilobytes. */
static void
set_quota(struct import *import, struct directory_object *user,
    struct str field, struct str value, bool is_size)
{
	struct str size = is_size ? value : quota_of(value);
	const char *text;

	if (size.data == NULL || size.len == 0) {
		import_leave(import, "user %s: %.*s=%.*s",
		    directory_object_name(user, import->arena),
		    STR_ARG(field), STR_ARG(value));
		return;
	}
	text = str_dup_lower(import->arena, size);
	if (!is_size && char_is_digit(size.data[size.len - 1]) &&
	    memmem(value.data, value.len, "storage=", 8) != NULL)
		text = arena_printf(import->arena, "%sk", text);
	import_set(import, user, "quota", text);
}

/* Fields may be given for the lookup of users alone. */
static void
read_extra(struct import *import, struct directory_object *user,
    struct str extra)
{
	struct str word, name, value;

	while (str_cut(&extra, ' ', &word)) {
		if (word.len == 0)
			continue;
		value = word;
		str_cut(&value, '=', &name);
		if (str_has_prefix_nocase(name, STR("userdb_")))
			name = str_from_pos(name, 7);
		if (str_is(name, "quota_rule"))
			set_quota(import, user, name, value, false);
		else if (str_is(name, "quota_storage_size"))
			set_quota(import, user, name, value, true);
		else
			import_leave(import, "user %s: %.*s: Dovecot reads it "
			    "for itself", directory_object_name(user,
			    import->arena), STR_ARG(name));
	}
}

static void
read_user(struct import *import, const struct str *fields)
{
	const char *name = str_dup(import->arena, fields[FIELD_USER]);
	const char *at = strrchr(name, '@');
	struct directory_object *user;

	if (at == NULL) {
		import_leave(import, "user %s: the name is no address", name);
		return;
	}
	import->passwords += fields[FIELD_PASSWORD].len != 0;
	if (import_find(import, &kind_user, name) != NULL) {
		import_leave(import, "user %s: stands there a second time",
		    name);
		return;
	}
	user = import_object(import, &kind_user, name, NULL);
	if (user == NULL)
		return;
	import_object(import, &kind_domain, at + 1, NULL);
	import_set(import, user, "name", str_dup(import->arena,
	    fields[FIELD_GECOS]));
	read_extra(import, user, fields[FIELD_EXTRA]);
}

/* The last field has colons of its own. */
static int
run(struct import *import)
{
	struct str rest = import->text, line;

	while (str_cut(&rest, '\n', &line)) {
		struct str fields[FIELD_COUNT] = { 0 };

		line = str_trim(line);
		if (line.len == 0 || line.data[0] == '#')
			continue;
		for (size_t i = 0; i < FIELD_EXTRA; i++)
			if (!str_cut(&line, ':', &fields[i]))
				break;
		fields[FIELD_EXTRA] = line;
		read_user(import, fields);
	}
	return 0;
}

const struct importer importer_passwd_file = {
	.name = "passwd-file",
	.help = "A passwd-file of Dovecot: user@domain:password:…",
	.run = run,
};
