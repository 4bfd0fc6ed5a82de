/* SPDX-License-Identifier: ISC */
/* why.c - mailreeve why: what was decided about a message, and why. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/daemon.h"
#include "cli/event_print.h"
#include "cli/output.h"
#include "json/node.h"

/* In 2026-11-20T10:00:00.000Z. */
#define FRACTION_AT 20

struct why_options {
	struct daemon_options daemon;
};

static const struct command_option rows[] = {
	DAEMON_OPTION_ROWS(struct why_options, daemon),
};

/* The ids of the events that were found. */
static void
add_ids(struct vec *ids, const struct node *events)
{
	for (size_t i = 0; i < events->count; i++) {
		const char *id = node_text(&events->items[i], "id");
		size_t n = 0;

		while (n < ids->len && !str_eq(str_from(id),
		    str_from(*(const char **)vec_at(ids, n))))
			n++;
		if (id != NULL && n == ids->len)
			*(const char **)vec_push(ids) = id;
	}
}

struct told {
	const struct node *event;
	double decided_ms;		/* since 1970 */
	size_t place;			/* as it was told */
};

/* The time of an event is when its message began. */
static double
decided_ms(const struct node *event)
{
	struct str text = str_from(node_text(event, "time"));
	uint64_t fraction_ms = 0;
	int64_t began_ms = 0;

	clock_parse(text, &began_ms);	/* whole seconds */
	str_to_u64(str_sub(text, FRACTION_AT, 3), 999, &fraction_ms);
	return (double)began_ms + (double)fraction_ms +
	    node_number(event, "total_ms");
}

/* Of what ends at once: each daemon tells the newest first, and the milter is
 * asked before policyd. */
static int
as_it_happened(const void *a, const void *b)
{
	const struct told *one = a, *other = b;

	if (one->decided_ms != other->decided_ms)
		return one->decided_ms < other->decided_ms ? -1 : 1;
	return one->place > other->place ? -1 : 1;
}

static void
collect(struct vec *told, const struct daemon_answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		const struct node *events = answers->items[i].node;

		if (answers->items[i].error != NULL)
			continue;
		for (size_t n = 0; n < events->count; n++) {
			const struct node *event = &events->items[n];
			struct told one = { event, decided_ms(event),
			    told->len };

			*(struct told *)vec_push(told) = one;
		}
	}
}

/* "[…]" without its brackets; "" for what is no list. */
static struct str
inside(struct str text)
{
	text = str_trim(text);
	return text.len < 2 ? STR("") : str_sub(text, 1, text.len - 2);
}

static void
add_texts(struct buf *out, const struct daemon_answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		if (answers->items[i].error != NULL)
			continue;
		buf_add_text(out, out->len != 0 ? "," : "");
		buf_add_str(out, inside(answers->items[i].text));
	}
}

/* A queue id is not known before a recipient was accepted: with the ids that it
 * leads to, everything is found. */
static void
ask_by_ids(struct command_run *run, struct daemon_answers *answers,
    const struct vec *ids, struct vec *told, struct buf *texts)
{
	for (size_t i = 0; i < ids->len; i++) {
		daemon_ask_why(run, answers,
		    *(const char **)vec_at(ids, i));
		collect(told, answers);
		add_texts(texts, answers);
	}
}

static void
print(struct command_run *run, struct vec *told, const struct buf *texts)
{
	const struct why_options *options = run->options;

	if (options->daemon.wants_json) {
		printf("[%s]\n", texts->data);
		return;
	}
	qsort(told->items, told->len, told->item_size, as_it_happened);
	for (size_t i = 0; i < told->len; i++) {
		const struct told *one = vec_at(told, i);

		event_print(run->arena, one->event);
	}
}

static int
run_why(struct command_run *run)
{
	const struct why_options *options = run->options;
	struct daemon_answers answers;
	struct vec ids, told;
	struct buf texts;

	if (daemon_find(run, &options->daemon, &answers) != CLI_OK)
		return CLI_USAGE;
	vec_init(&ids, run->arena, sizeof(const char *));
	vec_init(&told, run->arena, sizeof(struct told));
	buf_init(&texts, run->arena);
	daemon_ask_why(run, &answers, run->args[0]);
	for (size_t i = 0; i < answers.count; i++)
		if (answers.items[i].error == NULL)
			add_ids(&ids, answers.items[i].node);
	if (daemon_complain(&answers) == 0 && ids.len == 0)
		cli_error("no message with this id is among the last "
		    "decisions of the daemons");
	if (ids.len == 0)
		return CLI_FAILED;
	ask_by_ids(run, &answers, &ids, &told, &texts);
	print(run, &told, &texts);
	return CLI_OK;
}

const struct command cmd_why = {
	.name = "why",
	.help = "Tell what was decided about a message, and why.",
	.text = "ID is the id that stands in replies, in the log and in the "
	    "field X-Mailreeve-Id, or Postfix's queue id. All daemons are "
	    "asked; each remembers its last 10,000 decisions.\n\n"
	    "Exit status: 0 when the message is known, 1 when it is not or "
	    "the daemon does not answer, 2 when the configuration is wrong.",
	.examples = "why 4jX75D5vTBz1mTTB\n",
	.arguments = "ID",
	.min_args = 1,
	.max_args = 1,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct why_options),
	.run = run_why,
};
