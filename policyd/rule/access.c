/* SPDX-License-Identifier: ISC */
/* access.c - who is refused, put off, spared or allowed, by lists.
 *
 * What entries mean and which of them decides stands in lib/mail/access.h. Here
 * they come from sections `access NAME`, and from the maps that these name.
 *
 * allow: no rule refuses the recipient, nor the message at its end if that
 * holds for each of its recipients. MAIL FROM is what the client says, so an
 * entry that allows by it counts only where SPF proves the sender; who may be
 * proven by a signature is for the milter to see. The DNS is asked only about a
 * sender whom such an entry names. skip-greylist takes no proof: it saves a
 * delay, no more.
 */
#include "mail/access.h"

#include <string.h>

#include "auth/spf.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/directory_settings.h"
#include "directory/lists.h"
#include "mail/policy.h"
#include "policyd/rule.h"

struct access_settings {
	struct rule_common common;
};

/* The word for actions that stand in the map. */
#define BY_LINE 0

static const char *const action_words[] = { "by-line", "allow",
	"skip-greylist", "defer", "deny", NULL };

struct access_section {
	const char *name;
	struct setting_list words[ACCESS_KINDS];
	const char *maps[ACCESS_KINDS];
	struct setting_list owners;
	int action;			/* of action_words */
	const char *text;
	bool is_final;
};

/* Their keys, in the order of enum access_kind. */
static const char *const word_keys[] = { "client", "login", "sender",
	"recipient", "helo" };

static const struct setting common_rows[] = {
	RULE_COMMON_ROWS(struct access_settings, "pass"),
};

#define MAP_ROW(key, kind, what)                                             \
	SETTING_TEXT_ROW(key, struct access_section, maps[kind], NULL,       \
	    "A file of " what ", one a line, each an entry of its own: "     \
	    "WORD [ACTION [TEXT]].")

static const struct setting rows[] = {
	SETTING_LIST_ROW("client", struct access_section,
	    words[ACCESS_CLIENT], NULL,
	    "Clients: addresses, networks, names (mail.example.org, "
	    "*.example.org) that Postfix has verified."),
	SETTING_LIST_ROW("login", struct access_section,
	    words[ACCESS_LOGIN], NULL,
	    "Logins: joe@example.org, or @example.org for all of a domain."),
	SETTING_LIST_ROW("sender", struct access_section,
	    words[ACCESS_SENDER], NULL,
	    "Senders of the envelope: joe@example.org, joe@, @example.org, "
	    "@.example.org for all below it; <> for the null sender."),
	SETTING_LIST_ROW("recipient", struct access_section,
	    words[ACCESS_RCPT], NULL, "Recipients, in the same words."),
	SETTING_LIST_ROW("helo", struct access_section, words[ACCESS_HELO],
	    NULL, "What the client calls itself: mail.example.org, "
	    "*.example.org."),
	MAP_ROW("client_map", ACCESS_CLIENT, "clients"),
	MAP_ROW("login_map", ACCESS_LOGIN, "logins"),
	MAP_ROW("sender_map", ACCESS_SENDER, "senders"),
	MAP_ROW("recipient_map", ACCESS_RCPT, "recipients"),
	MAP_ROW("helo_map", ACCESS_HELO, "HELO names"),
	SETTING_LIST_ROW("for", struct access_section, owners, NULL,
	    "Whose entry it is: ann@example.org, @example.org for a domain, "
	    "or the name of a class; it holds for mail to them, and for what "
	    "they submit with their login. Absent: for everybody."),
	SETTING_WORD_ROW("action", struct access_section, action,
	    action_words, "by-line", "deny refuses, defer asks to try again "
	    "later, allow lets no rule refuse, skip-greylist spares it "
	    "greylisting alone. allow by a sender counts where SPF passes. "
	    "by-line: each line of the map says it."),
	SETTING_TEXT_ROW("text", struct access_section, text, NULL,
	    "What the client is told when it is refused or deferred."),
	SETTING_BOOL_ROW("final", struct access_section, is_final, "no",
	    "It beats all entries that are not final, those of users, "
	    "classes and domains too."),
};

/* --- from sections to a table --------------------------------------------- */

static struct access_source
source_of(const struct access_section *section)
{
	return (struct access_source){ section->name, &section->owners,
	    section->is_final, section->text };
}

