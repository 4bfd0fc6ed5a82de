/* SPDX-License-Identifier: ISC */
/* sender_login.c - a login sends as itself, and as who it may be.
 *
 * Whom the directory manages may use its own address, the aliases that lead to
 * it, and its identities (lib/directory/ownership.h). Other logins are judged
 * by login_map of section host only where by_login_map says so: without a
 * directory the rule refuses nobody by itself. The null sender is everybody's:
 * notes of delivery have it (RFC 8098 3). A login whose sending is suspended,
 * or whose service smtp is off, sends nothing.
 *
 * With one exception, which all rules have: a recipient postmaster@ or abuse@ of
 * a domain of ours (DESIGN 5.18), so that who was suspended can ask why. Each
 * recipient is judged by itself, so that such mail reaches nobody else.
 */
#include "base/arena.h"
#include "base/vec.h"
#include "mail/policy.h"
#include "mail/txn_policy.h"
#include "policyd/rule.h"

struct sender_login_settings {
	struct rule_common common;
	bool by_login_map;
};

static const struct setting rows[] = {
	RULE_COMMON_ROWS(struct sender_login_settings, "defer"),
	SETTING_BOOL_ROW("by_login_map", struct sender_login_settings,
	    by_login_map, "no", "Logins that the directory does not manage, or "
	    "all where there is none, send as what login_map of section host "
	    "says; without a map, as any address of their own domain."),
};

/* What the directory says of the login; NULL: it does not manage it. */
static const struct policy *
find_login(const struct txn *txn)
{
	const struct policy *policy;
	struct address address;
	const char *error;

	if (address_parse_path(txn->arena, str_from(txn->client.login),
	    &address, &error) < 0)
		return NULL;
	policy = txn_find_answer(txn, &address, NULL);
	return policy != NULL && policy->is_managed ? policy : NULL;
}

static void
refuse(struct rule_run *run, const char *reason, const struct reply *reply)
{
	struct arena *arena = run->txn->arena;
	struct finding *finding = findings_add(run->findings, run->name,
	    RESULT_FAIL, reason);

	finding->suggested = DECISION_REFUSE;
	finding->reply = arena_memdup(arena, reply, sizeof(*reply));
}

static const char *
who(const struct txn *txn)
{
	return arena_printf(txn->arena, "login %s", log_wire(txn->arena,
	    str_from(txn->client.login), 200));
}

/* RFC 5248 2.4: X.7.13 is "user account disabled". */
static void
refuse_suspended(struct rule_run *run)
{
	refuse(run, arena_printf(run->txn->arena, "%s: its sending is "
	    "suspended", who(run->txn)), &(struct reply){ 550, "5.7.13",
	    "sending is suspended for this login; ask your postmaster" });
}

static void
refuse_service(struct rule_run *run)
{
	refuse(run, arena_printf(run->txn->arena, "%s: its service smtp is "
	    "off", who(run->txn)), &(struct reply){ 550, "5.7.13",
	    "this login is not for sending mail; ask your postmaster" });
}

/* RFC 5321 4.2.3: 553 is "mailbox name not allowed"; RFC 3463 3.8: X.7.1,
 * "delivery not authorized". */
static void
refuse_sender(struct rule_run *run)
{
	const struct txn *txn = run->txn;
	const char *sender = log_wire(txn->arena, str_from(txn->sender_path),
	    200);

	refuse(run, arena_printf(txn->arena, "%s may not send as %s",
	    who(txn), sender), &(struct reply){ 553, "5.7.1",
	    arena_printf(txn->arena, "your login may not send as %s: use an "
	    "address of your own, or ask your postmaster for this one",
	    sender) });
}

/* What is no address is nobody's. */
static bool
is_null_sender(const struct txn *txn)
{
	return str_is(str_from(txn->sender_path), "<>");
}

static enum rule_status
run_sender_login(struct rule_run *run, const char **error_r)
{
	const struct sender_login_settings *settings = run->settings;
	struct txn *txn = run->txn;
	const struct policy *login;

	(void)error_r;
	if (txn->client.login == NULL)
		return RULE_DONE;
	login = find_login(txn);
	if (login != NULL && login->status != POLICY_ACTIVE)
		refuse_suspended(run);
	else if (login != NULL && !login->may_submit)
		refuse_service(run);
	else if ((login == NULL && !settings->by_login_map) ||
	    is_null_sender(txn))
		findings_add(run->findings, run->name, RESULT_NONE,
		    login == NULL ? "the directory does not manage the login" :
		    "the null sender is everybody's");
	else if (txn->sender.domain.len != 0 &&
	    txn_may_use(txn, txn->client.login, &txn->sender))
		findings_add(run->findings, run->name, RESULT_PASS,
		    arena_printf(txn->arena, "%s owns the sender", who(txn)));
	else
		refuse_sender(run);
	return RULE_DONE;
}

static const struct section section = {
	.name = "rule",
	.label = "sender_login",
	.help = "The sender of the envelope must belong to the login: its own "
	    "address, aliases that lead to it, its identities. Who is "
	    "suspended, or has no service smtp, sends nothing but mail to "
	    "postmaster@ and abuse@ of domains that are managed here.",
	.size = sizeof(struct sender_login_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = rule_common_check,
};

const struct rule rule_sender_login = {
	.name = "sender_login",
	.stages = POLICY_RCPT,
	.needs_policies = true,
	.section = &section,
	.run = run_sender_login,
};
