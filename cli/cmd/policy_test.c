/* SPDX-License-Identifier: ISC */
/* policy_test.c - mailreeve policy test: what policyd would say to a request. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/net.h"
#include "base/suggest.h"
#include "base/ulid.h"
#include "base/wait.h"
#include "cli/config.h"
#include "cli/consulting.h"
#include "cli/daemon.h"
#include "cli/event_print.h"
#include "cli/output.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/resolver.h"
#include "json/read.h"
#include "mail/txn.h"
#include "policyd/hearing.h"
#include "policyd/instances.h"
#include "policyd/ledger.h"
#include "policyd/policy_event.h"
#include "policyd/rulebook.h"
#include "policyd/settings.h"
#include "store/memory.h"

#define ANSWER_MAX 4096
#define TIMEOUT_MS 10000
#define MEMORY ((size_t)1024 * 1024)

struct options {
	const char *config;
	bool wants_json;
	bool asks_daemon;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct options, config),
	OPTION_FLAG_ROW("running", struct options, asks_daemon,
	    "Ask the running daemon, as Postfix would: it counts the request."),
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print the event in JSON."),
};

/* The request that is tried, and the queue id by which a daemon knows it. */
struct trial {
	struct buf text;
	const char *queue_id;
};

static bool
is_given(const struct command_run *run, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < run->arg_count; i++)
		if (strncmp(run->args[i], name, len) == 0 &&
		    run->args[i][len] == '=')
			return true;
	return false;
}

static void
add_default(struct buf *text, const struct command_run *run, const char *name,
    const char *value)
{
	if (!is_given(run, name))
		buf_printf(text, "%s=%s\n", name, value);
}

/* Of Postfix 3.9; the rules read some of them. */
static const char *const attributes[] = {
	"request", "protocol_state", "protocol_name", "helo_name", "queue_id",
	"sender", "recipient", "recipient_count", "client_address",
	"client_name", "client_port", "reverse_client_name", "instance",
	"sasl_method", "sasl_username", "sasl_sender", "size",
	"ccert_subject", "ccert_issuer", "ccert_fingerprint",
	"ccert_pubkey_fingerprint", "encryption_protocol",
	"encryption_cipher", "encryption_keysize", "etrn_domain", "stress",
	"policy_context", "server_address", "server_port",
	"compatibility_level", "mail_version",
};

/* What is mistyped would be as if it were not given: another answer. A name that
 * is near none may be of a later Postfix. */
static bool
is_mistyped(struct str name)
{
	struct suggest suggest;

	suggest_begin(&suggest, name);
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		if (str_is(name, attributes[i]))
			return false;
		suggest_offer(&suggest, attributes[i]);
	}
	if (suggest_best(&suggest) == NULL)
		return false;
	cli_error("Postfix has no attribute '%.*s', did you mean '%s'?",
	    STR_ARG(name), suggest_best(&suggest));
	return true;
}

/* In a daemon's history a message is found again by its queue id. */
static int
build(struct trial *trial, struct command_run *run)
{
	char id[ULID_SIZE];

	buf_init(&trial->text, run->arena);
	for (size_t i = 0; i < run->arg_count; i++) {
		if (strchr(run->args[i], '=') == NULL ||
		    strchr(run->args[i], '\n') != NULL) {
			cli_error("'%s' is not NAME=VALUE, such as "
			    "sender=joe@example.org", run->args[i]);
			return CLI_USAGE;
		}
		if (is_mistyped(str_of(run->args[i],
		    strcspn(run->args[i], "="))))
			return CLI_USAGE;
		buf_printf(&trial->text, "%s\n", run->args[i]);
	}
	ulid_make(clock_now_ms(), id);
	trial->queue_id = arena_printf(run->arena, "test-%s", id);
	add_default(&trial->text, run, "request", "smtpd_access_policy");
	add_default(&trial->text, run, "protocol_state", "RCPT");
	add_default(&trial->text, run, "instance", trial->queue_id);
	add_default(&trial->text, run, "queue_id", trial->queue_id);
	if (trial->text.len < REQUEST_MAX)
		return CLI_OK;
	cli_error("the request is longer than 16 KB");
	return CLI_USAGE;
}

