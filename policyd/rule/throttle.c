/* SPDX-License-Identifier: ISC */
/* throttle.c - limits on mail, counted exactly.
 *
 * A recipient (RCPT) is only looked at: when there is no room for it in all
 * counters, it is refused early, and nothing is charged. The message is charged
 * when it is there (END-OF-MESSAGE), in all counters or in none. Where our
 * milter stands behind us the charge is a reservation: the milter confirms it,
 * or gives it back, by the names that go with the message's id (mail_id.h);
 * said neither, it lapses after content_timeout. So refused mail does not count,
 * at whatever station it was refused.
 *
 * Counters of one tag (a domain, a client's network) are charged in one
 * operation; tags one after the other in the order of the sections, as
 * reservations that we confirm ourselves. When one refuses, those before it are
 * given back: never more than the limit passes, at worst a racing message is
 * refused once too often.
 *
 * The error of counting is that of charge.h: in no span of the length of a
 * window does more than the limit pass, and what was charged comes back at most
 * a sixtieth of the window late. Counters know the unit and the place of the
 * window (the shortest is the first), not its length, and not the amount: a limit
 * that changes keeps what was used, as far as it lies in the new window. A window
 * that gets another place, because a shorter one came or went, goes on with what
 * was counted there; one that is added behind the others begins at zero.
 *
 * What only counts (dry runs, HOLD, observe mode) never refuses, and is counted
 * beyond its limit: counters tell what has passed.
 *
 * While the store is away on_error decides. Pass means: this host counts alone
 * (ledger.h), from zero, and goes on from there when the store goes again within
 * the window. So of n hosts at most n times the limit passes more. What passed
 * meanwhile stays charged, whatever the milter says: it has no way to learn the
 * name of the charge.
 */
#include "policyd/rule/throttle.h"

#include "mail/verdict.h"

/* Whether a sender is spared a limit may take the DNS. */
static bool
waits_for_sender(const struct rule_run *run)
{
	const struct throttle_book *book = run->data;

	for (size_t i = 0; i < book->count; i++)
		if (rule_exception_waits(run, &book->throttles[i]->common))
			return true;
	return false;
}

static enum rule_status
run_throttle(struct rule_run *run, const char **error_r)
{
	struct throttle_charging *charging = run->state;
	enum throttle_answer answer;

	(void)error_r;
	if (charging == NULL && waits_for_sender(run))
		return RULE_WAIT;
	if (charging == NULL)
		run->state = charging = throttle_charging_new(run);
	if (charging->items.len == 0 || run->store == NULL) {
		findings_add(run->findings, run->name, RESULT_NONE,
		    charging->items.len == 0 ? "no limit applies"
		    : "nothing is counted here");
		return RULE_DONE;
	}
	answer = throttle_charging_run(run, charging);
	if (answer == THROTTLE_NOT_YET)
		return RULE_WAIT;
	if (answer == THROTTLE_AWAY && throttle_may_stand_in(charging))
		answer = throttle_stand_in(run, charging);
	throttle_tell(run, charging, answer);
	return RULE_DONE;
}

static void
settle_throttle(struct rule_run *run, const struct verdict *verdict)
{
	const struct throttle_charging *charging = run->state;

	if (charging == NULL || run->store == NULL)
		return;
	if (charging->is_charging)
		throttle_charging_settle(run, charging,
		    verdict->done < DECISION_DEFER);
	if (charging->is_charging && verdict->done < DECISION_DEFER)
		throttle_warn(run, charging);
	throttle_charge_refused(run, verdict);
	/* Postfix is answered next, and then the milter asks. */
	store_flush(run->store);
}

static const struct section *const more[] = { &throttle_section, NULL };

const struct rule rule_throttle = {
	.name = "throttle",
	.stages = POLICY_RCPT | POLICY_END,
	.needs_policies = true,
	.section = &throttle_common_section,
	.more = more,
	.load = throttle_load,
	.run = run_throttle,
	.settle = settle_throttle,
};
