/* SPDX-License-Identifier: ISC */
/* kind_identity.c - identity: a further address that a login may send as. */
#include "base/vec.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_identity *identity = values;

	*key_r = "login";
	if (kind_spell_address(&identity->login, NULL, arena, error_r) < 0)
		return -1;
	*key_r = "address";
	return kind_spell_sender(&identity->address, arena, error_r);
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("login", struct directory_identity, login, NULL,
	    "The user who may."),
	SETTING_TEXT_ROW("address", struct directory_identity, address, NULL,
	    "An address, or @example.org for all of a domain."),
	KIND_DESCRIPTION_ROW(struct directory_identity),
};

static const struct directory_reference references[] = {
	{ "login", &kind_user, REFERENCE_OWNER, "" },
	{ "address", &kind_user, REFERENCE_MENTIONS, "" },
	{ "address", &kind_alias, REFERENCE_MENTIONS, "" },
	{ "address", &kind_domain, REFERENCE_MENTIONS, "@" },
	{ NULL },
};

const struct directory_kind kind_identity = {
	.name = "identity",
	.plural = "identities",
	.table = "identities",
	.help = "A further address that a user may send as.",
	.size = sizeof(struct directory_identity),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 2,
	.references = references,
	.spell = spell,
};