static int
add_words(struct access_table *table, const struct access_section *section,
    const char **error_r)
{
	struct access_entry entry = { .source = source_of(section),
	    .action = (enum access_action)(section->action - 1) };

	for (size_t i = 0; i < ACCESS_KINDS; i++)
		entry.words[i] = section->words[i];
	return access_add(table, &entry, error_r);
}

static bool
has_map(const struct access_section *section)
{
	for (size_t i = 0; i < ACCESS_KINDS; i++)
		if (section->maps[i] != NULL)
			return true;
	return false;
}

static int
add_maps(struct access_table *table, const struct access_section *section,
    const char **error_r)
{
	for (size_t i = 0; i < ACCESS_KINDS; i++) {
		const struct access_map map = {
			.source = source_of(section),
			.kind = (enum access_kind)i,
			.path = section->maps[i],
			.action = section->action - 1,
		};

		if (map.path != NULL && access_add_map(table, &map,
		    error_r) < 0)
			return -1;
	}
	return 0;
}

/* The key of the first list with words; NULL: there are none. */
static const char *
find_words(const struct access_section *section)
{
	for (size_t i = 0; i < ACCESS_KINDS; i++)
		if (section->words[i].count != 0)
			return word_keys[i];
	return NULL;
}

/* What can be told without the maps: they are read by load(). */
static int
check_entry(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct access_section *section = values;
	const char *words = find_words(section);

	*key_r = words;
	if (words != NULL && has_map(section)) {
		*error_r = "words and maps cannot stand in one section: each "
		    "line of a map is an entry of its own";
		return -1;
	}
	*key_r = NULL;
	if (has_map(section))
		return 0;
	if (section->action == BY_LINE && words != NULL) {
		*error_r = "it has no action: allow, skip-greylist, defer or "
		    "deny";
		return -1;
	}
	return add_words(access_table_new(arena), section, error_r);
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
	.help = "Whom rule access refuses, puts off, spares or allows. Each "
	    "kind that stands here must fit, of its words one. Of several "
	    "entries that fit decides one that is final, then that of a user, "
	    "a class, a domain, of all; then the one with the most kinds, "
	    "then the most specific words, then the strictest.",
	.size = sizeof(struct access_section),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check_entry,
};

static const struct section *const more[] = { &access_section, NULL };

/* An owner that is neither an address nor a domain is a class, which may stand
 * in the directory. */
static int
check_classes(const struct conf *conf, const struct access_section *section,
    struct arena *arena, const char **error_r)
{
	const struct directory_settings *directory = conf_get(conf,
	    &directory_section);

	for (size_t i = 0; directory->kind == DIRECTORY_NONE &&
	    i < section->owners.count; i++) {
		const char *name = section->owners.texts[i];

		if (strchr(name, '@') != NULL ||
		    policy_conf_has_class(conf, name))
			continue;
		*error_r = arena_printf(arena, "%s: there is no class '%s'; an "
		    "owner is ann@example.org, @example.org, or a class",
		    conf_origin(conf, section, "for"), name);
		return -1;
	}
	return 0;
}

/* Those of the directory: written by other programs they may be none. */
static void
add_lists(struct access_table *table, const struct lists *lists)
{
	const char *error;

	for (size_t i = 0; lists != NULL && i < lists->accesses->len; i++) {
		const struct directory_object *object =
		    *(struct directory_object **)vec_at(lists->accesses, i);
		const struct directory_access *access = object->values;
		const struct access_entry entry = {
			.source = { access->name, &access->owners,
			    access->is_final, access->text },
			.words = { access->clients, access->logins,
			    access->senders, access->recipients,
			    access->helos },
			.action = (enum access_action)access->action,
		};

		if (access_add(table, &entry, &error) < 0)
			log_warn(NULL, "access %s of the directory holds for "
			    "nobody: %s", access->name, error);
	}
}

static const void *
load_access(struct arena *arena, const struct conf *conf,
    const struct lists *lists, const char **error_r)
{
	struct access_table *table = access_table_new(arena);
	const void *const *items;
	size_t count = conf_list(conf, &access_section, NULL, &items);
	const char *error;

	for (size_t i = 0; i < count; i++) {
		const struct access_section *section = items[i];

		if (check_classes(conf, section, arena, &error) == 0 &&
		    (has_map(section) ? add_maps : add_words)(table, section,
		    &error) == 0)
			continue;
		*error_r = error;
		return NULL;
	}
	add_lists(table, lists);
	return table;
}

/* --- the rule ------------------------------------------------------------- */

