/* SPDX-License-Identifier: ISC */
/* submission.c - what sendmail submits on this host has the limits of who sends
 * it. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "daemon/policy_asker.h"
#include "mail/policy.h"
#include "mail/spool.h"
#include "milter/check.h"

/*
 * Mail by sendmail(1) never meets smtpd, so nobody asks the policy service about
 * it. Here the milter does, in the words of smtpd: each recipient, then the end
 * of the message, with the local user as the login. Limits, access lists of
 * logins and answers are those of SMTP, and the same counters.
 *
 * Who the user is, Postfix does not tell: milters do not see the Received field
 * with the user id, and no macro has it. So it is the sender of the envelope,
 * where that is an address of ours or of this host (root@mx.example.org).
 * Senders of elsewhere and the null sender can be had in any number: they share
 * the setting `account`. An address of ours can be claimed as well, unless
 * Postfix (3.6 on) holds users to their own by local_login_sender_maps.
 *
 * What has travelled (direction.h) is no user's submission: redirects of Sieve
 * come by sendmail, with the fields they had. They are not charged. But anybody
 * can write a Received field, and `sendmail -bs` does: where nothing is
 * redirected, `forwarded yes` leaves no way out.
 *
 * All is asked at the end, when the size is known. One recipient that is
 * refused stops the message: sendmail has gone, and nobody could be told about
 * one of several. After a 4xx pickup keeps the message in the maildrop queue and
 * comes again, after a 5xx Postfix returns it: nothing is lost. What policyd
 * reserved is settled by the milter as for SMTP (serve_charges.h).
 */

struct submission_settings {
	struct check_common common;
	const char *policy_service;
	const char *account;
	bool forwarded;
};

static void
drop(void *arg)
{
	struct policy_question *question = arg;

	policy_question_drop(&question);
}

/* --- who ------------------------------------------------------------------ */

static bool
is_of_this_host(const struct txn *txn, struct str domain)
{
	return domain.len != 0 && (str_is_nocase(domain, txn->site->host_id) ||
	    str_is_nocase(domain, txn->site->authserv_id));
}

static struct str
login_of(const struct check_run *run)
{
	const struct submission_settings *settings = run->settings;
	const struct txn *txn = run->txn;
	const struct policy *policy = txn->sender_policy;

	if (txn->sender.local.len != 0 && (policy->is_local ||
	    is_of_this_host(txn, txn->sender.domain)))
		return policy->address;
	if (settings->account != NULL)
		return str_from(settings->account);
	return str_from(arena_printf(txn->arena, "sendmail@%s",
	    txn->site->host_id));
}

/* --- asking --------------------------------------------------------------- */

/* As Postfix writes it: without quotes. */
static struct str
plain(struct arena *arena, const struct address *address)
{
	if (address->local.len == 0)
		return STR("");
	return str_from(arena_printf(arena, "%.*s@%.*s",
	    STR_ARG(address->local), STR_ARG(address->domain)));
}

static struct policy_question *
ask(const struct check_run *run)
{
	const struct submission_settings *settings = run->settings;
	struct txn *txn = run->txn;
	struct str *rcpts = arena_alloc(txn->arena,
	    (txn->rcpts.len + 1) * sizeof(*rcpts));
	struct policy_question *question;
	char address[NETADDR_TEXT_SIZE];

	for (size_t i = 0; i < txn->rcpts.len; i++)
		rcpts[i] = plain(txn->arena,
		    &((struct rcpt *)vec_at(&txn->rcpts, i))->address);
	question = policy_ask(run->asker,
	    settings->policy_service + strlen("unix:"),
	    &(struct policy_message){
	    .id = txn->id,
	    .queue_id = txn->queue_id,
	    .client_address = str_from(netaddr_format(&txn->client.address,
	    address)),
	    .client_name = str_from(txn->client.name),
	    .sender = plain(txn->arena, &txn->sender),
	    .login = login_of(run),
	    .rcpts = rcpts,
	    .rcpt_count = txn->rcpts.len,
	    .size_bytes = txn->headers.size_bytes + spool_size(txn->body),
	}, run->wait);
	arena_on_free(txn->arena, drop, question);
	return question;
}

/* --- the answer ----------------------------------------------------------- */

