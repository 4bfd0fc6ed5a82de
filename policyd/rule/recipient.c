/* SPDX-License-Identifier: ISC */
/* recipient.c - is there somebody to deliver to, and may they be written to?
 *
 * Of a domain that the directory manages it says who exists; what it does not
 * manage is for Postfix to know, and nothing is said about it here.
 */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/policy.h"
#include "mail/txn_policy.h"
#include "policyd/rule.h"

struct recipient_settings {
	struct rule_common common;
	int suspended;			/* enum on_suspended */
	int64_t max_recipients;
};

static const struct setting rows[] = {
	RULE_COMMON_ROWS(struct recipient_settings, "pass"),
	SETTING_WORD_ROW("suspended", struct recipient_settings, suspended,
	    policy_on_suspended_words, "refuse", "What becomes of mail to who "
	    "is suspended: refuse sends it back, defer lets its sender try "
	    "again for some days, keep delivers it for later. What "
	    "on_suspended says of a recipient goes before this."),
	SETTING_INT_ROW("max_recipients", struct recipient_settings,
	    max_recipients, "0", 0, 100000, "So many recipients a message may "
	    "have; the sender's server sends it to more by another one. 0: as "
	    "many as Postfix takes (smtpd_recipient_limit). What max_recipients says of a "
	    "login goes before this."),
};

static void
object(struct rule_run *run, const char *reason, const struct reply *reply)
{
	struct arena *arena = run->txn->arena;
	struct finding *finding = findings_add(run->findings, run->name,
	    RESULT_FAIL, reason);

	finding->suggested = reply->code < 500 ? DECISION_DEFER
	    : DECISION_REFUSE;
	finding->reply = arena_memdup(arena, reply, sizeof(*reply));
}

static int
on_suspended(const struct rule_run *run, const struct rcpt *rcpt)
{
	const struct recipient_settings *settings = run->settings;

	return policy_says(rcpt->policy, "on_suspended") ?
	    rcpt->policy->values->on_suspended : settings->suspended;
}

/* RFC 3463 3.3: X.2.1, "mailbox disabled, not accepting messages". */
static void
object_suspended(struct rule_run *run, const struct rcpt *rcpt,
    const char *who)
{
	const char *reason = arena_printf(run->txn->arena,
	    "%s is suspended", who);
	int on = on_suspended(run, rcpt);

	if (on == ON_SUSPENDED_KEEP)
		findings_add(run->findings, run->name, RESULT_PASS,
		    arena_printf(run->txn->arena, "%s: its mail is kept",
		    reason));
	else if (on == ON_SUSPENDED_DEFER)
		object(run, reason, &(struct reply){ 450, "4.2.1", "this "
		    "address takes no mail at present; try again later" });
	else
		object(run, reason, &(struct reply){ 550, "5.2.1", "this "
		    "address takes no mail; write to its postmaster to ask "
		    "why" });
}

static void
judge(struct rule_run *run, const struct rcpt *rcpt,
    const struct policy *answer)
{
	struct arena *arena = run->txn->arena;
	const char *who = log_wire(arena, address_print(arena,
	    &rcpt->address), 200);

	/* RFC 3463 3.2: X.1.1, "bad destination mailbox address". */
	if (!answer->is_deliverable)
		object(run, arena_printf(arena, "%s does not exist", who),
		    &(struct reply){ 550, "5.1.1", "there is no such address "
		    "here; look for a mistake in it" });
	else if (answer->status == POLICY_SUSPENDED)
		object_suspended(run, rcpt, who);
	else
		findings_add(run->findings, run->name, RESULT_PASS,
		    arena_printf(arena, "%s exists", who));
}

/* Of the login, where there is one and its policy says it. */
static int64_t
max_recipients(const struct rule_run *run)
{
	const struct recipient_settings *settings = run->settings;
	const struct txn *txn = run->txn;
	const struct policy *policy;
	struct address login;
	const char *error;

	if (txn->client.login == NULL || address_parse_path(txn->arena,
	    str_from(txn->client.login), &login, &error) < 0)
		return settings->max_recipients;
	policy = txn_policy(txn, &login);
	return policy_says(policy, "max_recipients") ?
	    policy->values->max_recipients : settings->max_recipients;
}

/* RFC 5321 4.5.3.1.10: the client keeps those that were accepted. */
static bool
are_too_many(struct rule_run *run)
{
	int64_t most = max_recipients(run);

	if (most == 0 || run->rcpts_before < (size_t)most)
		return false;
	object(run, arena_printf(run->txn->arena, "more recipients than %lld",
	    (long long)most), &(struct reply){ 452, "4.5.3", "too many "
	    "recipients: send to the others by another message" });
	return true;
}

static enum rule_status
run_recipient(struct rule_run *run, const char **error_r)
{
	const struct txn *txn = run->txn;
	const struct policy *answer;
	const struct rcpt *rcpt;

	(void)error_r;
	if (are_too_many(run) || txn->rcpts.len == 0)
		return RULE_DONE;
	rcpt = vec_at(&txn->rcpts, 0);
	answer = txn_find_answer(txn, &rcpt->address, NULL);
	if (answer != NULL && answer->is_managed)
		judge(run, rcpt, answer);
	return RULE_DONE;
}

static const struct section section = {
	.name = "rule",
	.label = "recipient",
	.help = "Recipients of domains that the directory manages must exist, "
	    "and may not be suspended; a message may have so many.",
	.size = sizeof(struct recipient_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = rule_common_check,
};

const struct rule rule_recipient = {
	.name = "recipient",
	.stages = POLICY_RCPT,
	.needs_policies = true,
	.section = &section,
	.run = run_recipient,
};
