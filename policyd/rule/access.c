/* SPDX-License-Identifier: ISC */
/* access.c - who is refused, put off or allowed, by lists of the administrator.
 *
 * An entry names clients, logins, senders, recipients and HELO names; what it
 * names must all fit, of each list one word. Of the entries that fit the one
 * that names the most kinds decides; among those the one whose words are the
 * most specific; then the strictest; then the first.
 *
 * Words, from the most specific on; a login, being proven, before all others:
 *   login                   joe@example.org, @example.org
 *   client                  192.0.2.7, networks by the length of their mask,
 *                           a name that Postfix verified, *.example.org
 *   sender, recipient       joe@example.org, joe@, @example.org,
 *                           @.example.org (all below it, not itself)
 *   helo                    mail.example.org, *.example.org
 * An address counts without its extension, too. Names compare without regard to
 * case.
 *
 * allow: no rule refuses the request. MAIL FROM and HELO are what the client
 * says: an entry that allows must name a client or a login beside them.
 */
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "mail/netlist.h"
#include "mail/policy.h"
#include "policyd/rule.h"
#include "policyd/rule/access_words.h"

#define TEXT_MAX 300

enum access_action { ACCESS_ALLOW, ACCESS_SKIP_GREYLIST, ACCESS_DEFER,
	ACCESS_DENY };		/* the strictest last */

static const char *const action_words[] = { "allow", "skip-greylist", "defer",
	"deny", NULL };

struct access_settings {
	struct rule_common common;
};

struct access_section {
	const char *name;
	struct setting_list clients, logins, senders, rcpts, helos;
	int action;			/* enum access_action */
	const char *text;
	const struct netlist **networks;	/* one for each client; NULL:
						 * it is a name */
};

/* All entries, for run->data. */
struct access_table {
	const struct access_section *const *entries;
	size_t count;
};

static const struct setting common_rows[] = {
	RULE_COMMON_ROWS(struct access_settings, "pass"),
};

static const struct setting rows[] = {
	SETTING_LIST_ROW("client", struct access_section, clients, NULL,
	    "Clients: addresses, networks, names (mail.example.org, "
	    "*.example.org) that Postfix has verified."),
	SETTING_LIST_ROW("login", struct access_section, logins, NULL,
	    "Logins: joe@example.org, or @example.org for all of a domain."),
	SETTING_LIST_ROW("sender", struct access_section, senders, NULL,
	    "Senders of the envelope: joe@example.org, joe@, @example.org, "
	    "@.example.org for all below it; <> for the null sender."),
	SETTING_LIST_ROW("recipient", struct access_section, rcpts, NULL,
	    "Recipients, in the same words."),
	SETTING_LIST_ROW("helo", struct access_section, helos, NULL,
	    "What the client calls itself: mail.example.org, *.example.org."),
	SETTING_WORD_ROW("action", struct access_section, action, action_words,
	    NULL, "deny refuses, defer asks to try again later, allow lets no "
	    "rule refuse, skip-greylist spares it greylisting alone.",
	    .flags = SETTING_REQUIRED),
	SETTING_TEXT_ROW("text", struct access_section, text, NULL,
	    "What the client is told when it is refused or deferred."),
};

static const struct netlist *
network_of(struct arena *arena, const char *text)
{
	const struct setting_list one = { 1, &text };
	const char *error;

	return netlist_parse(arena, &one, &error);
}

/* A network that was mistyped must not become the name of a host. */
static int
parse_client(struct access_section *entry, size_t i, struct arena *arena,
    const char **error_r)
{
	const char *text = entry->clients.texts[i];
	const struct setting_list one = { 1, &text };
	struct str last = str_from(text);
	ptrdiff_t dot = str_find_last(last, '.');

	entry->networks[i] = network_of(arena, text);
	last = str_from_pos(last, dot < 0 ? 0 : (size_t)dot + 1);
	if (entry->networks[i] != NULL || (strpbrk(text, ":/!") == NULL &&
	    last.len != 0 && !char_is_digit(last.data[0])))
		return 0;
	netlist_parse(arena, &one, error_r);
	return -1;
}

static int
check_clients(struct access_section *entry, struct arena *arena,
    const char **error_r)
{
	entry->networks = arena_zalloc(arena, (entry->clients.count + 1) *
	    sizeof(*entry->networks));
	for (size_t i = 0; i < entry->clients.count; i++)
		if (parse_client(entry, i, arena, error_r) < 0)
			return -1;
	return 0;
}

static int
check_addresses(const struct setting_list *list, struct arena *arena,
    const char **error_r)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strchr(list->texts[i], '@') != NULL ||
		    strcmp(list->texts[i], "<>") == 0)
			continue;
		*error_r = arena_printf(arena, "'%s' is none of "
		    "joe@example.org, joe@, @example.org, @.example.org",
		    list->texts[i]);
		return -1;
	}
	return 0;
}

static int
check_entry(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct access_section *entry = values;
	bool is_known = entry->clients.count != 0 || entry->logins.count != 0;
	bool is_claimed = entry->senders.count != 0 || entry->helos.count != 0;

	*key_r = "client";
	if (check_clients(entry, arena, error_r) < 0)
		return -1;
	*key_r = "sender";
	if (check_addresses(&entry->senders, arena, error_r) < 0)
		return -1;
	*key_r = "recipient";
	if (check_addresses(&entry->rcpts, arena, error_r) < 0)
		return -1;
	*key_r = NULL;
	if (!is_known && !is_claimed && entry->rcpts.count == 0) {
		*error_r = "it names nobody: give it client, login, sender, "
		    "recipient or helo";
		return -1;
	}
	if (entry->action == ACCESS_ALLOW && is_claimed && !is_known) {
		*key_r = "action";
		*error_r = "anybody can write a sender or a HELO name: to "
		    "allow by them name client or login as well";
		return -1;
	}
	*key_r = "text";
	*error_r = "it is too long for a reply";
	return entry->text == NULL || strlen(entry->text) <= TEXT_MAX ? 0 : -1;
}

