/* SPDX-License-Identifier: ISC */
/* rules_trial.c - new rules are tried on stored messages, the canaries: those
 * that come with the program and the administrator's.
 *
 * What counts is what becomes of a message by the score of its rules, not the
 * score itself: rules are updated to change scores. */
#include "cli/rules_trial.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"
#include "cli/rules.h"
#include "cli/scan_setup.h"
#include "mail/txn.h"
#include "mail/verdict_score.h"
#include "milter/engine.h"
#include "rules/channel.h"
#include "rules/load.h"
#include "rules/ruleset.h"
#include "rules/settings.h"
#include "rules/view.h"

#define MESSAGE_MAX ((size_t)32 << 20)
#define FILES_MAX 10000
#define DEPTH_MAX 4

enum fate { DELIVERED, JUNK, REFUSED };

static const char *const fates[] = { "delivered", "junk", "refused" };

struct trial {
	struct arena *arena;
	struct scan scan;
	struct ruleset *in_use, *fresh;
	struct rules_trial *facts;
	const char *first;	/* of those that changed; NULL */
};

/* --- errors ----------------------------------------------------------------------- */

/* Those in files of the set; the first in words. */
static size_t
count_errors(struct arena *arena, const struct draft *draft, const char *set,
    const char **first_r)
{
	size_t errors = 0;

	for (size_t i = 0; i < draft->notes.len; i++) {
		const struct draft_note *note = vec_at(&draft->notes, i);

		if (note->kind != DRAFT_ERROR || note->origin.file == NULL ||
		    strncmp(note->origin.file, set, strlen(set)) != 0)
			continue;
		if (errors++ == 0)
			*first_r = arena_printf(arena, "%s: %.*s: %s",
			    rules_origin(arena, &note->origin),
			    STR_ARG(note->rule), note->reason);
	}
	return errors;
}

/* --- one message -------------------------------------------------------------------- */

static enum fate
fate_of(const struct score_bounds *bounds, double score)
{
	if (bounds->refuse > 0 && score >= bounds->refuse)
		return REFUSED;
	return bounds->junk > 0 && score >= bounds->junk ? JUNK : DELIVERED;
}

static double
score_by(struct ruleset *rules, struct txn *txn,
    const struct findings *findings)
{
	struct rules_result result;

	rules_judge(rules, view_new(txn, findings), 0, &result);
	return result.score;
}

/* In a folder ham what comes out worse counts, in one of spam what comes out
 * better; of all others either. */
static bool
is_change(const char *path, enum fate was, enum fate is)
{
	if (strstr(path, "/ham/") != NULL)
		return is > was;
	return strstr(path, "/spam/") != NULL ? is < was : is != was;
}

static void
compare(struct trial *trial, const char *path, struct txn *txn,
    const struct findings *findings)
{
	struct score_bounds bounds = verdict_bounds(txn);
	double before = score_by(trial->in_use, txn, findings);
	double now = score_by(trial->fresh, txn, findings);
	enum fate was = fate_of(&bounds, before);
	enum fate is = fate_of(&bounds, now);

	trial->facts->canaries++;
	if (!is_change(path, was, is))
		return;
	if (trial->facts->changed++ == 0)
		trial->first = arena_printf(trial->arena, "%s is %s with a "
		    "score of %.1f, and would be %s with %.1f", path,
		    fates[was], before, fates[is], now);
}

static int
judge(struct trial *trial, const char *path, const char **error_r)
{
	struct engine *engine;
	const struct outcome *outcome;
	struct str message;

	if (channel_read_file(trial->arena, path, MESSAGE_MAX, &message,
	    error_r) < 0)
		return -1;
	engine = engine_new(trial->scan.snapshot, trial->scan.dns,
	    trial->scan.now_ms);
	engine_set_mode(engine, MODE_ENFORCE);
	scan_give(engine, &trial->scan.envelope, message);
	outcome = engine_finish(engine);
	compare(trial, path, engine_txn(engine), outcome->findings);
	engine_free(&engine);
	return 0;
}

