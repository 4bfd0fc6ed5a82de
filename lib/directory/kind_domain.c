/* SPDX-License-Identifier: ISC */
/* kind_domain.c - domain: whose mail is delivered here, or passed on. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/alias_walk.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

#define QUOTA_MAX (INT64_C(1) << 50)

static const char *const role_words[] = {
	[DOMAIN_MANAGED] = "managed",
	[DOMAIN_RELAY] = "relay",
	[DOMAIN_ALIAS] = "alias",
	NULL,
};

/* What a role needs, and what makes no sense without it. */
static int
check_role(const struct directory_domain *domain, const char **key_r,
    const char **error_r)
{
	*key_r = "alias_of";
	*error_r = "an alias domain says in alias_of for which other domain it "
	    "stands, and no other domain does";
	if ((domain->role == DOMAIN_ALIAS) != (domain->alias_of != NULL))
		return -1;
	*error_r = "it stands for itself";
	if (domain->alias_of != NULL &&
	    strcmp(domain->alias_of, domain->name) == 0)
		return -1;
	*key_r = "relay_to";
	*error_r = "a relay domain says in relay_to which server has its mail, "
	    "and no other domain does";
	return (domain->role == DOMAIN_RELAY) != (domain->relay_to != NULL) ?
	    -1 : 0;
}

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_domain *domain = values;

	*key_r = "name";
	if (kind_spell_domain(&domain->name, arena, error_r) < 0)
		return -1;
	*key_r = "alias_of";
	if (kind_spell_domain(&domain->alias_of, arena, error_r) < 0)
		return -1;
	*key_r = "class";
	if (kind_spell_name(&domain->class_name, arena, error_r) < 0)
		return -1;
	*key_r = "catch_all";
	if (kind_spell_address(&domain->catch_all, NULL, arena, error_r) < 0)
		return -1;
	*key_r = "postmaster";
	if (kind_spell_address(&domain->postmaster, NULL, arena, error_r) < 0)
		return -1;
	return 0;
}

/* An alias domain stands for one that is none, so there are no chains, and no
 * loops. */
static int
check_target(struct directory *directory,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r)
{
	const struct directory_domain *target;
	struct directory_object *found;

	if (directory_find(directory, arena, &kind_domain, &domain->alias_of,
	    &found, error_r) < 0)
		return -1;
	target = found->values;
	return target->role != DOMAIN_ALIAS ? 0 :
	    directory_refuse(arena, error_r, "%s is an alias domain itself: "
	    "name %s", target->name, target->alias_of);
}

/* Nor has an alias domain others that stand for it. */
static int
check_pointed_at(struct directory *directory,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r)
{
	struct vec dependents;

	if (directory_dependents(directory, arena, &kind_domain,
	    &domain->name, 1, &dependents, error_r) < 0)
		return -1;
	for (size_t i = 0; i < dependents.len; i++) {
		const struct directory_dependent *one = vec_at(&dependents, i);

		if (strcmp(one->reference->key, "alias_of") == 0)
			return directory_refuse(arena, error_r, "%s stands for "
			    "%s: it cannot be an alias domain", one->name,
			    domain->name);
	}
	return 0;
}

/* Users stand in managed domains alone. */
static int
check_users(struct directory *directory,
    const struct directory_domain *before,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r)
{
	int64_t count;

	if (before == NULL || before->role != DOMAIN_MANAGED ||
	    domain->role == DOMAIN_MANAGED)
		return 0;
	if (directory_count(directory, arena, &kind_user, before->name,
	    &count, error_r) < 0)
		return -1;
	return count == 0 ? 0 : directory_refuse(arena, error_r, "role: %s "
	    "has users (%lld): only a managed domain has", before->name,
	    (long long)count);
}

static bool
is_same(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other :
	    strcmp(one, other) == 0;
}

/* For whom it stands says where mail to its addresses goes. */
static int
check_aliases(struct directory *directory,
    const struct directory_domain *before,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r)
{
	const char *was = before != NULL ? before->alias_of : NULL;

	if ((was == NULL && domain->alias_of == NULL) ||
	    (before != NULL && is_same(was, domain->alias_of) &&
	    is_same(before->name, domain->name)))
		return 0;
	return alias_walk_check_domain(directory, domain, arena, error_r);
}

static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_domain *domain = values;
	const char *key;

	if (check_role(domain, &key, &error_r->text) < 0)
		return directory_refuse(arena, error_r, "%s: %s", key,
		    error_r->text);
	if (domain->alias_of != NULL && (check_target(directory, domain, arena,
	    error_r) < 0 || check_pointed_at(directory, domain, arena,
	    error_r) < 0))
		return -1;
	return check_users(directory, before, domain, arena, error_r) < 0 ?
	    -1 : check_aliases(directory, before, domain, arena, error_r);
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_domain, name, NULL,
	    "Its name; U-labels become A-labels."),
	SETTING_WORD_ROW("role", struct directory_domain, role, role_words,
	    "managed", "managed: its users and aliases stand here; relay: "
	    "another server has them; alias: each of its addresses is that "
	    "of the domain alias_of."),
	SETTING_TEXT_ROW("alias_of", struct directory_domain, alias_of, NULL,
	    "The domain for which an alias domain stands."),
	SETTING_TEXT_ROW("relay_to", struct directory_domain, relay_to, NULL,
	    "The server that has the mail of a relay domain, as Postfix "
	    "writes it: smtp:[mail.example.org]:25."),
	SETTING_TEXT_ROW("class", struct directory_domain, class_name, NULL,
	    "The class of its users that have none of their own."),
	SETTING_WORD_ROW("status", struct directory_domain, status,
	    kind_status_words, "active", "Whether its users may send, and "
	    "whether its mail is taken."),
	SETTING_TEXT_ROW("catch_all", struct directory_domain, catch_all,
	    NULL, "The address that gets mail for users it does not have."),
	SETTING_TEXT_ROW("postmaster", struct directory_domain, postmaster,
	    NULL, "The address that gets mail to postmaster@ and abuse@ where "
	    "no user or alias has these."),
	SETTING_SIZE_ROW("quota", struct directory_domain, quota_bytes, "0",
	    0, QUOTA_MAX, "What its mailboxes may take together; 0: any."),
	SETTING_INT_ROW("max_users", struct directory_domain, max_users, "0",
	    0, 1000000000, "How many users it may have; 0: any number."),
	KIND_DESCRIPTION_ROW(struct directory_domain),
};

static const struct directory_reference references[] = {
	{ "alias_of", &kind_domain, REFERENCE_NEEDS, "" },
	{ "class", &kind_class, REFERENCE_NEEDS, "" },
	{ "catch_all", &kind_user, REFERENCE_MENTIONS, "" },
	{ "catch_all", &kind_alias, REFERENCE_MENTIONS, "" },
	{ "postmaster", &kind_user, REFERENCE_MENTIONS, "" },
	{ "postmaster", &kind_alias, REFERENCE_MENTIONS, "" },
	{ NULL },
};

const struct directory_kind kind_domain = {
	.name = "domain",
	.plural = "domains",
	.table = "domains",
	.help = "A domain whose mail is delivered here, or passed on.",
	.size = sizeof(struct directory_domain),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.domain_key = "name",
	.has_policy = true,
	.references = references,
	.spell = spell,
	.check = check,
};