/* Of several recipients the one is named that it is about. */
static const char *
words_of(const struct txn *txn, const struct policy_answer *answer)
{
	const char *words = arena_strdup(txn->arena, answer->reply.text);
	const struct rcpt *rcpt;

	if (answer->rcpt >= txn->rcpts.len || txn->rcpts.len == 1)
		return words;
	rcpt = vec_at(&txn->rcpts, answer->rcpt);
	return arena_printf(txn->arena, "%.*s: %s", STR_ARG(address_print(
	    txn->arena, &rcpt->address)), words);
}

static void
object(struct check_run *run, const struct policy_answer *answer)
{
	struct arena *arena = run->txn->arena;
	const char *words = words_of(run->txn, answer);
	struct finding *finding = findings_add(run->findings, run->name,
	    RESULT_FAIL, words);
	struct reply *reply;

	finding->suggested = answer->decision;
	if (answer->decision < DECISION_DEFER)
		return;
	reply = arena_memdup(arena, &answer->reply, sizeof(*reply));
	reply->enhanced = arena_strdup(arena, reply->enhanced);
	reply->text = words;
	finding->reply = reply;
}

static enum check_status
conclude(struct check_run *run, const struct policy_answer *answer,
    const char **error_r)
{
	if (answer->error != NULL) {
		*error_r = arena_strdup(run->txn->arena, answer->error);
		return CHECK_FAILED;
	}
	if (answer->decision != DECISION_HAM)
		object(run, answer);
	else
		findings_add(run->findings, run->name, RESULT_PASS,
		    arena_printf(run->txn->arena, "submitted as %.*s",
		    STR_ARG(login_of(run))));
	return CHECK_DONE;
}

static enum check_status
submission_run(struct check_run *run, const char **error_r)
{
	const struct submission_settings *settings = run->settings;
	const struct txn *txn = run->txn;
	const struct policy_answer *answer;

	if (!txn->client.is_local || run->asker == NULL)
		return CHECK_DONE;
	if (txn->direction == DIRECTION_FORWARDED && !settings->forwarded) {
		findings_add(run->findings, run->name, RESULT_NONE,
		    "passed on, not written here");
		return CHECK_DONE;
	}
	if (run->state == NULL)
		run->state = ask(run);
	answer = policy_question_answer(run->state);
	return answer != NULL ? conclude(run, answer, error_r) : CHECK_WAIT;
}

static const struct setting rows[] = {
	SETTING_BOOL_ROW("enabled", struct submission_settings,
	    common.enabled, "no", "Run this check."),
	SETTING_BOOL_ROW("dry_run", struct submission_settings,
	    common.dry_run, "no", "Ask and count, but let the answer decide "
	    "nothing."),
	SETTING_WORD_ROW("on_error", struct submission_settings,
	    common.on_error, on_error_words, "defer",
	    "What happens to the message when the policy service does not "
	    "answer within milter.deadline. With defer it stays in the "
	    "maildrop queue, and comes again."),
	SETTING_TEXT_ROW("policy_service", struct submission_settings,
	    policy_service, "unix:/run/mailreeve/policyd.sock",
	    "Where mailreeve-policyd listens: one of policyd.listen, "
	    "unix:/PATH."),
	SETTING_TEXT_ROW("account", struct submission_settings, account, NULL,
	    "The login that all mail counts for whose envelope sender is "
	    "neither an address of ours nor of this host, the null sender "
	    "included (vacation); sendmail@ and host.host_id when absent."),
	SETTING_BOOL_ROW("forwarded", struct submission_settings, forwarded,
	    "no", "Ask about mail that was received before, too: redirects of "
	    "Sieve, what comes by sendmail -bs, and whoever writes a Received "
	    "field to be spared."),
};

static int
check_settings(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct submission_settings *settings = values;

	(void)arena;
	*key_r = "policy_service";
	*error_r = "it is not unix:/PATH";
	return strncmp(settings->policy_service, "unix:/", 6) == 0 ? 0 : -1;
}

static const struct section section = {
	.name = "check",
	.label = "submission",
	.help = "Mail that sendmail submits on this host, which no policy "
	    "service sees: ask mailreeve-policyd about it, with the sender of "
	    "the envelope as the login, so that his limits and access lists "
	    "hold. A local user may claim any sender: local_login_sender_maps "
	    "of Postfix holds him to his own.",
	.size = sizeof(struct submission_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check_settings,
};

const struct check check_submission = {
	.name = "submission",
	.first_stage = STAGE_MESSAGE,
	.wants_body = true,
	.section = &section,
	.run = submission_run,
};
