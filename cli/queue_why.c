/* SPDX-License-Identifier: ISC */
/* queue_why.c - why a message is on hold: what the daemons remember of it. */
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/queue.h"
#include "json/node.h"

int
queue_whys_begin(struct queue_whys *whys, struct command_run *run,
    const struct queue_options *options)
{
	whys->run = run;
	return daemon_find(run, &options->daemon, &whys->daemons);
}

/* Many messages are asked about: who is not there is not asked again. */
static void
leave_out_silent(struct daemon_answers *daemons)
{
	size_t kept = 0;

	daemon_complain(daemons);
	for (size_t i = 0; i < daemons->count; i++)
		if (daemons->items[i].error == NULL ||
		    daemons->items[i].is_not_found)
			daemons->items[kept++] = daemons->items[i];
	daemons->count = kept;
}

/* What asked for it; the sentence where nothing says so. */
static const char *
reason_of(const struct node *event)
{
	const struct node *findings = node_find(event, "findings");

	for (size_t i = 0; findings != NULL && i < findings->count; i++) {
		const struct node *finding = &findings->items[i];
		const char *reason = node_text(finding, "reason");

		if (reason != NULL && !node_is_true(finding, "dry_run") &&
		    str_is(str_from(node_text(finding, "suggested")), "hold"))
			return reason;
	}
	return node_text(event, "sentence");
}

static void
take_event(struct queue_whys *whys, struct queue_held *held,
    const struct node *event)
{
	if (held->id == NULL)
		held->id = node_text(event, "id");
	if (held->holder == HELD_BY_NOBODY_KNOWS)
		held->holder = HELD_BY_OTHERS;
	if (held->holder == HELD_BY_MAILREEVE ||
	    !str_is(str_from(node_text(event, "done")), "hold"))
		return;
	held->holder = HELD_BY_MAILREEVE;
	held->reason = clean_text(whys->run->arena, reason_of(event));
}

static void
ask(struct queue_whys *whys, struct queue_held *held, const char *id)
{
	struct daemon_answers *daemons = &whys->daemons;

	daemon_ask_why(whys->run, daemons, id);
	leave_out_silent(daemons);
	for (size_t i = 0; i < daemons->count; i++) {
		const struct node *events = daemons->items[i].node;

		if (daemons->items[i].error != NULL)
			continue;
		for (size_t n = 0; n < events->count; n++)
			take_event(whys, held, &events->items[n]);
	}
}

/* A queue id is not known before a recipient was accepted: what was decided
 * until then is found by our id. */
void
queue_whys_find(struct queue_whys *whys, struct queue_held *held)
{
	held->holder = HELD_BY_NOBODY_KNOWS;
	ask(whys, held, held->queue_id);
	if (held->holder != HELD_BY_MAILREEVE && held->id != NULL)
		ask(whys, held, held->id);
}
