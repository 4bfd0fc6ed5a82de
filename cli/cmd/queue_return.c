/* SPDX-License-Identifier: ISC */
/* queue_return.c - mailreeve queue return: held mail goes back to its sender. */
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/queue.h"
#include "json/node.h"
#include "queue/request.h"

struct return_options {
	struct queue_options queue;
	const char *reason;
};

static const struct command_option rows[] = {
	OPTION_TEXT_ROW("reason", struct return_options, reason, "TEXT",
	    "Tell the sender this, instead of the reason that the daemons "
	    "remember."),
	QUEUE_OPTION_ROWS(struct return_options, queue),
};

static void
tell(struct command_run *run, const char *queue_id, const struct node *answer)
{
	const char *sender = clean_text(run->arena,
	    node_text(answer, "sender"));

	if (node_number(answer, "told") != 0)
		printf("%s: returned to <%s>\n", queue_id, sender);
	else
		printf("%s: removed; <%s> wanted no notice (NOTIFY=NEVER)\n",
		    queue_id, sender);
}

/* One at a time: when one fails the others are what they were. */
static int
return_one(struct command_run *run, struct queue_whys *whys,
    const char *queue_id)
{
	const struct return_options *options = run->options;
	struct queue_held held = { .queue_id = queue_id };
	const struct node *answers;
	struct json_writer json;
	struct buf request;
	const char *error;

	queue_whys_find(whys, &held);
	buf_init(&request, run->arena);
	queue_request_begin(&json, &request);
	queue_request_put(&json, queue_id, held.id, options->reason != NULL
	    ? options->reason : held.reason);
	answers = queue_ask(run, &options->queue, "return",
	    queue_request_end(&json));
	if (answers == NULL || answers->count != 1)
		return CLI_FAILED;
	error = node_text(&answers->items[0], "error");
	if (error == NULL) {
		tell(run, queue_id, &answers->items[0]);
		return CLI_OK;
	}
	cli_error("%s: %s", queue_id, error);
	return CLI_FAILED;
}

static int
check_arguments(struct command_run *run)
{
	const struct return_options *options = run->options;

	for (size_t i = 0; i < run->arg_count; i++) {
		if (queue_id_is_valid(str_from(run->args[i])))
			continue;
		cli_error("'%s' is no queue id", clean_text(run->arena,
		    run->args[i]));
		return CLI_USAGE;
	}
	if (options->reason == NULL ||
	    queue_reason_is_valid(str_from(options->reason)))
		return CLI_OK;
	cli_error("queue return: a reason is one line of UTF-8, of at most %d "
	    "bytes", QUEUE_REASON_MAX);
	return CLI_USAGE;
}

static int
run_return(struct command_run *run)
{
	const struct return_options *options = run->options;
	struct queue_whys whys;
	int result = check_arguments(run);

	if (result == CLI_OK)
		result = queue_whys_begin(&whys, run, &options->queue);
	if (result != CLI_OK)
		return result;
	for (size_t i = 0; i < run->arg_count; i++)
		if (return_one(run, &whys, run->args[i]) != CLI_OK)
			result = CLI_FAILED;
	return result;
}

const struct command cmd_queue_return = {
	.name = "queue return",
	.help = "Send mail that is on hold back: its sender is told why.",
	.text = "The sender gets a delivery status notification with the "
	    "reason, our id and the header of the message; then the message "
	    "is removed. Without --reason the reason is what made Mailreeve "
	    "hold it. Who asked for no notice (NOTIFY=NEVER) gets none. Mail "
	    "with the null sender cannot be returned.\n\n"
	    "Return mail only where its sender did send it: the address may "
	    "be forged, and then the notice goes to a stranger.\n\n"
	    QUEUE_RIGHTS_TEXT "\n\n"
	    "Exit status: 0 when all are returned, 1 when one could not be, "
	    "2 when the command line or the configuration is wrong.",
	.examples =
	    "queue return 4jX75D5vTBz1mTTB --reason \"This is no newsletter host.\"\n",
	.arguments = "QUEUE-ID...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct return_options),
	.run = run_return,
};
