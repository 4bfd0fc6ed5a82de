/* SPDX-License-Identifier: ISC */
/* map_query.c - mailreeve map query: what does Postfix get for this key? */
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/net.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/directory.h"
#include "cli/output.h"
#include "directory/maps.h"
#include "mail/host.h"
#include "mail/txn.h"
#include "policyd/settings.h"
#include "policyd/socketmap.h"
#include "policyd/socketmap_settings.h"

#define TIMEOUT_MS 60000
#define ANSWER_MAX NETSTRING_SIZE(MAP_VALUE_MAX + 1000)

struct query_options {
	const char *config;
	bool asks_daemon, wants_json;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct query_options, config),
	OPTION_FLAG_ROW("running", struct query_options, asks_daemon,
	    "Ask the daemon that is running, as Postfix does."),
	OPTION_FLAG_ROW("json", struct query_options, wants_json,
	    "Print one line of JSON."),
};

/* What Postfix would be told. */
struct outcome {
	enum socketmap_status status;
	const char *text;
};

/* --- by the daemon --------------------------------------------------------- */

static int
read_answer(int fd, struct arena *arena, struct outcome *outcome)
{
	char *bytes = arena_alloc(arena, ANSWER_MAX);
	enum netstring state = NETSTRING_PARTIAL;
	struct str content;
	size_t len = 0, used;
	ssize_t got;

	while (state == NETSTRING_PARTIAL && len < ANSWER_MAX) {
		got = read(fd, bytes + len, ANSWER_MAX - len);
		if (got <= 0)
			return -1;
		len += (size_t)got;
		state = netstring_parse(str_of(bytes, len), ANSWER_MAX,
		    &content, &used);
	}
	return state != NETSTRING_WHOLE ? -1 : socketmap_parse_answer(arena,
	    content, &outcome->status, &outcome->text);
}

static int
ask_socket(struct command_run *run, const char *path, struct outcome *outcome)
{
	const char *error;
	struct buf request;
	int fd = net_connect_unix(path, TIMEOUT_MS, run->arena, &error);
	int result;

	if (fd < 0) {
		cli_error("%s", error);
		return -1;
	}
	buf_init(&request, run->arena);
	netstring_add(&request, str_from(arena_printf(run->arena, "%s %s",
	    run->args[0], run->args[1])));
	result = net_write_all(fd, request.data, request.len) < 0 ? -1 :
	    read_answer(fd, run->arena, outcome);
	close(fd);
	if (result < 0)
		cli_error("the daemon at %s does not answer", path);
	return result;
}

static int
ask_daemon(struct command_run *run, const struct conf *conf,
    struct outcome *outcome)
{
	const struct socketmap_settings *settings = conf_get(conf,
	    &socketmap_section);
	const char *path = settings_unix_socket(&settings->listen);

	if (path != NULL)
		return ask_socket(run, path, outcome);
	cli_error("socketmap.listen has no UNIX socket to ask at: write, for "
	    "example, socketmap { listen unix:/run/mailreeve/maps.sock; }");
	return -1;
}

/* --- by ourselves ---------------------------------------------------------- */

static int
ask_directory(struct command_run *run, const struct conf *conf,
    struct outcome *outcome)
{
	const struct query_options *options = run->options;
	const struct socketmap_settings *settings = conf_get(conf,
	    &socketmap_section);
	struct directory *directory = cli_directory_open(run,
	    options->config, DB_READ);
	struct map_site site = { .postmaster = settings->postmaster };
	struct map_answer answer;
	struct db_error error = { 0 };
	const struct site *host;

	if (directory == NULL)
		return -1;
	host = site_from_conf(run->arena, conf, &error.text);
	if (host != NULL) {
		site.delimiter = host->recipient_delimiter;
		if (directory_map_ask(directory, run->arena,
		    directory_map_find(run->args[0]), &site, run->args[1],
		    clock_now_ms(), &answer, &error) == 0) {
			*outcome = (struct outcome){
				answer.result == MAP_FOUND ? SOCKETMAP_OK :
				answer.result == MAP_REFUSED ?
				SOCKETMAP_PERM : SOCKETMAP_NOT_FOUND,
				answer.text != NULL ? answer.text : "" };
			return 0;
		}
	}
	cli_error("%s", error.text);
	return -1;
}

/* --- the answer ------------------------------------------------------------ */

static void
print_json(struct arena *arena, const struct outcome *outcome)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "result",
	    socketmap_status_text(outcome->status));
	json_put_text(&json, outcome->status == SOCKETMAP_OK ? "value" :
	    "reason", outcome->text);
	json_end_object(&json);
	json_end(&json);
	puts(out.data);
}

static int
print(struct command_run *run, const struct outcome *outcome)
{
	const struct query_options *options = run->options;

	if (options->wants_json)
		print_json(run->arena, outcome);
	else if (outcome->status == SOCKETMAP_OK)
		puts(outcome->text);
	else if (outcome->status != SOCKETMAP_NOT_FOUND)
		cli_error("Postfix puts such mail off: %s", outcome->text);
	else
		cli_error("%s is not in %s", run->args[1], run->args[0]);
	return outcome->status == SOCKETMAP_OK ? CLI_OK : CLI_FAILED;
}

static void
tell_names(struct arena *arena, const char *name)
{
	struct buf names;

	buf_init(&names, arena);
	for (const struct directory_map *map = directory_maps;
	    map->name != NULL; map++)
		buf_printf(&names, "%s%s", names.len != 0 ? ", " : "",
		    map->name);
	cli_error("there is no map %s, but %s", name, names.data);
}

static int
run_query(struct command_run *run)
{
	const struct query_options *options = run->options;
	struct outcome outcome;
	struct conf *conf;
	int result;

	if (directory_map_find(run->args[0]) == NULL) {
		tell_names(run->arena, run->args[0]);
		return CLI_USAGE;
	}
	conf = config_load(options->config, run->arena);
	if (conf == NULL)
		return CLI_USAGE;
	result = (options->asks_daemon ? ask_daemon : ask_directory)(run,
	    conf, &outcome);
	conf_unref(&conf);
	return result < 0 ? CLI_USAGE : print(run, &outcome);
}

const struct command cmd_map_query = {
	.name = "map query",
	.help = "Show what Postfix gets when it looks a key up in a map.",
	.text = "The maps are domains, alias_domains, relay_domains, "
	    "mailboxes, aliases, logins, relay_recipients and transport. Their "
	    "keys are domains or whole addresses; Postfix asks for parts of "
	    "them too (@example.org, .example.org), which no map has.\n\n"
	    "The directory is asked as it is now. With --running the daemon "
	    "is asked at its UNIX socket, and answers what it gives "
	    "Postfix.\n\n"
	    "Exit status: 0 when the key is found, 1 when it is not or Postfix "
	    "would put the mail off, 2 when nothing can be asked.",
	.examples = "map query aliases sales@example.org\n"
	    "map query --running transport example.net\n",
	.arguments = "MAP KEY",
	.min_args = 2,
	.max_args = 2,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct query_options),
	.run = run_query,
};