static const struct reply *
reply_of(struct arena *arena, const struct access_found *found)
{
	struct reply *reply = arena_zalloc(arena, sizeof(*reply));
	bool is_denied = found->action == ACCESS_DENY;

	*reply = is_denied ? (struct reply){ 550, "5.7.1", found->text }
			   : (struct reply){ 450, "4.7.1", found->text };
	if (found->text == NULL)
		reply->text = is_denied ? "not accepted by local policy"
		    : "not accepted now by local policy";
	return reply;
}

/* "access x: deny (blocked:12)" */
static const char *
describe(struct arena *arena, const struct access_found *found)
{
	return arena_printf(arena, "access %s: %s%s%s%s", found->name,
	    access_action_words[found->action],
	    found->origin != NULL ? " (" : "",
	    found->origin != NULL ? found->origin : "",
	    found->origin != NULL ? ")" : "");
}

static void
act(struct rule_run *run, const struct access_found *found)
{
	struct arena *arena = run->txn->arena;
	struct finding *finding = findings_add(run->findings, run->name,
	    found->action >= ACCESS_DEFER ? RESULT_FAIL : RESULT_PASS,
	    describe(arena, found));

	switch (found->action) {
	case ACCESS_DENY:
	case ACCESS_DEFER:
		finding->suggested = found->action == ACCESS_DENY
		    ? DECISION_REFUSE : DECISION_DEFER;
		finding->reply = reply_of(arena, found);
		break;
	case ACCESS_ALLOW:
		run->permit->allowed_by = arena_printf(arena,
		    "access %s allows it", found->name);
		run->permit->skips_greylist = true;
		break;
	case ACCESS_SKIP_GREYLIST:
		run->permit->skips_greylist = true;
		break;
	}
}

/* The entry that decides for this recipient; *unproven_r says why another one
 * does not count. False: SPF is not known yet. */
static bool
decide(struct rule_run *run, const struct rcpt *rcpt,
    const struct access_found **found_r, const char **unproven_r)
{
	struct arena *arena = run->txn->arena;
	const struct spf_verdict *spf;

	*unproven_r = "";
	*found_r = access_find(run->data, run->txn, rcpt, false);
	if (*found_r == NULL || !(*found_r)->needs_proof)
		return true;
	spf = rule_spf(run);
	if (spf == NULL && !run->is_late)
		return false;
	if (spf != NULL && spf->result == RESULT_PASS)
		return true;
	*unproven_r = arena_printf(arena, " (%s does not count: SPF of the "
	    "sender: %s)", describe(arena, *found_r), spf == NULL
	    ? "no answer in time" : spf->reason);
	*found_r = access_find(run->data, run->txn, rcpt, true);
	return true;
}

static enum rule_status
judge_rcpt(struct rule_run *run)
{
	const struct rcpt *rcpt = run->txn->rcpts.len != 0
	    ? vec_at(&run->txn->rcpts, 0) : NULL;
	const struct access_found *found;
	const char *unproven;

	if (!decide(run, rcpt, &found, &unproven))
		return RULE_WAIT;
	if (found != NULL)
		act(run, found);
	else
		findings_add(run->findings, run->name, RESULT_NONE,
		    arena_printf(run->txn->arena, "no entry fits%s",
		    unproven));
	return RULE_DONE;
}

/* Whom it refuses was refused at RCPT. What it allows no rule refuses at the
 * end either, if that holds for each recipient. */
static enum rule_status
judge_end(struct rule_run *run)
{
	size_t count = run->txn->rcpts.len, i = 0;
	const struct access_found *found;
	const char *unproven;

	do {
		if (!decide(run, count != 0 ? vec_at(&run->txn->rcpts, i)
		    : NULL, &found, &unproven))
			return RULE_WAIT;
		if (found == NULL || found->action != ACCESS_ALLOW) {
			findings_add(run->findings, run->name, RESULT_NONE,
			    "judged at RCPT");
			return RULE_DONE;
		}
	} while (++i < count);
	act(run, found);
	return RULE_DONE;
}

static enum rule_status
run_access(struct rule_run *run, const char **error_r)
{
	(void)error_r;
	return run->request->stage == POLICY_END ? judge_end(run)
	    : judge_rcpt(run);
}

const struct rule rule_access = {
	.name = "access",
	.stages = POLICY_RCPT | POLICY_END,
	.section = &access_common_section,
	.more = more,
	.load = load_access,
	.run = run_access,
};
