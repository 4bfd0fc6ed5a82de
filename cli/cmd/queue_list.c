/* SPDX-License-Identifier: ISC */
/* queue_list.c - mailreeve queue list: what is on hold, and why. */
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/queue.h"
#include "json/node.h"

struct list_options {
	struct queue_options queue;
};

static const struct command_option rows[] = {
	QUEUE_OPTION_ROWS(struct list_options, queue),
	OPTION_FLAG_ROW("json", struct list_options, queue.daemon.wants_json,
	    "Print a list in JSON."),
};

static const char *
reason_text(const struct queue_held *held)
{
	switch (held->holder) {
	case HELD_BY_MAILREEVE:
		return held->reason;
	case HELD_BY_OTHERS:
		return "not held by Mailreeve: by 'postsuper -h', or by a "
		    "restriction of Postfix's own";
	case HELD_BY_NOBODY_KNOWS:
		break;
	}
	return "why is not known: no daemon remembers this message";
}

static void
print_table(struct arena *arena, const struct vec *all)
{
	struct table table;
	struct buf out;

	table_init(&table, arena, 2);
	buf_init(&out, arena);
	for (size_t i = 0; i < all->len; i++) {
		const struct queue_held *held = vec_at(all, i);

		table_add(&table, clean_text(arena, held->queue_id),
		    queue_text(arena, held));
		table_add(&table, "", reason_text(held));
		if (held->id != NULL)
			table_add(&table, "", arena_printf(arena, "id %s",
			    clean_text(arena, held->id)));
	}
	table_print(&table, &out);
	printf("%s%zu message%s on hold\n", all->len != 0 ? out.data : "",
	    all->len, all->len == 1 ? "" : "s");
}

static void
put_held(struct json_writer *json, const struct queue_held *held)
{
	static const char *const holders[] = {
		[HELD_BY_MAILREEVE] = "mailreeve", [HELD_BY_OTHERS] = "others",
		[HELD_BY_NOBODY_KNOWS] = NULL,
	};
	const struct node *rcpts = node_find(held->message, "recipients");

	json_begin_object(json, NULL);
	json_put_text(json, "queue_id", held->queue_id);
	json_put_text(json, "id", held->id);
	json_put_text(json, "arrival", node_text(held->message, "arrival"));
	json_put_int(json, "size_bytes",
	    (int64_t)node_number(held->message, "size_bytes"));
	json_put_text(json, "sender", node_text(held->message, "sender"));
	json_begin_array(json, "recipients");
	for (size_t i = 0; rcpts != NULL && i < rcpts->count; i++)
		json_put_text(json, NULL, rcpts->items[i].text);
	json_end_array(json);
	json_put_text(json, "held_by", holders[held->holder]);
	json_put_text(json, "reason", held->reason);
	json_end_object(json);
}

static void
print_json(struct arena *arena, const struct vec *all)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, arena);
	json_begin(&json, &out);
	json_begin_array(&json, NULL);
	for (size_t i = 0; i < all->len; i++)
		put_held(&json, vec_at(all, i));
	json_end_array(&json);
	json_end(&json);
	printf("%s\n", out.data);
}

static int
run_list(struct command_run *run)
{
	const struct list_options *options = run->options;
	struct vec held;
	int result = queue_list(run, &options->queue, &held);

	if (result != CLI_OK)
		return result;
	(options->queue.daemon.wants_json ? print_json : print_table)(
	    run->arena, &held);
	return CLI_OK;
}

const struct command cmd_queue_list = {
	.name = "queue list",
	.help = "Show the mail that is on hold in Postfix's queue, and why.",
	.text = "The reason comes from the daemons, each of which remembers "
	    "its last 10,000 decisions. What others have put on hold is shown "
	    "too, and marked. With --json `held_by` is \"mailreeve\", "
	    "\"others\", or null where no daemon remembers the message; "
	    "sender \"\" is the null sender.\n\n" QUEUE_RIGHTS_TEXT "\n\n"
	    "Exit status: 0 when the queue was read, 1 when it could not be, "
	    "2 when the configuration is wrong.",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct list_options),
	.run = run_list,
};
