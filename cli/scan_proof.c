/* SPDX-License-Identifier: ISC */
/* scan_proof.c - of the story of `scan --explain`: what proves the sender. */
#include <string.h>

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"
#include "mail/list_post.h"
#include "mail/txn.h"
#include "milter/check/dmarc_indirect.h"
#include "milter/engine.h"

const char *
scan_result_word(const struct scan_told *told, enum result result)
{
	static const enum output_style styles[] = {
		[RESULT_NONE] = STYLE_DIM,
		[RESULT_PASS] = STYLE_GOOD,
		[RESULT_FAIL] = STYLE_BAD,
		[RESULT_POLICY] = STYLE_WARN,
		[RESULT_NEUTRAL] = STYLE_PLAIN,
		[RESULT_SOFTFAIL] = STYLE_WARN,
		[RESULT_PERMERROR] = STYLE_WARN,
		[RESULT_TEMPERROR] = STYLE_WARN,
	};

	return output_style(told->txn->arena, told->scan->has_colour,
	    styles[result], result_text(result));
}

/* A check that left no facts: its finding tells why, if it left one. */
static void
add_unjudged(const struct scan_told *told, struct table *table,
    const char *label, const char *check)
{
	const struct vec *items = &told->outcome->findings->items;

	for (size_t i = 0; i < items->len; i++) {
		const struct finding *finding = vec_at(items, i);

		if (strcmp(finding->check, check) != 0)
			continue;
		table_add(table, label, scan_result_word(told,
		    finding->result), arena_printf(told->txn->arena,
		    "not judged: %s", clean_text(told->txn->arena,
		    finding->reason)));
		return;
	}
	table_add(table, label, "-", "not asked");
}

static void
add_spf(const struct scan_told *told, struct table *table, const char *label,
    const struct spf_verdict *spf)
{
	struct arena *arena = told->txn->arena;

	table_add(table, label, scan_result_word(told, spf->result),
	    clean_text(arena, spf->reason));
	if (spf->explanation != NULL)
		table_add(table, "", "", arena_printf(arena,
		    "The domain explains: %s",
		    clean_text(arena, spf->explanation)));
}

static void
add_both_spf(const struct scan_told *told, struct table *table)
{
	const struct auth_facts *auth = &told->txn->auth;

	if (auth->spf == NULL) {
		add_unjudged(told, table, "SPF", "spf");
		return;
	}
	add_spf(told, table, auth->spf == auth->spf_helo ? "SPF of HELO"
	    : "SPF", auth->spf);
	if (auth->spf_helo != NULL && auth->spf_helo != auth->spf)
		add_spf(told, table, "SPF of HELO", auth->spf_helo);
}

/* "example.org, selector s1, rsa-sha256, 2048 bits: body hash ..." */
static const char *
describe_signature(struct arena *arena, const struct dkim_verdict *verdict)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, verdict->domain[0] != '\0'
	    ? clean_text(arena, verdict->domain) : "unknown signer");
	if (verdict->selector[0] != '\0')
		buf_printf(&text, ", selector %s",
		    clean_text(arena, verdict->selector));
	if (verdict->algorithm[0] != '\0')
		buf_printf(&text, ", %s",
		    clean_text(arena, verdict->algorithm));
	if (verdict->key_bits != 0)
		buf_printf(&text, ", %u bits", verdict->key_bits);
	if (verdict->is_test_key)
		buf_add_text(&text, ", a key under test");
	if (verdict->reason != NULL)
		buf_printf(&text, ": %s", clean_text(arena, verdict->reason));
	return text.data;
}

static void
add_dkim(const struct scan_told *told, struct table *table)
{
	const struct dkim_verdicts *dkim = told->txn->auth.dkim;
	struct arena *arena = told->txn->arena;

	if (dkim == NULL) {
		add_unjudged(told, table, "DKIM", "dkim");
		return;
	}
	if (dkim->count == 0)
		table_add(table, "DKIM", scan_result_word(told, RESULT_NONE),
		    "nobody has signed it");
	for (size_t i = 0; i < dkim->count; i++)
		table_add(table, "DKIM", scan_result_word(told,
		    dkim->verdicts[i].result), describe_signature(arena,
		    &dkim->verdicts[i]));
	if (dkim->left_out != 0)
		table_add(table, "", "", arena_printf(arena,
		    "and %zu more, which were not looked at",
		    dkim->left_out));
}

/* Where the policy stands, and why this tag of it counts (RFC 9989 4.10.1). */
static void
add_policy(const struct scan_told *told, struct table *table,
    const struct dmarc_applied *applied)
{
	struct arena *arena = told->txn->arena;
	const char *policy = dmarc_policy_text(applied->policy), *whose = "";

	if (!applied->has_record)
		return;
	if (strcmp(applied->tag, "sp") == 0)
		whose = ", for the domains below it";
	else if (strcmp(applied->tag, "np") == 0)
		whose = ", for domains below it that do not exist";
	table_add(table, "  policy", policy, arena_printf(arena,
	    "%s=%s at _dmarc.%s%s%s%s%s", applied->tag, policy,
	    clean_str(arena, applied->record_domain), whose,
	    applied->record.is_test ? ", under test (t=y)" : "",
	    applied->record.defect != NULL ? "; " : "",
	    clean_text(arena, applied->record.defect)));
}

static void
add_dmarc(const struct scan_told *told, struct table *table)
{
	const struct dmarc_verdict *dmarc = told->txn->auth.dmarc;
	struct arena *arena = told->txn->arena;
	const char *reason;

	if (dmarc == NULL) {
		add_unjudged(told, table, "DMARC", "dmarc");
		return;
	}
	reason = clean_text(arena, dmarc->reason);
	/* The reason of the others names the domain. */
	if (dmarc->result == RESULT_FAIL || dmarc->result == RESULT_TEMPERROR)
		reason = arena_printf(arena, "%s: %s", clean_str(arena,
		    dmarc->domain), reason);
	table_add(table, "DMARC", scan_result_word(told, dmarc->result),
	    reason);
	add_policy(told, table, &dmarc->applied);
}

/* Who else vouches for what its author's domain does not (DESIGN 5.6). */
static void
add_indirect(const struct scan_told *told, struct table *table)
{
	struct txn *txn = told->txn;
	const struct dmarc_verdict *dmarc = txn->auth.dmarc;
	const char *forwarder, *list;

	if (dmarc == NULL || (dmarc->result != RESULT_FAIL &&
	    dmarc->result != RESULT_TEMPERROR))
		return;
	forwarder = dmarc_indirect_forwarder(txn);
	list = dmarc_indirect_list(txn);
	if (forwarder != NULL)
		table_add(table, "Forwarder", scan_result_word(told,
		    RESULT_PASS), arena_printf(txn->arena,
		    "%s (trusted_forwarders)", forwarder));
	if (list != NULL)
		table_add(table, "List", scan_result_word(told, RESULT_PASS),
		    list);
	else if (list_post_domains(txn->arena, &txn->headers).len != 0)
		table_add(table, "List", scan_result_word(told, RESULT_NONE),
		    "no signature that holds is of the list that it names");
}

void
scan_add_proof(const struct scan_told *told, struct buf *out)
{
	struct table table;

	table_init(&table, told->txn->arena, 3);
	add_both_spf(told, &table);
	add_dkim(told, &table);
	add_dmarc(told, &table);
	add_indirect(told, &table);
	table_print(&table, out);
}
