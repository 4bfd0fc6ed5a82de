/* SPDX-License-Identifier: ISC */
/* rulebook.h - all that follows from one configuration, for policyd. */
#ifndef POLICYD_RULEBOOK_H
#define POLICYD_RULEBOOK_H

#include <stddef.h>

struct arena;
struct conf;
struct dns_source;
struct ledger;
struct lists;
struct notices;
struct policies;
struct policyd_settings;
struct rulechain_entry;
struct section;
struct site;

/* The sections that policyd reads: its own, the rules', the shared ones. Ends
 * with NULL. */
const struct section *const *rulebook_sections(void);

/* Immutable, counted by reference: a request keeps the one it began with. */
struct rulebook;

/* Build everything that follows from a configuration: networks, login map,
 * policies, rules. Takes a reference to conf. NULL with the reason. */
struct rulebook *rulebook_new(struct conf *conf, struct arena *errors,
    const char **error_r);
/* The same with the lists of the directory (NULL: none were read), to which it
 * takes a reference. */
struct rulebook *rulebook_new_with(struct conf *conf, struct lists *lists,
    struct arena *errors, const char **error_r);
/* One of the same configuration with other lists. */
struct rulebook *rulebook_new_again(const struct rulebook *rulebook,
    struct lists *lists, struct arena *errors, const char **error_r);
struct rulebook *rulebook_ref(struct rulebook *rulebook);
void rulebook_unref(struct rulebook **rulebook);

const struct conf *rulebook_conf(const struct rulebook *rulebook);
const struct site *rulebook_site(const struct rulebook *rulebook);
const struct policyd_settings *rulebook_settings(
    const struct rulebook *rulebook);
/* The rules, for rulechain_new(). */
const struct rulechain_entry *rulebook_rules(const struct rulebook *rulebook,
    size_t *count_r);

/* What its rules count in; the caller's, outlives the rulebook. NULL: nothing,
 * as in a new one. Before the first request. */
void rulebook_set_ledger(struct rulebook *rulebook, struct ledger *ledger);
struct ledger *rulebook_ledger(const struct rulebook *rulebook);
/* The same for those by which they tell users, ... */
void rulebook_set_notices(struct rulebook *rulebook, struct notices *notices);
struct notices *rulebook_notices(const struct rulebook *rulebook);
/* ... and for whom they ask about names. */
void rulebook_set_dns(struct rulebook *rulebook, struct dns_source *dns);
struct dns_source *rulebook_dns(const struct rulebook *rulebook);
/* The same for what the directory says of addresses; NULL: there is none. */
void rulebook_set_policies(struct rulebook *rulebook,
    struct policies *policies);
struct policies *rulebook_policies(const struct rulebook *rulebook);

/* For tests: these rules, the caller's, instead. Before the first request. */
void rulebook_set_rules(struct rulebook *rulebook,
    struct rulechain_entry *entries, size_t count);

#endif
