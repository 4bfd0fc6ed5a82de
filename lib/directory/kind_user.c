/* SPDX-License-Identifier: ISC */
/* kind_user.c - user: somebody with a mailbox, a login and an address. */
#include <string.h>

#include "base/vec.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

#define QUOTA_MAX (INT64_C(1) << 50)

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_user *user = values;

	*key_r = "address";
	if (kind_spell_address(&user->address, &user->domain, arena,
	    error_r) < 0)
		return -1;
	*key_r = "class";
	return kind_spell_name(&user->class_name, arena, error_r);
}

/* max_users of a domain holds for who is new in it. */
static int
check_room(struct directory *directory, const struct directory_user *before,
    const struct directory_user *user, struct arena *arena,
    struct db_error *error_r)
{
	const struct directory_domain *domain;
	struct directory_object *found;
	int64_t count;

	if (directory_find(directory, arena, &kind_domain, &user->domain,
	    &found, error_r) < 0)
		return -1;
	domain = found->values;
	if (domain->role != DOMAIN_MANAGED)
		return directory_refuse(arena, error_r, "%s is no managed "
		    "domain: its users stand elsewhere", user->domain);
	if (domain->max_users == 0 || (before != NULL &&
	    strcmp(before->domain, user->domain) == 0))
		return 0;
	if (directory_count(directory, arena, &kind_user, user->domain,
	    &count, error_r) < 0)
		return -1;
	return count < domain->max_users ? 0 :
	    directory_refuse(arena, error_r, "%s may have %lld users, and has "
	    "them", user->domain, (long long)domain->max_users);
}

static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_user *user = values;

	return check_room(directory, before, user, arena, error_r) < 0 ||
	    kind_check_free(directory, &kind_alias, user->address, arena,
	    error_r) < 0 ? -1 : 0;
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("address", struct directory_user, address, NULL,
	    "The address, which is the login too."),
	SETTING_TEXT_ROW("name", struct directory_user, name, NULL,
	    "What people call him or her."),
	SETTING_TEXT_ROW("class", struct directory_user, class_name, NULL,
	    "The class of this user, instead of the domain's."),
	SETTING_WORD_ROW("status", struct directory_user, status,
	    kind_status_words, "active", "active; sending-suspended: gets "
	    "mail, but sends none; suspended: neither, and no login."),
	SETTING_SIZE_ROW("quota", struct directory_user, quota_bytes, "0",
	    0, QUOTA_MAX, "What the mailbox may take; 0: nothing of its own "
	    "limits it."),
	SETTING_BOOL_ROW("smtp", struct directory_user, has_smtp, "yes",
	    "Whether this user may log in to send."),
	SETTING_BOOL_ROW("imap", struct directory_user, has_imap, "yes",
	    "Whether this user may read by IMAP."),
	SETTING_BOOL_ROW("pop3", struct directory_user, has_pop3, "yes",
	    "Whether this user may read by POP3."),
	SETTING_BOOL_ROW("managesieve", struct directory_user,
	    has_managesieve, "yes",
	    "Whether this user may have Sieve scripts."),
	KIND_DESCRIPTION_ROW(struct directory_user),
	SETTING_TEXT_ROW("domain", struct directory_user, domain, NULL,
	    "The domain of the address."),
};

static const struct directory_reference references[] = {
	{ "domain", &kind_domain, REFERENCE_OWNER, "" },
	{ "class", &kind_class, REFERENCE_NEEDS, "" },
	{ NULL },
};

const struct directory_kind kind_user = {
	.name = "user",
	.plural = "users",
	.table = "users",
	.help = "Somebody with an address, a login and a mailbox.",
	.size = sizeof(struct directory_user),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.derived_count = 1,
	.domain_key = "domain",
	.is_address = true,
	.has_policy = true,
	.references = references,
	.spell = spell,
	.check = check,
};