static int
print(struct command_run *run, struct str event)
{
	const struct options *options = run->options;
	const struct node *node;
	const char *error;

	if (options->wants_json) {
		printf("%.*s\n", STR_ARG(event));
		return CLI_OK;
	}
	node = json_read(run->arena, event, &error);
	if (node == NULL) {
		cli_error("the event is %s", error);
		return CLI_FAILED;
	}
	event_print(run->arena, node);
	return CLI_OK;
}

/* --- by an engine of our own ---------------------------------------------- */

static int
hear(struct command_run *run, struct rulebook *rulebook,
    const struct request *request)
{
	struct instances *instances = instances_new(MEMORY);
	struct wait *wait = wait_new();
	struct hearing *hearing = hearing_new(rulebook, instances, request,
	    wait);
	int64_t deadline_ms = clock_steady_ms() +
	    hearing_deadline_ms(hearing);
	struct buf event;
	int result;

	while (!hearing_run(hearing) && wait_sleep(wait, deadline_ms) == 1)
		;
	buf_init(&event, run->arena);
	policy_event_write(&event, hearing_txn(hearing),
	    hearing_end(hearing));
	result = print(run, buf_str(&event));
	hearing_free(&hearing);
	wait_unref(&wait);
	instances_free(&instances);
	return result;
}

/* The rules count in a store of their own that is empty. */
static int
try_by(struct command_run *run, struct rulebook *rulebook,
    struct dns_source *dns, const struct request *request)
{
	const char *error;
	struct store *store = memory_open(NULL, run->arena, &error);
	struct ledger *ledger = ledger_new(store);
	int result;

	rulebook_set_ledger(rulebook, ledger);
	rulebook_set_dns(rulebook, dns);
	result = hear(run, rulebook, request);
	ledger_free(&ledger);
	store_free(&store);
	return result;
}

static int
try_with(struct command_run *run, const struct rulebook *rulebook,
    const struct consulting *consulting, struct dns_source *dns,
    const struct request *request)
{
	const char *error;
	struct rulebook *fresh = rulebook_new_again(rulebook,
	    consulting->lists, run->arena, &error);
	int result;

	if (fresh == NULL) {
		cli_error("%s", error);
		return CLI_FAILED;
	}
	rulebook_set_policies(fresh, consulting->policies);
	result = try_by(run, fresh, dns, request);
	rulebook_unref(&fresh);
	return result;
}

/* Without the directory it would be judged by half of the rules. */
static int
consult(struct command_run *run, struct rulebook *rulebook,
    struct dns_source *dns, const struct request *request)
{
	struct consulting consulting;
	const char *error;
	int result;

	if (consulting_begin(&consulting, rulebook_conf(rulebook),
	    rulebook_site(rulebook)->recipient_delimiter, run->arena,
	    &error) < 0) {
		cli_error("%s", error);
		return CLI_FAILED;
	}
	result = try_with(run, rulebook, &consulting, dns, request);
	consulting_end(&consulting);
	return result;
}

static int
try_here(struct command_run *run, struct conf *conf,
    const struct request *request)
{
	const char *error;
	struct rulebook *rulebook = rulebook_new(conf, run->arena, &error);
	struct dns_source *dns = NULL;
	int result = CLI_USAGE;

	if (rulebook != NULL)
		dns = resolver_new(conf_get(conf, &dns_section), run->arena,
		    &error);
	if (dns == NULL)
		cli_error("%s", error);
	else
		result = consult(run, rulebook, dns, request);
	dns_source_free(&dns);
	rulebook_unref(&rulebook);
	return result;
}

/* --- by the running daemon ------------------------------------------------ */

