/* SPDX-License-Identifier: ISC */
/* kind_access.c - access: who is refused, put off, spared or allowed. */
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"
#include "directory/lists.h"
#include "mail/access.h"

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_access *access = values;

	return kind_spell_owned(&access->name, &access->owners, arena, key_r,
	    error_r);
}

/* What an entry lists, in all. */
#define WORDS_MAX 1000
#define REMEDY "put long lists into files (sender_map and the like)"

/* Daemons keep all entries. */
static int
check_size(struct directory *directory, const void *before,
    const struct access_entry *entry, struct arena *arena,
    struct db_error *error_r)
{
	size_t count = entry->source.owners->count;

	for (size_t i = 0; i < ACCESS_KINDS; i++)
		count += entry->words[i].count;
	if (count > WORDS_MAX)
		return directory_refuse(arena, error_r, "an entry names %d "
		    "owners, clients, senders and so on at most: " REMEDY,
		    WORDS_MAX);
	return kind_check_count(directory, &kind_access, before, LISTS_MAX,
	    REMEDY, arena, error_r);
}

/* The parser of those in the configuration decides about these too. */
static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_access *access = values;
	const struct access_entry entry = {
		.source = { access->name, &access->owners, access->is_final,
		    access->text },
		.words = { [ACCESS_CLIENT] = access->clients,
		    [ACCESS_LOGIN] = access->logins,
		    [ACCESS_SENDER] = access->senders,
		    [ACCESS_RCPT] = access->recipients,
		    [ACCESS_HELO] = access->helos },
		.action = (enum access_action)access->action,
	};

	if (access_add(access_table_new(arena), &entry, &error_r->text) < 0)
		return directory_refuse(arena, error_r, "%s", error_r->text);
	return check_size(directory, before, &entry, arena, error_r);
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_access, name, NULL,
	    "Its name, in replies and logs."),
	SETTING_LIST_ROW("for", struct directory_access, owners, NULL,
	    "Whose entry it is: ann@example.org, @example.org, or the name of "
	    "a class. Absent: everybody's."),
	SETTING_LIST_ROW("client", struct directory_access, clients, NULL,
	    "Clients: addresses, networks, names."),
	SETTING_LIST_ROW("login", struct directory_access, logins, NULL,
	    "Logins: joe@example.org, @example.org."),
	SETTING_LIST_ROW("sender", struct directory_access, senders, NULL,
	    "Senders of the envelope: joe@example.org, joe@, @example.org, "
	    "@.example.org, <>."),
	SETTING_LIST_ROW("recipient", struct directory_access, recipients,
	    NULL, "Recipients, in the same words."),
	SETTING_LIST_ROW("helo", struct directory_access, helos, NULL,
	    "What the client calls itself."),
	SETTING_WORD_ROW("action", struct directory_access, action,
	    access_action_words, "deny",
	    "What becomes of what fits."),
	SETTING_TEXT_ROW("text", struct directory_access, text, NULL,
	    "What the client is told when it is refused or deferred."),
	SETTING_BOOL_ROW("final", struct directory_access, is_final, "no",
	    "It beats all entries that are not final."),
};

const struct directory_kind kind_access = {
	.name = "access",
	.plural = "access entries",
	.table = "access_entries",
	.help = "An entry of the access lists.",
	.size = sizeof(struct directory_access),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.references = kind_owned_references,
	.spell = spell,
	.check = check,
};
