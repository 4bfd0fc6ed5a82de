/* SPDX-License-Identifier: ISC */
/* queue.c - what the commands about held mail have in common. */
#include "cli/queue.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ctl.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "json/node.h"
#include "json/read.h"
#include "queue/postfix.h"
#include "queue/queue.h"

/* Postfix may have much to do. */
#define HELPER_TIMEOUT_MS 300000

/* The first word of a refusal, which is for programs. */
static const char *
without_code(const char *error)
{
	static const char *const codes[] = { "bad-request ", "denied ",
		"failed " };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (strncmp(error, codes[i], strlen(codes[i])) == 0)
			return error + strlen(codes[i]);
	return error;
}

static int
ask_here(struct command_run *run, const struct queue_options *options,
    const char *verb, struct str json, struct str *answer_r,
    const char **error_r)
{
	struct postfix postfix = { options->postfix };
	struct ctl_request request = { str_from(verb), json };
	struct buf out;

	buf_init(&out, run->arena);
	if (queue_answer(&postfix, &request, run->arena, &out, error_r) < 0)
		return -1;
	*answer_r = buf_str(&out);
	return 0;
}

static int
ask_helper(struct command_run *run, const struct queue_options *options,
    const char *verb, struct str json, struct str *answer_r,
    const char **error_r)
{
	const char *path = options->helper != NULL ? options->helper
	    : QUEUE_SOCKET;

	if (options->postfix != NULL) {
		*error_r = "--postfix is for root: mailreeve-queue serves the "
		    "instance that its unit names";
		return -1;
	}
	if (ctl_ask(path, verb, json, HELPER_TIMEOUT_MS, run->arena, answer_r,
	    error_r) == 0)
		return 0;
	if (access(path, F_OK) < 0)
		*error_r = arena_printf(run->arena, "%s; held mail is for "
		    "root, and with mailreeve-queue.socket started for the "
		    "group mailreeve-admin", *error_r);
	return -1;
}

const struct node *
queue_ask(struct command_run *run, const struct queue_options *options,
    const char *verb, struct str json)
{
	bool is_root = geteuid() == 0 && options->helper == NULL;
	const struct node *node;
	const char *error;
	struct str answer;
	int result;

	if (is_root)
		result = ask_here(run, options, verb, json, &answer, &error);
	else
		result = ask_helper(run, options, verb, json, &answer, &error);
	if (result < 0) {
		cli_error("%s", without_code(error));
		return NULL;
	}
	node = json_read(run->arena, answer, &error);
	if (node == NULL)
		cli_error("the answer of mailreeve-queue is %s", error);
	return node;
}

int
queue_list(struct command_run *run, const struct queue_options *options,
    struct vec *held_r)
{
	const struct node *messages;
	struct queue_whys whys;

	vec_init(held_r, run->arena, sizeof(struct queue_held));
	if (queue_whys_begin(&whys, run, options) != CLI_OK)
		return CLI_USAGE;
	messages = queue_ask(run, options, "list", STR(""));
	if (messages == NULL)
		return CLI_FAILED;
	for (size_t i = 0; i < messages->count; i++) {
		struct queue_held *held = vec_push(held_r);

		held->message = &messages->items[i];
		held->queue_id = node_text(held->message, "queue_id");
		held->id = node_text(held->message, "id");
		queue_whys_find(&whys, held);
	}
	return CLI_OK;
}

/* "2026-11-21T19:21:58.000Z" to the minute. */
static const char *
arrival_text(struct arena *arena, const char *arrival)
{
	if (arrival == NULL || strlen(arrival) < 16)
		return "at an unknown time";
	return arena_printf(arena, "%.10s %.5s UTC", arrival, arrival + 11);
}

const char *
queue_text(struct arena *arena, const struct queue_held *held)
{
	const struct node *message = held->message;
	const struct node *rcpts = node_find(message, "recipients");
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text, "%s, %.0f bytes, from <%s>", arrival_text(arena,
	    node_text(message, "arrival")), node_number(message, "size_bytes"),
	    clean_text(arena, node_text(message, "sender")));
	if (rcpts != NULL && rcpts->count != 0)
		buf_printf(&text, " to <%s>", clean_text(arena,
		    rcpts->items[0].text));
	if (rcpts != NULL && rcpts->count > 1)
		buf_printf(&text, " and %zu more", rcpts->count - 1);
	return text.data;
}

void
queue_request_begin(struct json_writer *json, struct buf *out)
{
	json_begin(json, out);
	json_begin_object(json, NULL);
	json_begin_array(json, "messages");
}

void
queue_request_put(struct json_writer *json, const char *queue_id,
    const char *id, const char *reason)
{
	json_begin_object(json, NULL);
	json_put_text(json, "queue_id", queue_id);
	if (id != NULL)
		json_put_text(json, "id", id);
	if (reason != NULL)
		json_put_text(json, "reason", reason);
	json_end_object(json);
}

struct str
queue_request_end(struct json_writer *json)
{
	json_end_array(json);
	json_end_object(json);
	json_end(json);
	return buf_str(json->out);
}