static int
send_request(int fd, const struct trial *trial)
{
	char answer[ANSWER_MAX] = "";
	size_t len = 0;
	ssize_t got;

	if (net_write_all(fd, trial->text.data, trial->text.len) < 0 ||
	    net_write_all(fd, "\n", 1) < 0)
		return -1;
	while (len < 2 || memcmp(answer + len - 2, "\n\n", 2) != 0) {
		if (len == sizeof(answer))
			return -1;
		got = read(fd, answer + len, sizeof(answer) - len);
		if (got <= 0)
			return -1;
		len += (size_t)got;
	}
	return 0;
}

static int
print_found(struct command_run *run, const char *ctl, const char *queue_id)
{
	struct daemon_answers answers = { .count = 1,
	    .items = { { .path = ctl } } };
	const struct daemon_answer *answer = &answers.items[0];
	struct str events;

	daemon_ask_why(run, &answers, queue_id);
	if (answer->error != NULL) {
		cli_error("it has answered, but does not say why: %s",
		    answer->error);
		return CLI_FAILED;
	}
	/* There is one, in "[]". */
	events = str_trim(answer->text);
	return print(run, str_sub(events, 1, events.len - 2));
}

static int
try_there(struct command_run *run, const struct policyd_settings *settings,
    const struct trial *trial)
{
	const struct daemon_settings *common = &settings->common;
	const char *path = settings_unix_socket(&settings->listen), *error;
	int fd, status;

	if (path == NULL) {
		cli_error("policyd.listen has no UNIX socket to ask at: give "
		    "it one beside the others, unix:/PATH");
		return CLI_FAILED;
	}
	fd = net_connect_unix(path, TIMEOUT_MS, run->arena, &error);
	if (fd < 0) {
		cli_error("%s", error);
		return CLI_FAILED;
	}
	status = send_request(fd, trial);
	close(fd);
	if (status == 0)
		return print_found(run, access(common->ctl_admin, W_OK) < 0
		    ? common->ctl_plugin : common->ctl_admin,
		    trial->queue_id);
	cli_error("the daemon at %s does not answer", path);
	return CLI_FAILED;
}

static int
run_test(struct command_run *run)
{
	const struct options *options = run->options;
	struct request request;
	struct trial trial;
	const char *error;
	struct conf *conf;
	int result;

	if (options->asks_daemon && is_given(run, "queue_id")) {
		cli_error("with --running the queue id is ours: by it the "
		    "answer is found");
		return CLI_USAGE;
	}
	if (build(&trial, run) != CLI_OK)
		return CLI_USAGE;
	if (request_parse(buf_str(&trial.text), &request, &error) < 0) {
		cli_error("Postfix asks nothing like that: %s", error);
		return CLI_USAGE;
	}
	conf = config_load(options->config, run->arena);
	if (conf == NULL)
		return CLI_USAGE;
	result = options->asks_daemon
	    ? try_there(run, conf_get(conf, &policyd_section), &trial)
	    : try_here(run, conf, &request);
	conf_unref(&conf);
	return result;
}

const struct command cmd_policy_test = {
	.name = "policy test",
	.help = "Tell what policyd says to a request of Postfix, and why.",
	.text = "The arguments are attributes of Postfix's policy protocol: "
	    "client_address=192.0.2.1 sender=joe@example.com "
	    "recipient=ann@example.org. protocol_state is RCPT when it is not "
	    "given; DATA and END-OF-MESSAGE are the others.\n\n"
	    "An engine of its own reads the configuration, and nothing that "
	    "is running notices; it judges as if nothing had been counted "
	    "yet. With --running the daemon is asked at its "
	    "UNIX socket, and counts the request.\n\n"
	    "Exit status: 0 when there is an answer, 1 when the daemon does "
	    "not give one, 2 when the arguments or the configuration are "
	    "wrong.",
	.examples =
	    "policy test client_address=192.0.2.1 recipient=ann@example.org\n",
	.arguments = "NAME=VALUE...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_test,
};
