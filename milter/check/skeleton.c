/* SPDX-License-Identifier: ISC */
/* skeleton.c - where a new check begins: a copy of this file, and one row. */
#include "base/arena.h"
#include "dns/dns.h"
#include "milter/check.h"
#include "milter/check/objection.h"

/*
 * Say here what the check finds out, why that matters and what it does not do,
 * with the sections of the RFC. This one asks whether the domain of the sender
 * has a mail server. It is compiled, so that it stays true, but it stands in no
 * table: a check runs when milter/checks.list has a row CHECK(name), and the
 * row brings its section of the configuration, metrics, manual and events.
 */

struct skeleton_settings {
	struct check_common common;	/* always the first member */
	int on_missing;			/* enum objection */
};

/* Called again whenever an answer has come or the message has gone on: all that
 * it keeps in between is in run->state (arena memory, NULL at first). */
static enum check_status
skeleton_run(struct check_run *run, const char **error_r)
{
	const struct skeleton_settings *settings = run->settings;
	const struct dns_answer *answer;

	(void)error_r;
	if (run->txn->sender.domain.len == 0) {
		findings_add(run->findings, run->name, RESULT_NONE,
		    "the sender has no domain");
		return CHECK_DONE;
	}
	answer = dns_ask(run->dns, run->txn->sender.domain, DNS_MX);
	if (answer == NULL)
		return CHECK_WAIT;
	if (answer->status == DNS_TIMEOUT || answer->status == DNS_SERVFAIL)
		objection_temperror(run, arena_printf(run->txn->arena,
		    "the DNS: %s", dns_status_text(answer->status)));
	else if (answer->status == DNS_FOUND)
		findings_add(run->findings, run->name, RESULT_PASS,
		    "the sender's domain has a mail server");
	else
		objection_raise(findings_add(run->findings, run->name,
		    RESULT_FAIL, "the sender's domain has no mail server"),
		    settings->on_missing, NULL);
	return CHECK_DONE;
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct skeleton_settings, "pass"),
	SETTING_WORD_ROW("on_missing", struct skeleton_settings, on_missing,
	    objection_words, "accept",
	    "What happens to mail whose sender has no mail server."),
};

static const struct section section = {
	.name = "check",
	.label = "skeleton",
	.help = "Does the domain of the sender have a mail server?",
	.size = sizeof(struct skeleton_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_skeleton = {
	.name = "skeleton",
	.first_stage = STAGE_MAIL,
	.section = &section,
	.run = skeleton_run,
};
