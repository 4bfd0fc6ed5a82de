/* SPDX-License-Identifier: ISC */
/* kind_spell.c - the one spelling of names, domains and addresses. */
#include "directory/kind_spell.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "mail/address.h"

const char *const kind_status_words[] = {
	[STATUS_ACTIVE] = "active",
	[STATUS_SENDING_SUSPENDED] = "sending-suspended",
	[STATUS_SUSPENDED] = "suspended",
	NULL,
};

static int
spell_domain(struct str text, const char **field, struct arena *arena,
    const char **error_r)
{
	struct str domain;

	if (domain_canonical(arena, text, &domain) < 0) {
		*error_r = arena_printf(arena, "'%.*s' is not a domain name",
		    STR_ARG(text));
		return -1;
	}
	*field = str_dup(arena, domain);
	return 0;
}

int
kind_spell_domain(const char **field, struct arena *arena,
    const char **error_r)
{
	return *field == NULL ? 0 :
	    spell_domain(str_from(*field), field, arena, error_r);
}

int
kind_spell_address(const char **field, const char **domain_r,
    struct arena *arena, const char **error_r)
{
	const char *typed = *field, *why = NULL;
	struct address address;
	struct str spelling;

	if (typed == NULL)
		return 0;
	if (address_parse_path(arena, str_from(typed), &address, &why) < 0 ||
	    address.local.len == 0 || address.domain.len == 0 ||
	    address.has_route) {
		*error_r = arena_printf(arena, "'%s' is no address "
		    "(user@example.org)%s%s", typed, why != NULL ? ": " : "",
		    why != NULL ? why : "");
		return -1;
	}
	spelling = address_canonical(arena, &address, '\0');
	if (spelling.len > KIND_KEY_MAX) {
		*error_r = arena_printf(arena, "an address has at most %d "
		    "octets (RFC 5321 4.5.3.1.3), this one has %zu",
		    KIND_KEY_MAX, spelling.len);
		return -1;
	}
	*field = str_dup(arena, spelling);
	if (domain_r != NULL)
		*domain_r = str_dup(arena, address.domain);
	return 0;
}

int
kind_spell_sender(const char **field, struct arena *arena,
    const char **error_r)
{
	if (*field == NULL || **field != '@')
		return kind_spell_address(field, NULL, arena, error_r);
	if (spell_domain(str_from(*field + 1), field, arena, error_r) < 0)
		return -1;
	*field = arena_printf(arena, "@%s", *field);
	return 0;
}

int
kind_spell_name(const char **field, struct arena *arena,
    const char **error_r)
{
	if (*field == NULL)
		return 0;
	if (**field == '\0' || strlen(*field) > KIND_KEY_MAX) {
		*error_r = arena_printf(arena, "a name has 1 to %d octets",
		    KIND_KEY_MAX);
		return -1;
	}
	*field = str_dup_lower(arena, str_from(*field));
	return 0;
}

const struct directory_reference kind_owned_references[] = {
	{ "for", &kind_user, REFERENCE_MENTIONS, "" },
	{ "for", &kind_domain, REFERENCE_MENTIONS, "@" },
	{ "for", &kind_class, REFERENCE_MENTIONS, "" },
	{ NULL },
};

static int
spell_owners(struct setting_list *list, struct arena *arena,
    const char **error_r)
{
	const char **texts = arena_alloc(arena, list->count * sizeof(*texts));

	for (size_t i = 0; i < list->count; i++) {
		texts[i] = list->texts[i];
		if ((strchr(texts[i], '@') != NULL ? kind_spell_sender :
		    kind_spell_name)(&texts[i], arena, error_r) < 0)
			return -1;
	}
	list->texts = texts;
	return 0;
}

int
kind_spell_owned(const char **name, struct setting_list *owners,
    struct arena *arena, const char **key_r, const char **error_r)
{
	*key_r = NULL;
	if (kind_spell_name(name, arena, error_r) < 0)
		return -1;
	*key_r = "for";
	return spell_owners(owners, arena, error_r);
}

int
kind_spell_first(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	*key_r = NULL;
	return kind_spell_name(values, arena, error_r);
}

int
kind_check_count(struct directory *directory,
    const struct directory_kind *kind, const void *before, int64_t most,
    const char *remedy, struct arena *arena, struct db_error *error_r)
{
	int64_t count;

	if (before != NULL)
		return 0;
	if (directory_count(directory, arena, kind, NULL, &count,
	    error_r) < 0)
		return -1;
	return count < most ? 0 : directory_refuse(arena, error_r, "there are "
	    "%lld %s already, and the directory has no more: %s",
	    (long long)count, kind->plural, remedy);
}

int
kind_check_free(struct directory *directory,
    const struct directory_kind *other, const char *address,
    struct arena *arena, struct db_error *error_r)
{
	struct directory_object *found;

	if (directory_find(directory, arena, other, &address, &found,
	    error_r) < 0)
		return -1;
	return found == NULL ? 0 : directory_refuse(arena, error_r,
	    "there is %s %s already: an address is a user or an alias",
	    other->name, address);
}
