/* SPDX-License-Identifier: ISC */
/* helo.c - the name that the client gave at HELO or EHLO. */
#include "base/arena.h"
#include "mail/origin.h"
#include "mail/txn_policy.h"
#include "milter/check.h"
#include "milter/check/client.h"
#include "milter/check/objection.h"
#include "milter/ours.h"

/*
 * RFC 5321 4.1.1.1 wants the client's own host name, or its address in
 * brackets, and forbids in 4.1.4 to refuse mail because a name does not lead to
 * the client. So by default nothing is refused here: the findings have scores,
 * and a postmaster may say more. Two lies are worth a word of their own: our
 * own name, which no stranger has, and the address of somebody else.
 *
 * Clients with a login and those of signing_networks are ours: mail programs
 * say at HELO what they like, and nobody is the wiser for it. Of mail by a
 * trusted relay, what its client said there is judged.
 */

struct helo_settings {
	struct check_common common;
	int on_invalid;
	int on_own_name;
	double score_missing;
	double score_invalid;
	double score_own_name;
	double score_elsewhere;
};

/* One run of the check. */
struct judgement {
	struct check_run *run;
	const struct helo_settings *settings;
	const struct origin *origin;
};

/* RFC 5321 4.1.2 sub-domain: begins and ends with a letter or digit; the
 * underscore is that of real hosts. */
static bool
is_host_name(struct str name)
{
	char before = '.';

	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c == '.' ? before == '.' || before == '-' :
		    c == '-' ? before == '.' : !char_is_alnum(c) && c != '_')
			return false;
		before = c;
	}
	return before != '.' && before != '-';
}

static bool
has_letter(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (char_is_alpha(name.data[i]))
			return true;
	return false;
}

/* The host name in its one spelling, or why it is none. */
static const char *
read_name(struct arena *arena, struct str helo, struct str *name_r)
{
	/* No U-labels here (RFC 6531 3.7.1), so the text is judged as given. */
	if (!is_host_name(helo) || domain_canonical(arena, helo, name_r) < 0)
		return "no host name";
	if (!has_letter(*name_r))
		return "an address without brackets, or a number";
	/* RFC 5321 2.3.5: fully qualified. */
	return str_find(*name_r, '.') < 0 ? "a name without domain" : NULL;
}

static bool
is_host(const struct site *site, struct str name)
{
	return str_eq_nocase(name, str_from(site->host_id)) ||
	    str_eq_nocase(name, str_from(site->authserv_id));
}

static bool
is_own_name(const struct txn *txn, struct str name)
{
	return is_host(txn->site, name) || txn_has_domain(txn, name);
}

static enum check_status
object(const struct judgement *judgement, enum result result, double score,
    const char *reason, int objection, const struct reply *reply)
{
	struct check_run *run = judgement->run;
	struct finding *finding = findings_add(run->findings, run->name,
	    result, client_reason(run->txn, judgement->origin, reason));

	finding->score = score;
	objection_raise(finding, objection, reply);
	return CHECK_DONE;
}

static enum check_status
conclude(const struct judgement *judgement, enum result result, double score,
    const char *reason)
{
	return object(judgement, result, score, reason, OBJECTION_ACCEPT,
	    NULL);
}

static enum check_status
refuse_text(const struct judgement *judgement, struct str helo,
    const char *fault)
{
	static const struct reply reply = { 550, "5.7.1",
		"the HELO name is no host name (RFC 5321 4.1.1.1)" };
	const struct helo_settings *settings = judgement->settings;

	return object(judgement, RESULT_PERMERROR, settings->score_invalid,
	    arena_printf(judgement->run->txn->arena, "\"%.*s\" is %s",
	    STR_ARG(helo), fault), settings->on_invalid, &reply);
}

static enum check_status
refuse_own_name(const struct judgement *judgement, struct str name)
{
	static const struct reply reply = { 550, "5.7.1",
		"the HELO name is one of ours" };
	const struct helo_settings *settings = judgement->settings;

	return object(judgement, RESULT_FAIL, settings->score_own_name,
	    arena_printf(judgement->run->txn->arena, "a stranger calls itself "
	    "%.*s, which is a name of ours", STR_ARG(name)),
	    settings->on_own_name, &reply);
}

static enum check_status
judge_literal(const struct judgement *judgement, struct str helo)
{
	const struct helo_settings *settings = judgement->settings;
	struct netaddr address;

	if (helo.data[helo.len - 1] != ']' || netaddr_parse(helo, &address) < 0)
		return refuse_text(judgement, helo, "no address in brackets");
	if (netaddr_eq(&address, &judgement->origin->address))
		return conclude(judgement, RESULT_PASS, 0,
		    "the client gave its address");
	return conclude(judgement, RESULT_FAIL, settings->score_elsewhere,
	    arena_printf(judgement->run->txn->arena,
	    "%.*s is not the client's address", STR_ARG(helo)));
}

