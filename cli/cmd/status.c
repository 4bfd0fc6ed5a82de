/* SPDX-License-Identifier: ISC */
/* status.c - mailreeve status: how the daemons are. */
#include <stdio.h>

#include "base/arena.h"
#include "cli/clean.h"
#include "cli/daemon.h"
#include "cli/output.h"
#include "json/node.h"

struct status_options {
	struct daemon_options daemon;
};

static const struct command_option rows[] = {
	DAEMON_OPTION_ROWS(struct status_options, daemon),
};

/* "3 d 4 h", "2 min 5 s": the two largest units. */
static const char *
duration_text(struct arena *arena, long seconds)
{
	if (seconds >= 86400)
		return arena_printf(arena, "%ld d %ld h", seconds / 86400,
		    seconds % 86400 / 3600);
	if (seconds >= 3600)
		return arena_printf(arena, "%ld h %ld min", seconds / 3600,
		    seconds % 3600 / 60);
	if (seconds >= 60)
		return arena_printf(arena, "%ld min %ld s", seconds / 60,
		    seconds % 60);
	return arena_printf(arena, "%ld s", seconds);
}

static void
add_fact(struct table *table, const struct node *status, const char *title,
    const char *key)
{
	const char *text = node_text(status, key);

	if (text != NULL)
		table_add(table, title, clean_text(table->arena, text));
}

static void
print_facts(struct arena *arena, const struct node *status)
{
	struct table table;
	struct buf out;

	table_init(&table, arena, 2);
	buf_init(&out, arena);
	table_add(&table, "running for", duration_text(arena,
	    (long)node_number(status, "uptime_s")));
	add_fact(&table, status, "version", "version");
	add_fact(&table, status, "process", "pid");
	add_fact(&table, status, "configuration", "configuration");
	add_fact(&table, status, "listens on", "listen");
	add_fact(&table, status, "sessions now", "sessions");
	add_fact(&table, status, "sessions refused", "sessions_refused");
	add_fact(&table, status, "connections", "connections");
	add_fact(&table, status, "requests waiting", "waiting");
	add_fact(&table, status, "decisions", "decisions");
	add_fact(&table, status, "rules", "rules");
	add_fact(&table, status, "rules matched", "rules_matched");
	add_fact(&table, status, "events forwarded", "events_forwarded");
	add_fact(&table, status, "events waiting", "events_waiting");
	add_fact(&table, status, "events lost", "events_lost");
	table_print(&table, &out);
	fputs(out.data, stdout);
}

/* What does not work stands out, below all else. The number of such things. */
static size_t
print_degraded(struct arena *arena, const struct node *status)
{
	const struct node *degraded = node_find(status, "degraded");
	struct buf out;

	if (degraded == NULL || degraded->count == 0)
		return 0;
	output_print(STYLE_BAD, "  degraded\n");
	buf_init(&out, arena);
	for (size_t i = 0; i < degraded->count; i++)
		output_wrap(&out, "    ", str_from(clean_text(arena,
		    degraded->items[i].text)));
	fputs(out.data, stdout);
	return degraded->count;
}

static void
print_status(struct arena *arena, const struct node *status)
{
	const char *mode = node_text(status, "mode");
	bool is_observing = str_is(str_from(mode), "observe");

	output_print(STYLE_BOLD, "%s", clean_text(arena,
	    node_text(status, "daemon")));
	output_print(is_observing ? STYLE_WARN : STYLE_GOOD, "  %s\n",
	    is_observing ? "observe mode: nothing is refused or changed"
	    : arena_printf(arena, "%s mode", clean_text(arena, mode)));
	print_facts(arena, status);
	print_degraded(arena, status);
}

static int
run_status(struct command_run *run)
{
	const struct status_options *options = run->options;
	struct daemon_answers answers;

	if (daemon_find(run, &options->daemon, &answers) != CLI_OK)
		return CLI_USAGE;
	daemon_ask(run, &answers, "status", STR(""));
	for (size_t i = 0; i < answers.count; i++) {
		const struct daemon_answer *answer = &answers.items[i];

		if (answer->error != NULL)
			continue;
		if (options->daemon.wants_json)
			fwrite(answer->text.data, 1, answer->text.len, stdout);
		else
			print_status(run->arena, answer->node);
	}
	return daemon_complain(&answers) == 0 ? CLI_OK : CLI_FAILED;
}

const struct command cmd_status = {
	.name = "status",
	.help = "Show how the daemons are, and what does not work.",
	.text = "Asks the daemons that have a section in the configuration or "
	    "whose control socket is there. With --json there is a line for "
	    "each.\n\n"
	    "Exit status: 0 when all have answered, 1 when one did not, 2 "
	    "when the configuration is wrong.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct status_options),
	.run = run_status,
};
