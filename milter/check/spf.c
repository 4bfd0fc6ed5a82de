/* SPDX-License-Identifier: ISC */
/* spf.c - may this client send mail of this domain (RFC 7208)? */
#include "auth/spf.h"

#include "base/arena.h"
#include "mail/auth_results.h"
#include "mail/direction.h"
#include "mail/origin.h"
#include "milter/check.h"
#include "milter/check/client.h"
#include "milter/check/objection.h"

/*
 * Two identities, both asked about at once: the domain of MAIL FROM (RFC 7208
 * 2.4), and the name of HELO (2.3) as a finding of its own. For the null sender
 * the name of HELO stands for both, and there is one finding.
 *
 * Nothing is refused by default. A forwarder breaks SPF without any fault of
 * the sender, a valid DKIM signature makes good for it, and whoever refuses
 * before DMARC was looked at refuses such mail too (RFC 9989 7.1). No forwarder
 * says the name of another host at HELO, so on_helo_fail may say more sooner.
 *
 * What a trusted relay hands over is judged by the client that its Received
 * field tells of. People with a login and hosts of signing_networks send our
 * own mail, which the SPF of the world behind us judges, not ours.
 */

struct spf_settings {
	struct check_common common;
	bool helo;
	int on_fail;
	int on_helo_fail;
	int on_permerror;
	double score_fail;
	double score_helo_fail;
	double score_softfail;
	double score_permerror;
	double score_none;
};

/* One identity under judgement. */
struct identity {
	struct spf *spf;
	const struct spf_verdict *verdict;
	bool is_helo;		/* the domain is what HELO gave */
	bool is_sender;		/* it stands for MAIL FROM */
};

struct spf_state {
	const struct origin *origin;
	struct address sender;
	struct identity identities[2];
	size_t count;
};

static const char *
find_excuse(const struct txn *txn, const struct origin *origin)
{
	const char *excuse = client_excuse(txn, origin);

	if (excuse == NULL && direction_of(txn) == DIRECTION_FORWARDED)
		excuse = "our own host passes it on";
	return excuse;
}

/* What MAIL FROM gave: parsed, or, where that is no address, cut at its last
 * "@". Postfix lets more pass than RFC 5321 does, and a sender that we cannot
 * read is still not the null sender. */
static struct address
mail_from(const struct txn *txn)
{
	struct str path = str_trim(str_from(txn->sender_path));
	struct address address = txn->sender;
	ptrdiff_t at;

	if (address.local.len != 0 || address.domain.len != 0)
		return address;
	if (path.len >= 2 && path.data[0] == '<' &&
	    path.data[path.len - 1] == '>')
		path = str_sub(path, 1, path.len - 2);
	at = str_find_last(path, '@');
	address.local = at < 0 ? path : str_sub(path, 0, (size_t)at);
	if (at >= 0)
		address.domain = str_from_pos(path, (size_t)at + 1);
	return address;
}

/* Whether our own host passes the message on shows in its header. */
static bool
may_be_forwarded(const struct txn *txn)
{
	return txn->stage < STAGE_HEADERS &&
	    direction_is_own_host(&txn->client);
}

static bool
is_null(const struct address *address)
{
	return address->local.len == 0 && address->domain.len == 0;
}

static void
ask(struct check_run *run, struct spf_state *state, bool is_helo,
    bool is_sender)
{
	struct txn *txn = run->txn;
	struct str helo = str_from(state->origin->helo);
	/* The HELO name has no local part: "postmaster" (RFC 7208 4.3). */
	struct spf_query query = {
		.client = state->origin->address,
		.helo = helo,
		.local = is_helo ? STR("") : state->sender.local,
		.domain = is_helo ? helo : state->sender.domain,
		.receiver = txn->site->host_id,
		.now_ms = txn->now_ms,
	};

	state->identities[state->count++] = (struct identity){
		.spf = spf_new(txn->arena, run->dns, &query),
		.is_helo = is_helo,
		.is_sender = is_sender,
	};
}

static struct spf_state *
begin(struct check_run *run, const struct origin *origin)
{
	const struct spf_settings *settings = run->settings;
	struct spf_state *state = arena_zalloc(run->txn->arena,
	    sizeof(*state));

	state->origin = origin;
	state->sender = mail_from(run->txn);
	if (is_null(&state->sender)) {
		ask(run, state, true, true);
	} else {
		ask(run, state, false, true);
		if (settings->helo)
			ask(run, state, true, false);
	}
	return state;
}

