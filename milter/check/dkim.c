/* SPDX-License-Identifier: ISC */
/* dkim.c - the DKIM signatures of a message (RFC 6376). */
#include "auth/dkim.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "mail/auth_results.h"
#include "mail/spool.h"
#include "milter/check.h"
#include "milter/check/objection.h"

/*
 * One finding for each signature, because each is a claim of its own: who
 * signed, and whether it still holds. A broken signature is no worse than none
 * (RFC 6376 6.1), mailing lists break them every day; so nothing here scores or
 * refuses. What a pass is worth, DMARC and the reputation of the signer say.
 */

struct dkim_settings {
	struct check_common common;
	int64_t minimum_bits;
	int64_t clock_skew_ms;
};

struct dkim_state {
	struct dkim_verify_settings settings;
	struct dkim_verifier *verifier;
};

static void
add_property(struct auth_result *auth, const char *property,
    const char *value)
{
	if (value[0] != '\0')
		auth->properties[auth->property_count++] =
		    (struct auth_property){ "header", property, value };
}

/* "2048-bit key, test mode" */
static const char *
describe_key(struct arena *arena, const struct dkim_verdict *verdict)
{
	struct buf text;

	buf_init(&text, arena);
	if (verdict->key_bits != 0)
		buf_printf(&text, "%u-bit key", verdict->key_bits);
	if (verdict->is_key_secure)
		buf_printf(&text, "%sDNSSEC", text.len != 0 ? ", " : "");
	if (verdict->is_test_key)
		buf_printf(&text, "%stest mode", text.len != 0 ? ", " : "");
	return text.len != 0 ? text.data : NULL;
}

/* RFC 8601 2.7.1; header.b tells several signatures of one domain apart (RFC
 * 6008). */
static const struct auth_result *
make_auth(struct arena *arena, const struct dkim_verdict *verdict)
{
	struct auth_result *auth = arena_zalloc(arena, sizeof(*auth));

	auth->method = "dkim";
	auth->result = result_text(verdict->result);
	auth->reason = verdict->reason;
	auth->comment = describe_key(arena, verdict);
	add_property(auth, "d", verdict->domain);
	add_property(auth, "i", verdict->identity);
	add_property(auth, "s", verdict->selector);
	add_property(auth, "a", verdict->algorithm);
	add_property(auth, "b", verdict->signature_start);
	return auth;
}

static void
add_none(struct check_run *run)
{
	struct auth_result *auth = arena_zalloc(run->txn->arena,
	    sizeof(*auth));

	auth->method = "dkim";
	auth->result = result_text(RESULT_NONE);
	findings_add(run->findings, run->name, RESULT_NONE,
	    "not signed")->auth = auth;
}

static void
add_verdict(struct check_run *run, const struct dkim_verdict *verdict,
    bool has_pass)
{
	struct arena *arena = run->txn->arena;
	const char *signer = verdict->domain[0] != '\0' ? verdict->domain
	    : "unknown signer";
	const char *reason = verdict->reason == NULL ? signer
	    : arena_printf(arena, "%s: %s", signer, verdict->reason);
	struct finding *finding;

	/* A key that did not come matters only if nothing else passed. */
	if (verdict->result == RESULT_TEMPERROR && !has_pass)
		finding = objection_temperror(run, reason);
	else
		finding = findings_add(run->findings, run->name,
		    verdict->result, reason);
	finding->auth = make_auth(arena, verdict);
}

static void
report(struct check_run *run, const struct dkim_verdicts *verdicts)
{
	bool has_pass = false;

	run->txn->auth.dkim = verdicts;
	for (size_t i = 0; i < verdicts->count; i++)
		has_pass |= verdicts->verdicts[i].result == RESULT_PASS;
	for (size_t i = 0; i < verdicts->count; i++)
		add_verdict(run, &verdicts->verdicts[i], has_pass);
	if (verdicts->count == 0)
		add_none(run);
	if (verdicts->left_out != 0)
		findings_add(run->findings, run->name, RESULT_NEUTRAL,
		    arena_printf(run->txn->arena, "%zu signatures below the "
		    "first %d were not looked at", verdicts->left_out,
		    DKIM_SIGNATURES_MAX));
}

static struct dkim_state *
begin(struct check_run *run)
{
	const struct dkim_settings *settings = run->settings;
	struct dkim_state *state = arena_alloc(run->txn->arena,
	    sizeof(*state));

	state->settings = (struct dkim_verify_settings){
		.minimum_bits = settings->minimum_bits,
		.clock_skew_s = settings->clock_skew_ms / 1000,
	};
	state->verifier = dkim_verifier_new(run->txn->arena,
	    &run->txn->headers, run->dns, run->txn->now_ms, &state->settings);
	return state;
}

static enum check_status
dkim_run(struct check_run *run, const char **error_r)
{
	struct dkim_state *state = run->state;
	struct str body = STR("");

	/* All keys are asked for while the body is still coming in. */
	if (state == NULL)
		run->state = state = begin(run);
	if (run->txn->stage < STAGE_MESSAGE ||
	    !dkim_verifier_is_ready(state->verifier))
		return CHECK_WAIT;
	if (run->txn->body != NULL && spool_data(run->txn->body, &body) < 0) {
		*error_r = arena_printf(run->txn->arena,
		    "the body cannot be read: %s", strerrordesc_np(errno));
		return CHECK_FAILED;
	}
	report(run, dkim_verifier_finish(state->verifier, body));
	return CHECK_DONE;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct dkim_settings, "pass"),
	SETTING_INT_ROW("minimum_bits", struct dkim_settings, minimum_bits,
	    "1024", 1024, 4096, "A signature of a shorter RSA key is not "
	    "accepted: its result is policy (RFC 8301 3.2)."),
	SETTING_DURATION_ROW("clock_skew", struct dkim_settings,
	    clock_skew_ms, "5m", 0, INT64_C(24) * 3600 * 1000,
	    "The time of a signature may lie so far in the future; beyond, "
	    "the result is policy."),
};

static const struct section section = {
	.name = "check",
	.label = "dkim",
	.help = "Verifies the first ten DKIM signatures of a message (RFC "
	    "6376, 8301, 8463), one finding each.",
	.size = sizeof(struct dkim_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_dkim = {
	.name = "dkim",
	.first_stage = STAGE_HEADERS,
	.wants_body = true,
	.section = &section,
	.run = dkim_run,
};
