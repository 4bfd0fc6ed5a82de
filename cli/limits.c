/* SPDX-License-Identifier: ISC */
/* limits.c - what the commands about limits have in common. */
#include "cli/limits.h"

#include "base/arena.h"
#include "base/json.h"
#include "cli/output.h"

static struct str
argument(struct command_run *run)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, run->arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "address", run->args[0]);
	if (run->arg_count > 1)
		json_put_text(&json, "name", run->args[1]);
	json_end_object(&json);
	json_end(&json);
	return buf_str(&out);
}

int
limits_ask(struct command_run *run, const struct daemon_options *options,
    const char *verb, struct daemon_answers *answers_r)
{
	const struct daemon_answer *answer = &answers_r->items[0];

	if (daemon_find_policyd(run, options, answers_r) != CLI_OK)
		return CLI_USAGE;
	daemon_ask(run, answers_r, verb, argument(run));
	if (answer->error == NULL)
		return CLI_OK;
	cli_error("%s", answer->error);
	return CLI_FAILED;
}
