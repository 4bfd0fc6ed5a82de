/* SPDX-License-Identifier: ISC */
/* kind_dkim_key.c - dkim_key: a key that signs for a domain. */
#include "base/vec.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"

static const char *const state_words[] = {
	[DKIM_KEY_ACTIVE] = "active",
	[DKIM_KEY_PREPARED] = "prepared",
	[DKIM_KEY_RETIRED] = "retired",
	NULL,
};

/* A selector has the form of a domain name (RFC 6376 3.1). */
static int
spell(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_dkim_key *key = values;

	*key_r = "domain";
	if (kind_spell_domain(&key->domain, arena, error_r) < 0)
		return -1;
	*key_r = "selector";
	if (kind_spell_domain(&key->selector, arena, error_r) < 0)
		return -1;
	*key_r = "file";
	*error_r = "the path of a key begins with '/'";
	return key->file != NULL && key->file[0] != '/' ? -1 : 0;
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("domain", struct directory_dkim_key, domain, NULL,
	    "The domain for which it signs."),
	SETTING_TEXT_ROW("selector", struct directory_dkim_key, selector,
	    NULL, "Its name in the DNS: SELECTOR._domainkey.DOMAIN."),
	SETTING_TEXT_ROW("file", struct directory_dkim_key, file, NULL,
	    "The private key, as `mailreeve dkim keygen` writes it.",
	    .flags = SETTING_REQUIRED),
	SETTING_WORD_ROW("state", struct directory_dkim_key, state,
	    state_words, "active", "active: it signs; prepared: its record is "
	    "not everywhere yet; retired: kept for what is under way."),
};

static const struct directory_reference references[] = {
	{ "domain", &kind_domain, REFERENCE_OWNER, "" },
	{ NULL },
};

const struct directory_kind kind_dkim_key = {
	.name = "dkim_key",
	.word = "dkim-key",
	.plural = "DKIM keys",
	.table = "dkim_keys",
	.help = "A key that signs for a domain.",
	.size = sizeof(struct directory_dkim_key),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 2,
	.domain_key = "domain",
	.references = references,
	.spell = spell,
};
