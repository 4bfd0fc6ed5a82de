/* SPDX-License-Identifier: ISC */
/* kind_admin.c - admin: who may change what. */
#include "base/arena.h"
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

static const char *const role_words[] = {
	[ADMIN_DOMAIN] = "domain",
	[ADMIN_SUPPORT] = "support",
	[ADMIN_READ_ONLY] = "read-only",
	[ADMIN_SUPER] = "super",
	NULL,
};

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_admin *admin = values;
	const char **texts = arena_alloc(arena,
	    admin->domains.count * sizeof(*texts));

	if (kind_spell_first(values, arena, key_r, error_r) < 0)
		return -1;
	*key_r = "domains";
	for (size_t i = 0; i < admin->domains.count; i++) {
		texts[i] = admin->domains.texts[i];
		if (kind_spell_domain(&texts[i], arena, error_r) < 0)
			return -1;
	}
	admin->domains.texts = texts;
	return 0;
}

static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_admin *admin = values;

	(void)directory;
	(void)before;
	if ((admin->role == ADMIN_SUPER) == (admin->domains.count == 0))
		return 0;
	return directory_refuse(arena, error_r, "domains: an administrator has "
	    "some, but for one with the role super, who has all");
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("login", struct directory_admin, login, NULL,
	    "The login name."),
	SETTING_WORD_ROW("role", struct directory_admin, role, role_words,
	    "domain", "domain: all of its domains; support: their users; "
	    "read-only: may look; super: everything."),
	SETTING_LIST_ROW("domains", struct directory_admin, domains, NULL,
	    "The domains that are administered."),
	SETTING_WORD_ROW("status", struct directory_admin, status,
	    kind_status_words, "active", "Whether this login may be used."),
	KIND_DESCRIPTION_ROW(struct directory_admin),
};

static const struct directory_reference references[] = {
	{ "domains", &kind_domain, REFERENCE_MEMBER, "" },
	{ NULL },
};

const struct directory_kind kind_admin = {
	.name = "admin",
	.plural = "administrators",
	.table = "admins",
	.help = "Who may change what by the page and its interface.",
	.size = sizeof(struct directory_admin),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.references = references,
	.spell = spell,
	.check = check,
};
