/* SPDX-License-Identifier: ISC */
/* rule.c - the table of rules, and what their settings have in common. */
#include "policyd/rule.h"

#include "auth/spf.h"
#include "mail/netlist.h"
#include "policyd/notices.h"

bool
rule_has_login(const struct setting_list *logins, const char *login)
{
	struct str own = str_from(login);
	ptrdiff_t at = str_find_last(own, '@');

	for (size_t i = 0; login != NULL && i < logins->count; i++) {
		struct str entry = str_from(logins->texts[i]);

		if (str_eq_nocase(entry, own) || (at >= 0 &&
		    entry.data[0] == '@' &&
		    str_eq_nocase(entry, str_from_pos(own, (size_t)at))))
			return true;
	}
	return false;
}

/* Anybody can write a sender, so SPF must prove him. */
static bool
names_sender(const struct rule_run *run, const struct rule_common *common)
{
	const struct txn *txn = run->txn;
	struct str sender;

	if (common->except_senders.count == 0 || txn->sender.domain.len == 0)
		return false;
	sender = address_canonical(txn->arena, &txn->sender,
	    txn->site->recipient_delimiter);
	return rule_has_login(&common->except_senders,
	    str_dup(txn->arena, sender));
}

const char *
rule_exception(const struct rule_run *run, const struct rule_common *common)
{
	const struct client *client = &run->txn->client;
	const struct spf_verdict *spf;

	if (notices_are_asked_about(run->notices, run->txn))
		return "it is a notice of our own";
	if (common->except != NULL && client->address.len != 0 &&
	    netlist_has(common->except, &client->address))
		return "the client is one of except_networks";
	if (rule_has_login(&common->except_logins, client->login))
		return "the login is one of except_logins";
	if (!names_sender(run, common))
		return NULL;
	spf = rule_spf(run);
	return spf != NULL && spf->result == RESULT_PASS
	    ? "the sender is one of except_senders, and passes SPF" : NULL;
}

bool
rule_exception_waits(const struct rule_run *run,
    const struct rule_common *common)
{
	return !run->is_late && names_sender(run, common) &&
	    rule_spf(run) == NULL;
}

int
rule_common_check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct rule_common *common = values;

	*key_r = "except_networks";
	common->except = netlist_parse(arena, &common->except_networks,
	    error_r);
	return common->except != NULL ? 0 : -1;
}

#define RULE(name) extern const struct rule rule_##name;
#include "policyd/rules.list"
#undef RULE

const struct rule *const rules[] = {
#define RULE(name) &rule_##name,
#include "policyd/rules.list"
#undef RULE
	NULL
};
