/* SPDX-License-Identifier: ISC */
/* iprev.c - the client's address has a name, and the name that address. */
#include "base/arena.h"
#include "dns/dns.h"
#include "mail/auth_results.h"
#include "mail/origin.h"
#include "milter/check.h"
#include "milter/check/client.h"
#include "milter/check/objection.h"

/*
 * RFC 8601 2.7.3 and 3. PTR records are the client's own to write, so a name
 * counts only when it leads back. All names are asked at once, and one that
 * leads back is enough. The PTR question goes out at the connection; whether
 * the client has a login shows with MAIL. People who log in are where their
 * provider puts them: they are not judged, and neither are our own hosts. Of
 * mail by a trusted relay the client is judged that gave it to the relay, once
 * the header tells it.
 */

/* A stranger's PTR set may be of any size; RFC 7208 4.6.4 has the same bound. */
#define NAMES_MAX 10

struct iprev_settings {
	struct check_common common;
	double score_fail;
	double score_missing;
};

/* One run of the check. */
struct judgement {
	struct check_run *run;
	const struct iprev_settings *settings;
	const struct origin *origin;
};

/* How many names lead where. */
struct tally {
	struct str back;	/* a name that leads back; data NULL: none */
	size_t counts[FORWARD_FAULT + 1];
};

static struct tally
ask_names(const struct judgement *judgement, const struct dns_answer *names)
{
	struct tally tally = { .back = { NULL, 0 } };

	/* No early end: all are asked before one is waited for. */
	for (size_t i = 0; i < names->count && i < NAMES_MAX; i++) {
		struct str name = names->records[i].data;
		enum forward forward = client_forward(judgement->run,
		    &judgement->origin->address, name);

		tally.counts[forward]++;
		if (forward == FORWARD_CLIENT && tally.back.data == NULL)
			tally.back = name;
	}
	return tally;
}

/* iprev=result (name) policy.iprev=address */
static void
contribute(const struct judgement *judgement, struct finding *finding,
    const char *name)
{
	struct arena *arena = judgement->run->txn->arena;
	struct auth_result *auth = arena_zalloc(arena, sizeof(*auth));
	char text[NETADDR_TEXT_SIZE];

	auth->method = "iprev";
	auth->result = result_text(finding->result);
	auth->comment = name;
	auth->properties[0] = (struct auth_property){ "policy", "iprev",
		arena_strdup(arena, netaddr_format(
		    &judgement->origin->address, text)) };
	auth->property_count = 1;
	finding->auth = auth;
}

static enum check_status
conclude(const struct judgement *judgement, enum result result, double score,
    const char *reason, const char *name)
{
	struct check_run *run = judgement->run;
	struct finding *finding;

	reason = client_reason(run->txn, judgement->origin, reason);
	finding = result == RESULT_TEMPERROR ? objection_temperror(run, reason)
	    : findings_add(run->findings, run->name, result, reason);
	finding->score = score;
	contribute(judgement, finding, name);
	return CHECK_DONE;
}

static enum check_status
judge_names(const struct judgement *judgement, const struct dns_answer *names)
{
	const struct iprev_settings *settings = judgement->settings;
	struct arena *arena = judgement->run->txn->arena;
	struct tally tally = ask_names(judgement, names);
	struct str shown = names->records[0].data;
	const char *name;

	if (tally.back.data == NULL && tally.counts[FORWARD_UNKNOWN] != 0)
		return CHECK_WAIT;
	if (tally.back.data != NULL)
		shown = tally.back;
	name = shown.len != 0 ? str_dup(arena, shown) : ".";
	if (tally.back.data != NULL)
		return conclude(judgement, RESULT_PASS, 0, str_concat(arena,
		    str_from(name), STR(" has the client's address"),
		    STR("")), name);
	if (tally.counts[FORWARD_TIMEOUT] + tally.counts[FORWARD_FAULT] != 0)
		return conclude(judgement, RESULT_TEMPERROR, 0, arena_printf(arena,
		    "the client's address is named %s, about which the DNS %s",
		    name, tally.counts[FORWARD_TIMEOUT] != 0
		    ? "is silent" : "fails"), NULL);
	if (tally.counts[FORWARD_ELSEWHERE] != 0)
		return conclude(judgement, RESULT_FAIL, settings->score_fail,
		    arena_printf(arena, "the client's address is named %s, "
		    "which has another address", name), name);
	return conclude(judgement, RESULT_PERMERROR, settings->score_missing,
	    str_concat(arena, STR("the client's address is named "),
	    str_from(name), STR(", which has no address")), name);
}

static enum check_status
judge_address(const struct judgement *judgement)
{
	const struct netaddr *address = &judgement->origin->address;
	struct check_run *run = judgement->run;
	const struct dns_answer *names;

	names = dns_ask(run->dns, dns_reverse_name(run->txn->arena,
	    address->bytes, address->len), DNS_PTR);
	if (names == NULL)
		return CHECK_WAIT;
	switch (names->status) {
	case DNS_FOUND:
		return judge_names(judgement, names);
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return conclude(judgement, RESULT_PERMERROR,
		    judgement->settings->score_missing,
		    "the client's address has no name", NULL);
	case DNS_SERVFAIL:
	case DNS_TIMEOUT:
		break;
	}
	return conclude(judgement, RESULT_TEMPERROR, 0,
	    names->status == DNS_TIMEOUT
	    ? "the DNS is silent about the client's address"
	    : "the DNS fails for the client's address", NULL);
}

static enum check_status
iprev_run(struct check_run *run, const char **error_r)
{
	const struct judgement judgement = {
		.run = run,
		.settings = run->settings,
		.origin = origin_of(run->txn),
	};
	const char *excuse = client_excuse(run->txn, judgement.origin);
	enum check_status status;

	(void)error_r;
	if (judgement.origin->status == ORIGIN_PENDING)
		return CHECK_WAIT;
	if (excuse != NULL) {
		findings_add(run->findings, run->name, RESULT_NONE,
		    client_reason(run->txn, judgement.origin, excuse));
		return CHECK_DONE;
	}
	status = judge_address(&judgement);
	return run->txn->stage < STAGE_MAIL ? CHECK_WAIT : status;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct iprev_settings, "pass"),
	SETTING_REAL_ROW("score_fail", struct iprev_settings, score_fail,
	    "0.5", -100, 100, "Score of an address whose names lead elsewhere."),
	SETTING_REAL_ROW("score_missing", struct iprev_settings,
	    score_missing, "0.7", -100, 100,
	    "Score of an address without name, or whose names have no "
	    "address."),
};

static const struct section section = {
	.name = "check",
	.label = "iprev",
	.help = "Does the client's address have a name that leads back to it "
	    "(RFC 8601 3)? Not asked about clients with a login or in "
	    "signing_networks; of mail by a trusted relay asked about the "
	    "client that it names.",
	.size = sizeof(struct iprev_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_iprev = {
	.name = "iprev",
	.first_stage = STAGE_CONNECT,
	.section = &section,
	.run = iprev_run,
};