/* A sender that is no address, and whose domain others see elsewhere, cannot
 * pass: of <a@victim.example(b@c.example> Postfix goes on with
 * a@victim.example. */
static const struct spf_verdict *
doubt(struct check_run *run, const struct spf_state *state,
    const struct spf_verdict *verdict)
{
	struct str local = state->sender.local;
	struct spf_verdict *none;

	if (verdict->result != RESULT_PASS || !is_null(&run->txn->sender) ||
	    (str_find(local, '@') < 0 && str_find(local, '(') < 0))
		return verdict;
	none = arena_zalloc(run->txn->arena, sizeof(*none));
	none->result = RESULT_NONE;
	none->domain = verdict->domain;
	none->reason = "MAIL FROM is no address, and may be read as one of "
	    "another domain";
	return none;
}

/* No early end: one identity asks while the other waits. */
static bool
judge_all(struct check_run *run, struct spf_state *state)
{
	bool is_done = true;

	for (size_t i = 0; i < state->count; i++) {
		struct identity *identity = &state->identities[i];

		identity->verdict = spf_judge(identity->spf);
		is_done &= identity->verdict != NULL;
		if (identity->verdict != NULL && !identity->is_helo)
			identity->verdict = doubt(run, state,
			    identity->verdict);
	}
	return is_done;
}

/* RFC 8601 2.7.2: the address of MAIL FROM as the client gave it, or the name
 * of HELO. */
static const struct auth_result *
make_auth(struct check_run *run, const struct spf_state *state,
    const struct identity *identity)
{
	struct arena *arena = run->txn->arena;
	struct auth_result *auth = arena_zalloc(arena, sizeof(*auth));
	struct str value = identity->is_helo ? str_from(state->origin->helo)
	    : address_print(arena, &state->sender);

	auth->method = "spf";
	auth->result = result_text(identity->verdict->result);
	auth->comment = identity->verdict->reason;
	if (value.len != 0)
		auth->properties[auth->property_count++] =
		    (struct auth_property){ "smtp",
		    identity->is_helo ? "helo" : "mailfrom",
		    str_dup(arena, value) };
	return auth;
}

/* Who has failed and what follows is ours to say; the explanation is of
 * strangers, and is marked as theirs (RFC 7208 6.2, 8.4). */
static const struct reply *
make_reply(struct check_run *run, const struct spf_state *state,
    const struct identity *identity)
{
	const struct spf_verdict *verdict = identity->verdict;
	struct reply *reply = arena_zalloc(run->txn->arena, sizeof(*reply));
	char address[NETADDR_TEXT_SIZE];
	struct buf text;

	buf_init(&text, run->txn->arena);
	reply->code = 550;
	/* RFC 7372 3.2. */
	if (verdict->result == RESULT_PERMERROR) {
		reply->enhanced = "5.7.24";
		buf_printf(&text, "the SPF record of %.*s cannot be used: %s",
		    STR_ARG(verdict->domain), verdict->reason);
	} else {
		reply->enhanced = "5.7.23";
		buf_printf(&text, "%.*s does not let %s %s (SPF)",
		    STR_ARG(verdict->domain),
		    netaddr_format(&state->origin->address, address),
		    identity->is_helo ? "use its name" : "send its mail");
	}
	if (verdict->explanation != NULL)
		buf_printf(&text, "; %.*s explains: %s",
		    STR_ARG(verdict->domain), verdict->explanation);
	reply->text = text.data;
	return reply;
}

static const char *
describe(struct check_run *run, const struct spf_state *state,
    const struct identity *identity)
{
	const char *reason = identity->verdict->reason;

	if (identity->is_helo)
		reason = str_concat(run->txn->arena, STR("HELO"),
		    identity->is_sender ? STR(", for the null sender: ") :
		    STR(": "), str_from(reason));
	return client_reason(run->txn, state->origin, reason);
}

/* What the settings make of a result. HELO beside a sender has a word of its
 * own only when it fails: the sender's result is the one that tells. */
