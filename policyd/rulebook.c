/* SPDX-License-Identifier: ISC */
/* rulebook.c - all that follows from one configuration, for policyd. */
#include "policyd/rulebook.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "directory/directory_settings.h"
#include "directory/lists.h"
#include "dns/dns_settings.h"
#include "mail/host.h"
#include "mail/policy.h"
#include "policyd/notice_settings.h"
#include "policyd/rulechain.h"
#include "policyd/settings.h"
#include "policyd/socketmap_settings.h"
#include "store/store_settings.h"

#define SECTIONS_MAX 64

/* Collected once, then never changed. */
static const struct section *rulebook_list[SECTIONS_MAX];
static pthread_once_t rulebook_list_once = PTHREAD_ONCE_INIT;

struct rulebook {
	atomic_uint references;
	struct arena *arena;
	struct conf *conf;
	struct lists *lists;		/* NULL: there are none */
	const struct policyd_settings *settings;
	const struct site *site;
	struct rulechain_entry *entries;
	size_t count;
	struct ledger *ledger;
	struct notices *notices;
	struct dns_source *dns;
	struct policies *policies;
};

static void
add_section(size_t *count, const struct section *section)
{
	assert(*count < SECTIONS_MAX - 1);
	rulebook_list[(*count)++] = section;
}

static void
collect_sections(void)
{
	const struct section *const *more;
	size_t count = 0;

	add_section(&count, &host_section);
	add_section(&count, &dns_section);
	add_section(&count, &store_section);
	add_section(&count, &directory_section);
	add_section(&count, &policyd_section);
	add_section(&count, &notice_section);
	add_section(&count, &socketmap_section);
	for (size_t i = 0; rules[i] != NULL; i++) {
		add_section(&count, rules[i]->section);
		for (more = rules[i]->more; more != NULL && *more != NULL;
		    more++)
			add_section(&count, *more);
	}
	for (size_t i = 0; policy_sections[i] != NULL; i++)
		add_section(&count, policy_sections[i]);
}

const struct section *const *
rulebook_sections(void)
{
	pthread_once(&rulebook_list_once, collect_sections);
	return rulebook_list;
}

static int
take_rule(struct rulebook *rulebook, const struct rule *rule,
    const char **error_r)
{
	struct rulechain_entry *entry = &rulebook->entries[rulebook->count++];

	*entry = (struct rulechain_entry){ .rule = rule,
	    .settings = conf_get(rulebook->conf, rule->section) };
	if (rule->load == NULL)
		return 0;
	entry->data = rule->load(rulebook->arena, rulebook->conf,
	    rulebook->lists, error_r);
	return entry->data != NULL ? 0 : -1;
}

static int
take_rules(struct rulebook *rulebook, const char **error_r)
{
	size_t count = 0;

	while (rules[count] != NULL)
		count++;
	rulebook->entries = arena_zalloc(rulebook->arena,
	    count * sizeof(*rulebook->entries));
	for (size_t i = 0; i < count; i++)
		if (take_rule(rulebook, rules[i], error_r) < 0)
			return -1;
	return 0;
}

struct rulebook *
rulebook_new(struct conf *conf, struct arena *errors, const char **error_r)
{
	return rulebook_new_with(conf, NULL, errors, error_r);
}

struct rulebook *
rulebook_new_with(struct conf *conf, struct lists *lists,
    struct arena *errors, const char **error_r)
{
	struct arena *arena = arena_new(0);
	struct rulebook *rulebook = arena_zalloc(arena, sizeof(*rulebook));

	atomic_init(&rulebook->references, 1);
	rulebook->arena = arena;
	rulebook->conf = conf_ref(conf);
	rulebook->lists = lists != NULL ? lists_ref(lists) : NULL;
	rulebook->settings = conf_get(conf, &policyd_section);
	rulebook->site = site_from_conf(arena, conf, error_r);
	if (rulebook->site != NULL && take_rules(rulebook, error_r) == 0)
		return rulebook;
	*error_r = arena_strdup(errors, *error_r);
	rulebook_unref(&rulebook);
	return NULL;
}

struct rulebook *
rulebook_new_again(const struct rulebook *rulebook, struct lists *lists,
    struct arena *errors, const char **error_r)
{
	return rulebook_new_with(rulebook->conf, lists, errors, error_r);
}

struct rulebook *
rulebook_ref(struct rulebook *rulebook)
{
	atomic_fetch_add(&rulebook->references, 1);
	return rulebook;
}

void
rulebook_unref(struct rulebook **rulebook)
{
	struct rulebook *old = *rulebook;
	struct arena *arena;

	*rulebook = NULL;
	if (old == NULL || atomic_fetch_sub(&old->references, 1) != 1)
		return;
	arena = old->arena;
	conf_unref(&old->conf);
	lists_unref(&old->lists);
	arena_free(&arena);
}

const struct conf *
rulebook_conf(const struct rulebook *rulebook)
{
	return rulebook->conf;
}

const struct site *
rulebook_site(const struct rulebook *rulebook)
{
	return rulebook->site;
}

const struct policyd_settings *
rulebook_settings(const struct rulebook *rulebook)
{
	return rulebook->settings;
}

const struct rulechain_entry *
rulebook_rules(const struct rulebook *rulebook, size_t *count_r)
{
	*count_r = rulebook->count;
	return rulebook->entries;
}

void
rulebook_set_ledger(struct rulebook *rulebook, struct ledger *ledger)
{
	rulebook->ledger = ledger;
}

struct ledger *
rulebook_ledger(const struct rulebook *rulebook)
{
	return rulebook->ledger;
}

void
rulebook_set_notices(struct rulebook *rulebook, struct notices *notices)
{
	rulebook->notices = notices;
}

struct notices *
rulebook_notices(const struct rulebook *rulebook)
{
	return rulebook->notices;
}

void
rulebook_set_dns(struct rulebook *rulebook, struct dns_source *dns)
{
	rulebook->dns = dns;
}

struct dns_source *
rulebook_dns(const struct rulebook *rulebook)
{
	return rulebook->dns;
}

void
rulebook_set_policies(struct rulebook *rulebook, struct policies *policies)
{
	rulebook->policies = policies;
}

struct policies *
rulebook_policies(const struct rulebook *rulebook)
{
	return rulebook->policies;
}

void
rulebook_set_rules(struct rulebook *rulebook, struct rulechain_entry *entries,
    size_t count)
{
	rulebook->entries = entries;
	rulebook->count = count;
}