/* --- all of them ----------------------------------------------------------------------- */

static int judge_folder(struct trial *trial, const char *folder, int depth,
    const char **error_r);

static int
judge_entry(struct trial *trial, const char *path, int depth,
    const char **error_r)
{
	struct stat status;

	if (stat(path, &status) < 0 || trial->facts->canaries >= FILES_MAX)
		return 0;
	if (S_ISDIR(status.st_mode))
		return depth < DEPTH_MAX ?
		    judge_folder(trial, path, depth + 1, error_r) : 0;
	return S_ISREG(status.st_mode) ? judge(trial, path, error_r) : 0;
}

static int
judge_folder(struct trial *trial, const char *folder, int depth,
    const char **error_r)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort), result = 0;

	if (count < 0) {
		*error_r = arena_printf(trial->arena,
		    "%s: the canaries cannot be read", folder);
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (result == 0 && entries[i]->d_name[0] != '.')
			result = judge_entry(trial, arena_printf(trial->arena,
			    "%s/%s", folder, entries[i]->d_name), depth,
			    error_r);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* Beside the stock rules. */
static int
judge_all(struct trial *trial, const struct rules_settings *settings,
    const char **error_r)
{
	bool is_named;
	const char *own = arena_printf(trial->arena, "%s/../canary",
	    rules_stock_directory(settings, trial->arena, &is_named));

	if (access(own, F_OK) == 0 &&
	    judge_folder(trial, own, 0, error_r) < 0)
		return -1;
	return settings->canary == NULL ? 0 :
	    judge_folder(trial, settings->canary, 0, error_r);
}

static int
judge_by_both(struct command_run *run, struct trial *trial,
    const char *config, const struct rules_settings *settings,
    const char **error_r)
{
	/* No DNS: the same today and tomorrow. */
	struct scan_options options = { .config = rules_conf_path(config),
		.zone = "/dev/null" };
	struct scan_peers peers = { 0 };
	int result = -1;

	*error_r = "the canaries cannot be judged";
	if (scan_open(run, &options, true, false, &trial->scan,
	    &peers) == 0)
		result = judge_all(trial, settings, error_r);
	scan_close(&trial->scan, &peers);
	return result;
}

/* --- the verdict ----------------------------------------------------------------------- */

static int
decide(struct trial *trial, const struct rules_settings *settings,
    const char *first_error, const char **error_r)
{
	const struct rules_trial *facts = trial->facts;

	if (facts->errors > (size_t)settings->channel_errors)
		*error_r = arena_printf(trial->arena, "%zu errors in the "
		    "rules, %lld may be: %s", facts->errors,
		    (long long)settings->channel_errors, first_error);
	else if (facts->changed > (size_t)settings->canary_changes)
		*error_r = arena_printf(trial->arena, "%zu of %zu canaries "
		    "would come out otherwise, %lld may: %s", facts->changed,
		    facts->canaries, (long long)settings->canary_changes,
		    trial->first);
	else
		return 0;
	return -1;
}

int
rules_try(struct command_run *run, const char *config,
    const struct rules_settings *settings, const char *set,
    struct rules_trial *trial_r, const char **error_r)
{
	struct trial trial = { .arena = run->arena, .facts = trial_r };
	struct rules_settings with = *settings;
	const char *first = "";
	int result = -1;

	*trial_r = (struct rules_trial){ 0 };
	with.channel_set = set;
	trial.in_use = rules_load(settings, run->arena, error_r);
	if (trial.in_use == NULL)
		return -1;
	trial.fresh = rules_load(&with, run->arena, error_r);
	if (trial.fresh != NULL) {
		trial_r->rules = ruleset_count(trial.fresh);
		trial_r->errors = count_errors(run->arena,
		    ruleset_draft(trial.fresh), set, &first);
		result = judge_by_both(run, &trial, config, settings, error_r);
	}
	if (result == 0)
		result = decide(&trial, settings, first, error_r);
	ruleset_unref(&trial.fresh);
	ruleset_unref(&trial.in_use);
	return result;
}
