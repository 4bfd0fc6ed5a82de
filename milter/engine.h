/* SPDX-License-Identifier: ISC */
/* engine.h - a message through checks, verdict and actions; no libmilter. */
#ifndef MILTER_ENGINE_H
#define MILTER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/txn.h"
#include "mail/verdict.h"

struct arena;
struct asker;
struct conf;
struct dns_source;
struct engine;		/* the transaction under way */
struct lists;
struct milter_settings;
struct policies;
struct ruleset;
struct section;
struct snapshot;	/* all that follows from one configuration */

/* The sections that the milter reads: its own, the checks', the actions', the
 * shared ones. Ends with NULL. */
const struct section *const *engine_sections(void);
/* Those that other daemons own, which conf_load passes over. Ends with NULL. */
const struct section *const *engine_other_sections(void);

/* Build everything that follows from a configuration: networks, login map,
 * policies, keys (one that is gone degrades its domain, see snapshot_degraded),
 * rules, chain. at_reload: a key that is gone is an error. Takes a reference to conf.
 * NULL with the reason. */
struct snapshot *snapshot_new(struct conf *conf, bool at_reload,
    struct arena *errors, const char **error_r);
/* The same with the lists of the directory (NULL: none were read), to which it
 * takes a reference: the keys of a domain that has an active one there are
 * those. */
struct snapshot *snapshot_new_with(struct conf *conf, struct lists *lists,
    bool at_reload, struct arena *errors, const char **error_r);
/* One that has no rules, for who judges nothing or brings them along: to load
 * them takes longer than all the rest. */
struct snapshot *snapshot_new_without_rules(struct conf *conf,
    struct arena *errors, const char **error_r);
/* One of the same configuration and rules with other lists; a key that is gone degrades
 * its domain. */
struct snapshot *snapshot_new_again(const struct snapshot *snapshot,
    struct lists *lists, struct arena *errors, const char **error_r);
/* One of the same configuration and lists with other rules, to which it takes a
 * reference. */
struct snapshot *snapshot_with_rules(const struct snapshot *snapshot,
    struct ruleset *ruleset, struct arena *errors, const char **error_r);
struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot **snapshot);
const struct conf *snapshot_conf(const struct snapshot *snapshot);
const struct site *snapshot_site(const struct snapshot *snapshot);
/* The section "milter" of this configuration (settings.h). */
const struct milter_settings *snapshot_settings(
    const struct snapshot *snapshot);
/* Does a check of it ask what lies in files? */
bool snapshot_wants_files(const struct snapshot *snapshot);
/* Its rules; NULL: check rules is off. */
struct ruleset *snapshot_rules(const struct snapshot *snapshot);
/* What does not work right now, one sentence each; i from 0 on, NULL: end. */
const char *snapshot_degraded(const struct snapshot *snapshot, size_t i);

/* What an action did. */
struct action_report {
	const char *action;
	const char *detail;
	bool is_dry_run;	/* it would have: dry_run, or observe mode */
	bool has_failed;	/* detail says why */
};

/* How a transaction ended. Lives in its arena. */
struct outcome {
	const struct findings *findings;
	const struct verdict *verdict;
	const struct action_report *reports;
	size_t report_count;
	size_t size_bytes;	/* of the message as it came */
	/* Time from MAIL to the decision, and what of it was waiting. */
	int64_t total_us, waited_us;
	size_t dns_questions;
};

/* A new transaction. txn's facts are filled in by the caller as they come;
 * dns answers its questions. Keeps a reference to snapshot. */
struct engine *engine_new(struct snapshot *snapshot, struct dns_source *dns,
    int64_t now_ms);
struct txn *engine_txn(struct engine *engine);
/* By whom its checks may ask policyd and mailreeve-avscan; without it they ask
 * nobody. Before the first engine_reach(). */
void engine_serve(struct engine *engine, struct asker *asker);
/* For `scan`: mailreeve-avscan alone is asked, which changes nothing anywhere. */
void engine_serve_files(struct engine *engine, struct asker *asker);
/* Of whom its addresses' policies are asked beside the configuration: at MAIL
 * and RCPT, waited for at end of message only. NULL: of nobody. Before the first
 * engine_reach(). */
void engine_consult(struct engine *engine, struct policies *policies);
/* For `scan` and `replay`: judge and act as if this were the mode. */
void engine_set_mode(struct engine *engine, enum mode mode);
/* For `scan --spf-only`: of all checks only this one runs, if it is enabled.
 * Call it before the first engine_reach(). */
void engine_set_only(struct engine *engine, const char *check);
void engine_free(struct engine **engine);

/* What comes of the message, counted against the limits of the configuration
 * (settings.h): what lies beyond is left out, and a finding says so and
 * suggests on_limit. A body that cannot be spooled (disk full) makes
 * engine_finish() answer 452 4.3.1. name and value as struct header has them. */
void engine_add_header(struct engine *engine, struct str name,
    struct str value);
void engine_add_body(struct engine *engine, const void *data, size_t len);
/* A recipient as RCPT gave it. Beyond max_rcpts it is not taken: the caller
 * answers 452 4.5.3 (in observe mode it is left out, and a finding says so). */
enum rcpt_answer { RCPT_TAKEN, RCPT_TOO_MANY };
enum rcpt_answer engine_add_rcpt(struct engine *engine, const char *path);

/* txn has reached stage: lets checks ask for what they need. Never blocks. */
void engine_reach(struct engine *engine, enum stage stage);

/* The message is complete: wait for the checks (until the deadline of the
 * configuration), judge, apply the actions (unless mode is observe). The edits
 * are in txn->edits. */
const struct outcome *engine_finish(struct engine *engine);

#endif