static enum check_status
judge_name(const struct judgement *judgement, struct str name,
    enum forward forward)
{
	const struct helo_settings *settings = judgement->settings;
	struct check_run *run = judgement->run;
	struct arena *arena = run->txn->arena;

	/* Another host of ours is no stranger because the DNS fails. */
	if (forward == FORWARD_ELSEWHERE || forward == FORWARD_NOWHERE) {
		if (!ours_knows(run->ours, name))
			return CHECK_WAIT;
		if (is_own_name(run->txn, name))
			return refuse_own_name(judgement, name);
	}
	switch (forward) {
	case FORWARD_UNKNOWN:
		return CHECK_WAIT;
	case FORWARD_CLIENT:
		return conclude(judgement, RESULT_PASS, 0, str_concat(arena,
		    name, STR(" has the client's address"), STR("")));
	case FORWARD_ELSEWHERE:
		return conclude(judgement, RESULT_NEUTRAL, settings->score_elsewhere,
		    str_concat(arena, name, STR(" has another address than "
		    "the client"), STR("")));
	case FORWARD_NOWHERE:
		return conclude(judgement, RESULT_NEUTRAL, settings->score_elsewhere,
		    str_concat(arena, name, STR(" has no address"), STR("")));
	case FORWARD_TIMEOUT:
	case FORWARD_FAULT:
		break;
	}
	objection_temperror(run, client_reason(run->txn, judgement->origin,
	    arena_printf(arena, "the DNS %s %.*s", forward == FORWARD_TIMEOUT
	    ? "is silent about" : "fails for", STR_ARG(name))));
	return CHECK_DONE;
}

static enum check_status
judge(const struct judgement *judgement)
{
	struct check_run *run = judgement->run;
	const struct origin *origin = judgement->origin;
	struct str helo = str_from(origin->helo);
	const char *excuse = client_excuse(run->txn, origin);
	enum forward forward = FORWARD_UNKNOWN;
	const char *fault;
	struct str name;

	/* The DNS is asked while the client still talks; the login shows with
	 * MAIL, and until then HELO may come again. */
	fault = read_name(run->txn->arena, helo, &name);
	if (fault == NULL && excuse == NULL)
		forward = client_forward(run, &origin->address, name);
	if (run->txn->stage < STAGE_MAIL)
		return CHECK_WAIT;
	if (excuse != NULL)
		return conclude(judgement, RESULT_NONE, 0, excuse);
	if (helo.len == 0 && origin->status == ORIGIN_RELAYED)
		return conclude(judgement, RESULT_NONE, 0,
		    "the client's name is not told");
	if (helo.len == 0)
		return conclude(judgement, RESULT_PERMERROR,
		    judgement->settings->score_missing,
		    "the client gave no name");
	if (helo.data[0] == '[')
		return judge_literal(judgement, helo);
	if (fault != NULL)
		return refuse_text(judgement, helo, fault);
	return judge_name(judgement, name, forward);
}

static enum check_status
helo_run(struct check_run *run, const char **error_r)
{
	const struct judgement judgement = {
		.run = run,
		.settings = run->settings,
		.origin = origin_of(run->txn),
	};

	(void)error_r;
	if (judgement.origin->status == ORIGIN_PENDING)
		return CHECK_WAIT;
	return judge(&judgement);
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct helo_settings, "pass"),
	SETTING_WORD_ROW("on_invalid", struct helo_settings, on_invalid,
	    objection_words, "accept",
	    "What to do when the name is neither a fully qualified host name "
	    "nor an address in brackets."),
	SETTING_WORD_ROW("on_own_name", struct helo_settings, on_own_name,
	    objection_words, "accept",
	    "What to do when a stranger gives a name of this host or a domain "
	    "of ours."),
	SETTING_REAL_ROW("score_missing", struct helo_settings, score_missing,
	    "1", -100, 100, "Score of a client that gave no name."),
	SETTING_REAL_ROW("score_invalid", struct helo_settings, score_invalid,
	    "0.5", -100, 100, "Score of a name that is none."),
	SETTING_REAL_ROW("score_own_name", struct helo_settings,
	    score_own_name, "3", -100, 100,
	    "Score of a stranger that gives a name of ours."),
	SETTING_REAL_ROW("score_elsewhere", struct helo_settings,
	    score_elsewhere, "0.2", -100, 100,
	    "Score of a name or address that is not the client's."),
};

static const struct section section = {
	.name = "check",
	.label = "helo",
	.help = "Is the name that the client gave at HELO its own (RFC 5321 "
	    "4.1.1.1)? Not asked about clients with a login or in "
	    "signing_networks; of mail by a trusted relay asked about the "
	    "client that it names.",
	.size = sizeof(struct helo_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_helo = {
	.name = "helo",
	.first_stage = STAGE_HELO,
	.section = &section,
	.run = helo_run,
};
