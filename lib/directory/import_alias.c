/* SPDX-License-Identifier: ISC */
/* import_alias.c - an address that leads to others, as virtual aliases do.
 *
 * Here an address is a user or an alias, never both: who has a mailbox and
 * sends copies elsewhere does so by a Sieve script. A local name, a whole domain
 * as a target, and pipes and files of aliases(5) have no counterpart.
 */
#include "base/arena.h"
#include "directory/directory_private.h"
#include "directory/import.h"

/* "a@x, b@x": the next one; data NULL: the end. */
static const char *
cut_target(struct str *rest, struct arena *arena)
{
	size_t len = 0;

	while (rest->len != 0 && (char_is_space(rest->data[0]) ||
	    rest->data[0] == ','))
		*rest = str_from_pos(*rest, 1);
	while (len < rest->len && rest->data[len] != ',' &&
	    !char_is_space(rest->data[len]))
		len++;
	if (len == 0)
		return NULL;
	*rest = str_from_pos(*rest, len);
	return arena_strndup(arena, rest->data - len, len);
}

static bool
is_same_address(struct import *import, const char *a, const char *b)
{
	struct db_error trouble;
	const char *const *first, *const *second;

	return directory_spell_key(&kind_alias, &a, import->arena, &first,
	    &trouble) == 0 && directory_spell_key(&kind_alias, &b,
	    import->arena, &second, &trouble) == 0 &&
	    strcmp(first[0], second[0]) == 0;
}

/* @example.org: to one address, or to another domain as a whole. */
static void
import_catch_all(struct import *import, const char *address,
    const char *targets)
{
	struct str rest = str_from(targets);
	const char *target = cut_target(&rest, import->arena);
	struct directory_object *domain = import_object(import, &kind_domain,
	    address + 1, NULL);

	if (domain == NULL || target == NULL)
		return;
	if (cut_target(&rest, import->arena) != NULL) {
		import_leave(import, "alias %s: all mail of a domain goes to "
		    "one address, not to %s: make an alias for these",
		    address, targets);
	} else if (target[0] == '@') {
		import_set(import, domain, "role", "alias");
		import_set(import, domain, "alias_of", target + 1);
	} else {
		import_set(import, domain, "catch_all", target);
	}
}

/* What a user's own alias says besides that he has a mailbox. */
static void
leave_forwards(struct import *import, const char *address,
    const char *targets)
{
	struct str rest = str_from(targets);
	const char *target;

	while ((target = cut_target(&rest, import->arena)) != NULL)
		if (!is_same_address(import, target, address))
			import_leave(import, "user %s: a copy to %s: a Sieve "
			    "script of the user does that", address, target);
}

/* Those that mail can go to; what is wrong with the others is told. */
static void
collect_targets(struct import *import, const char *address,
    const char *targets, struct vec *texts)
{
	struct str rest = str_from(targets);
	const char *target, *const *spelled;
	struct db_error trouble;

	while ((target = cut_target(&rest, import->arena)) != NULL) {
		if (is_same_address(import, target, address))
			import_leave(import, "alias %s: it leads to itself, "
			    "and there is no such user", address);
		else if (directory_spell_key(&kind_alias, &target,
		    import->arena, &spelled, &trouble) < 0)
			import_leave(import, "alias %s: '%s' is no address",
			    address, target);
		else
			*(const char **)vec_push(texts) = spelled[0];
	}
}

struct directory_object *
import_alias(struct import *import, const char *address, const char *targets)
{
	struct directory_object *alias;
	struct vec texts;

	if (address[0] == '@') {
		import_catch_all(import, address, targets);
		return NULL;
	}
	if (import_find(import, &kind_user, address) != NULL) {
		leave_forwards(import, address, targets);
		return NULL;
	}
	alias = import_object(import, &kind_alias, address, NULL);
	if (alias == NULL)
		return NULL;
	vec_init(&texts, import->arena, sizeof(const char *));
	collect_targets(import, address, targets, &texts);
	import_set_list(import, alias, "to", texts.items, texts.len);
	if (((const struct directory_alias *)alias->values)->to.count != 0)
		return alias;
	/* Without what is required it is left out in the end. */
	import_leave(import, "alias %s: it leads nowhere", address);
	return NULL;
}
