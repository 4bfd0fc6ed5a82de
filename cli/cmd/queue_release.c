/* SPDX-License-Identifier: ISC */
/* queue_release.c - mailreeve queue release: held mail goes on its way. */
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/queue.h"
#include "json/node.h"
#include "queue/request.h"

struct release_options {
	struct queue_options queue;
	bool wants_all;
	bool is_dry_run;
	bool is_sure;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("all", struct release_options, wants_all,
	    "Release all that Mailreeve holds, as far as its daemons "
	    "remember; what others hold stays."),
	OPTION_FLAG_ROW("dry-run", struct release_options, is_dry_run,
	    "Only tell what would be released."),
	OPTION_FLAG_ROW("yes", struct release_options, is_sure,
	    "Do not ask whether --all is meant.", .letter = 'y'),
	QUEUE_OPTION_ROWS(struct release_options, queue),
};

/* The number of those that could not be released; -1: none was tried. */
static int
release(struct command_run *run, const char *const *queue_ids, size_t count)
{
	const struct release_options *options = run->options;
	const struct node *answers;
	struct json_writer json;
	struct buf request;
	int failed = 0;

	buf_init(&request, run->arena);
	queue_request_begin(&json, &request);
	for (size_t i = 0; i < count; i++)
		queue_request_put(&json, queue_ids[i], NULL, NULL);
	answers = queue_ask(run, &options->queue, "release",
	    queue_request_end(&json));
	if (answers == NULL)
		return -1;
	for (size_t i = 0; i < answers->count; i++) {
		const struct node *answer = &answers->items[i];
		const char *error = node_text(answer, "error");
		const char *queue_id = clean_text(run->arena,
		    node_text(answer, "queue_id"));

		if (error == NULL)
			printf("%s: released\n", queue_id);
		else
			cli_error("%s: %s", queue_id, error);
		failed += error != NULL;
	}
	return failed;
}

/* As many at once as a request may have. */
static int
release_all(struct command_run *run, const struct vec *queue_ids)
{
	int result = CLI_OK;

	for (size_t i = 0; i < queue_ids->len; i += QUEUE_ITEMS_MAX) {
		size_t count = queue_ids->len - i;

		if (count > QUEUE_ITEMS_MAX)
			count = QUEUE_ITEMS_MAX;
		if (release(run, vec_at(queue_ids, i), count) != 0)
			result = CLI_FAILED;
	}
	return result;
}

static const struct queue_held *
find(const struct vec *all, const char *queue_id)
{
	for (size_t i = 0; i < all->len; i++) {
		const struct queue_held *held = vec_at(all, i);

		if (str_is(str_from(queue_id), held->queue_id))
			return held;
	}
	return NULL;
}

static int
tell_only(struct command_run *run, const struct vec *all,
    const struct vec *queue_ids)
{
	int result = CLI_OK;

	for (size_t i = 0; i < queue_ids->len; i++) {
		const char *queue_id = *(const char **)vec_at(queue_ids, i);
		const struct queue_held *held = find(all, queue_id);

		if (held != NULL) {
			printf("%s: would be released: %s\n", queue_id,
			    queue_text(run->arena, held));
			continue;
		}
		cli_error("%s: no message with this queue id is on hold",
		    queue_id);
		result = CLI_FAILED;
	}
	return result;
}

/* What Mailreeve holds; of the rest is said that it stays. */
static void
choose(const struct vec *all, struct vec *queue_ids)
{
	size_t rest = 0;

	for (size_t i = 0; i < all->len; i++) {
		const struct queue_held *held = vec_at(all, i);

		if (held->holder == HELD_BY_MAILREEVE)
			*(const char **)vec_push(queue_ids) = held->queue_id;
		else
			rest++;
	}
	if (rest != 0)
		cli_error("%zu message%s held by somebody else, or nobody "
		    "knows why, and stay%s on hold: name the queue id to "
		    "release one", rest, rest == 1 ? " is" : "s are",
		    rest == 1 ? "s" : "");
}

/* No answer is no. */
static bool
is_meant(size_t count)
{
	char line[16];

	fprintf(stderr, "Release %zu message%s? [y/N] ", count,
	    count == 1 ? "" : "s");
	return fgets(line, sizeof(line), stdin) != NULL &&
	    (line[0] == 'y' || line[0] == 'Y');
}

static int
take_arguments(struct command_run *run, struct vec *queue_ids)
{
	const struct release_options *options = run->options;

	if (options->wants_all == (run->arg_count != 0)) {
		cli_error("queue release: name queue ids, or --all");
		return CLI_USAGE;
	}
	for (size_t i = 0; i < run->arg_count; i++) {
		if (!queue_id_is_valid(str_from(run->args[i]))) {
			cli_error("'%s' is no queue id", clean_text(run->arena,
			    run->args[i]));
			return CLI_USAGE;
		}
		*(const char **)vec_push(queue_ids) = run->args[i];
	}
	return CLI_OK;
}

static int
run_release(struct command_run *run)
{
	const struct release_options *options = run->options;
	struct vec all, queue_ids;
	int result;

	vec_init(&queue_ids, run->arena, sizeof(const char *));
	result = take_arguments(run, &queue_ids);
	if (result == CLI_OK && (options->wants_all || options->is_dry_run))
		result = queue_list(run, &options->queue, &all);
	if (result != CLI_OK)
		return result;
	if (options->wants_all)
		choose(&all, &queue_ids);
	if (options->is_dry_run)
		return tell_only(run, &all, &queue_ids);
	if (options->wants_all && queue_ids.len != 0 && !options->is_sure &&
	    !is_meant(queue_ids.len)) {
		cli_error("nothing was released");
		return CLI_FAILED;
	}
	return release_all(run, &queue_ids);
}

const struct command cmd_queue_release = {
	.name = "queue release",
	.help = "Let mail that is on hold go on its way.",
	.text = "It is neither judged nor charged again, and Postfix tries to "
	    "deliver it at once.\n\n" QUEUE_RIGHTS_TEXT "\n\n"
	    "Exit status: 0 when all are released, 1 when one could not be, "
	    "2 when the command line or the configuration is wrong.",
	.examples = "queue release 4jX75D5vTBz1mTTB\n"
	    "queue release --all --dry-run\n",
	.arguments = "QUEUE-ID...|--all",
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct release_options),
	.run = run_release,
};
