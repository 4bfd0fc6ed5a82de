/* SPDX-License-Identifier: ISC */
/* dmarc_bench.c - for the tests of DMARC: what is judged and what comes of it,
 * as texts. */
#include "dmarc_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/zone.h"

static enum result
find_result(struct str word)
{
	for (int i = RESULT_NONE; i <= RESULT_TEMPERROR; i++)
		if (str_is(word, result_text((enum result)i)))
			return (enum result)i;
	fail_msg("no result: %.*s", STR_ARG(word));
	return RESULT_NONE;
}

const struct spf_verdict *
dmarc_spf_of(struct arena *arena, const char *text)
{
	struct spf_verdict *spf = arena_zalloc(arena, sizeof(*spf));
	struct str rest = str_from(text), word;

	if (text == NULL)
		return NULL;
	str_cut(&rest, ' ', &word);
	spf->result = find_result(word);
	spf->domain = rest;
	return spf;
}

const struct dkim_verdicts *
dmarc_dkim_of(struct arena *arena, const char *text)
{
	struct dkim_verdicts *dkim = arena_zalloc(arena, sizeof(*dkim));
	struct dkim_verdict *verdicts = arena_zalloc(arena,
	    sizeof(*verdicts) * DKIM_SIGNATURES_MAX);
	struct str rest = str_from(text), piece, word;

	if (text == NULL)
		return NULL;
	dkim->verdicts = verdicts;
	while (text[0] != '\0' && str_cut(&rest, ',', &piece)) {
		struct dkim_verdict *verdict = &verdicts[dkim->count++];

		assert_true(dkim->count <= DKIM_SIGNATURES_MAX);
		piece = str_trim(piece);
		str_cut(&piece, ' ', &word);
		verdict->result = find_result(word);
		verdict->domain = str_dup(arena, piece);
	}
	return dkim;
}

const struct dmarc_verdict *
dmarc_trial_run(struct arena *arena, const struct dmarc_trial *trial,
    size_t *asked_r)
{
	const char *error;
	struct dns_source *source = zone_source_parse("zone",
	    str_from(trial->zone), arena, &error);
	struct wait *wait = wait_new();
	const struct dmarc_verdict *verdict;
	struct dns_view *dns;

	if (source == NULL)
		fail_msg("%s", error);
	dns = dns_view_new(arena, source, wait);
	wait_unref(&wait);
	verdict = dmarc_judge(dmarc_new(arena, dns, str_from(trial->author)),
	    dmarc_spf_of(arena, trial->spf), dmarc_dkim_of(arena, trial->dkim),
	    trial->could_not_run);
	assert_non_null(verdict);
	if (verdict->dissent != NULL)
		fail_msg("%s: %s", trial->author, verdict->dissent);
	*asked_r = dns_view_asked(dns);
	dns_source_free(&source);
	return verdict;
}

const char *
dmarc_say(struct arena *arena, const struct dmarc_verdict *verdict)
{
	const struct dmarc_applied *applied = &verdict->applied;

	return arena_printf(arena, "%s %s%s%s%s%s: %s%s",
	    result_text(verdict->result),
	    applied->has_record ? applied->tag : "no record",
	    applied->has_record ? "=" : "",
	    applied->has_record ? dmarc_policy_text(applied->policy) : "",
	    verdict->is_spf_aligned ? " spf" : "",
	    verdict->is_dkim_aligned ? " dkim" : "",
	    dmarc_policy_text(verdict->wish),
	    verdict->is_undecided ? " undecided" : "");
}