static void
weigh(const struct spf_settings *settings, const struct identity *identity,
    double *score_r, int *objection_r)
{
	*score_r = 0;
	*objection_r = OBJECTION_ACCEPT;
	switch (identity->verdict->result) {
	case RESULT_FAIL:
		*score_r = identity->is_helo ? settings->score_helo_fail
					     : settings->score_fail;
		*objection_r = identity->is_helo ? settings->on_helo_fail
						 : settings->on_fail;
		break;
	case RESULT_SOFTFAIL:
		if (identity->is_sender)
			*score_r = settings->score_softfail;
		break;
	case RESULT_PERMERROR:
		if (identity->is_sender) {
			*score_r = settings->score_permerror;
			*objection_r = settings->on_permerror;
		}
		break;
	case RESULT_NONE:
		if (identity->is_sender)
			*score_r = settings->score_none;
		break;
	case RESULT_PASS:
	case RESULT_NEUTRAL:
	case RESULT_POLICY:
	case RESULT_TEMPERROR:
		break;
	}
}

static void
report(struct check_run *run, const struct spf_state *state,
    const struct identity *identity)
{
	enum result result = identity->verdict->result;
	const char *reason = describe(run, state, identity);
	struct finding *finding;
	int objection;
	double score;

	weigh(run->settings, identity, &score, &objection);
	if (result == RESULT_TEMPERROR && identity->is_sender)
		finding = objection_temperror(run, reason);
	else
		finding = findings_add(run->findings, run->name, result,
		    reason);
	finding->score = score;
	finding->auth = make_auth(run, state, identity);
	if (objection != OBJECTION_ACCEPT)
		objection_raise(finding, objection, make_reply(run, state,
		    identity));
	if (identity->is_sender)
		run->txn->auth.spf = identity->verdict;
	if (identity->is_helo)
		run->txn->auth.spf_helo = identity->verdict;
}

static enum check_status
spf_run(struct check_run *run, const char **error_r)
{
	struct spf_state *state = run->state;
	const struct origin *origin;
	const char *excuse;

	(void)error_r;
	if (state == NULL) {
		origin = origin_of(run->txn);
		if (origin->status == ORIGIN_PENDING ||
		    may_be_forwarded(run->txn))
			return CHECK_WAIT;
		excuse = find_excuse(run->txn, origin);
		if (excuse != NULL) {
			findings_add(run->findings, run->name, RESULT_NONE,
			    excuse);
			return CHECK_DONE;
		}
		run->state = state = begin(run, origin);
	}
	if (!judge_all(run, state))
		return CHECK_WAIT;
	for (size_t i = 0; i < state->count; i++)
		report(run, state, &state->identities[i]);
	return CHECK_DONE;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct spf_settings, "pass"),
	SETTING_BOOL_ROW("helo", struct spf_settings, helo, "yes",
	    "Judge the name that the client gave at HELO too. For the null "
	    "sender it is always judged."),
	SETTING_WORD_ROW("on_fail", struct spf_settings, on_fail,
	    objection_words, "accept",
	    "What to do when the sender's domain says that the client may not "
	    "send its mail. Forwarded mail fails too: DMARC sees whether a "
	    "signature makes good for it."),
	SETTING_WORD_ROW("on_helo_fail", struct spf_settings, on_helo_fail,
	    objection_words, "accept",
	    "What to do when the domain that the client gave at HELO says "
	    "that the client may not use it. It decides for the null sender "
	    "too."),
	SETTING_WORD_ROW("on_permerror", struct spf_settings, on_permerror,
	    objection_words, "accept",
	    "What to do when the sender's domain has an SPF record that "
	    "cannot be used."),
	SETTING_REAL_ROW("score_fail", struct spf_settings, score_fail, "1",
	    -100, 100, "Score of a fail of the sender's domain."),
	SETTING_REAL_ROW("score_helo_fail", struct spf_settings,
	    score_helo_fail, "1", -100, 100,
	    "Score of a fail of the HELO name."),
	SETTING_REAL_ROW("score_softfail", struct spf_settings,
	    score_softfail, "0.5", -100, 100,
	    "Score of a softfail of the sender's domain."),
	SETTING_REAL_ROW("score_permerror", struct spf_settings,
	    score_permerror, "0.5", -100, 100,
	    "Score of a record of the sender's domain that cannot be used."),
	SETTING_REAL_ROW("score_none", struct spf_settings, score_none, "0",
	    -100, 100, "Score of a sender's domain without an SPF record."),
};

static const struct section section = {
	.name = "check",
	.label = "spf",
	.help = "May the client send mail of the sender's domain, and use the "
	    "name it gave at HELO (RFC 7208)? Not asked about clients with a "
	    "login or in signing_networks; for a trusted relay it is asked "
	    "about the client that the relay has the message from.",
	.size = sizeof(struct spf_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_spf = {
	.name = "spf",
	.first_stage = STAGE_MAIL,
	.section = &section,
	.run = spf_run,
};