static const struct section access_common_section = {
	.name = "rule",
	.label = "access",
	.help = "The lists of the sections 'access NAME'.",
	.size = sizeof(struct access_settings),
	.rows = common_rows,
	.row_count = ARRAY_LEN(common_rows),
	.check = rule_common_check,
};

static const struct section access_section = {
	.name = "access",
	.is_named = true,
	.help = "Whom rule access refuses, puts off or allows. Each kind that "
	    "stands here must fit, of its words one; of several entries that "
	    "fit the one with the most kinds decides, then the most specific "
	    "one, then the strictest.",
	.size = sizeof(struct access_section),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check_entry,
};

static const struct section *const more[] = { &access_section, NULL };

struct rank {
	unsigned kinds, words;	/* how many kinds, how specific together */
};

/* One kind of the entry; false: it names some, and none of them fits. */
static bool
add_fit(struct rank *rank, const struct setting_list *list, unsigned fit)
{
	if (list->count == 0)
		return true;
	rank->kinds++;
	rank->words += fit;
	return fit != 0;
}

static bool
rank_entry(const struct access_section *entry, const struct txn *txn,
    struct rank *rank)
{
	const struct client *client = &txn->client;

	*rank = (struct rank){ 0 };
	return add_fit(rank, &entry->clients, access_fit_client(
	    &entry->clients, entry->networks, client)) &&
	    add_fit(rank, &entry->logins, access_fit_login(&entry->logins,
	    client->login)) &&
	    add_fit(rank, &entry->senders, access_fit_sender(&entry->senders,
	    txn)) &&
	    add_fit(rank, &entry->rcpts, access_fit_rcpts(&entry->rcpts,
	    txn)) &&
	    add_fit(rank, &entry->helos, access_fit_helo(&entry->helos,
	    client->helo));
}

static bool
is_better(const struct access_section *a, const struct rank *rank_a,
    const struct access_section *b, const struct rank *rank_b)
{
	if (rank_a->kinds != rank_b->kinds)
		return rank_a->kinds > rank_b->kinds;
	if (rank_a->words != rank_b->words)
		return rank_a->words > rank_b->words;
	return a->action > b->action;
}

static const struct access_section *
find_entry(const struct access_table *table, const struct txn *txn)
{
	const struct access_section *best = NULL;
	struct rank best_rank = { 0 }, rank;

	for (size_t i = 0; i < table->count; i++) {
		if (!rank_entry(table->entries[i], txn, &rank))
			continue;
		if (best != NULL && !is_better(table->entries[i], &rank, best,
		    &best_rank))
			continue;
		best = table->entries[i];
		best_rank = rank;
	}
	return best;
}

static const struct reply *
reply_of(struct arena *arena, const struct access_section *entry)
{
	struct reply *reply = arena_zalloc(arena, sizeof(*reply));
	bool is_denied = entry->action == ACCESS_DENY;

	*reply = is_denied ? (struct reply){ 550, "5.7.1", entry->text }
			   : (struct reply){ 450, "4.7.1", entry->text };
	if (entry->text == NULL)
		reply->text = is_denied ? "not accepted by local policy"
		    : "not accepted now by local policy";
	return reply;
}

static void
act(struct rule_run *run, const struct access_section *entry)
{
	struct arena *arena = run->txn->arena;
	const char *action = action_words[entry->action];
	struct finding *finding = findings_add(run->findings, run->name,
	    entry->action >= ACCESS_DEFER ? RESULT_FAIL : RESULT_PASS,
	    arena_printf(arena, "access %s: %s", entry->name, action));

	switch ((enum access_action)entry->action) {
	case ACCESS_DENY:
	case ACCESS_DEFER:
		finding->suggested = entry->action == ACCESS_DENY
		    ? DECISION_REFUSE : DECISION_DEFER;
		finding->reply = reply_of(arena, entry);
		break;
	case ACCESS_ALLOW:
		run->permit->allowed_by = arena_printf(arena,
		    "access %s allows it", entry->name);
		run->permit->skips_greylist = true;
		break;
	case ACCESS_SKIP_GREYLIST:
		run->permit->skips_greylist = true;
		break;
	}
}

static enum rule_status
run_access(struct rule_run *run, const char **error_r)
{
	const struct access_section *entry = find_entry(run->data, run->txn);

	(void)error_r;
	if (entry != NULL)
		act(run, entry);
	else
		findings_add(run->findings, run->name, RESULT_NONE,
		    "no entry fits");
	return RULE_DONE;
}

static const void *
load_access(struct arena *arena, const struct conf *conf, const char **error_r)
{
	struct access_table *table = arena_zalloc(arena, sizeof(*table));
	const void *const *items;

	(void)error_r;
	table->count = conf_list(conf, &access_section, NULL, &items);
	table->entries = (const struct access_section *const *)items;
	return table;
}

const struct rule rule_access = {
	.name = "access",
	.stages = POLICY_RCPT,
	.section = &access_common_section,
	.more = more,
	.load = load_access,
	.run = run_access,
};
