/* SPDX-License-Identifier: ISC */
/* scan.c - mailreeve scan: what would become of a stored message, and why. */
#include "cli/scan.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "cli/asking.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/consulting.h"
#include "cli/output.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/resolver.h"
#include "dns/zone.h"
#include "mail/address.h"
#include "mail/txn.h"
#include "milter/engine.h"
#include "milter/settings.h"

/* With a real resolver most threads sleep on answers most of the time. */
#define SCAN_THREADS_PER_CORE 8
#define SCAN_THREADS_MAX 64

struct scan_options {
	bool wants_json;
	bool wants_story;
	bool is_spf_only;
	const char *config;
	const char *zone;
	const char *now;
	const char *client_ip;
	const char *client_name;
	const char *helo;
	const char *mail_from;
	struct setting_list rcpts;
	const char *auth_user;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct scan_options, wants_json,
	    "Print one line of JSON for each message."),
	OPTION_FLAG_ROW("explain", struct scan_options, wants_story,
	    "Tell the whole story: who, what, every check, every change."),
	OPTION_TEXT_ROW("config", struct scan_options, config, "FILE",
	    "Read this configuration; without it the built-in defaults hold.",
	    .letter = 'c'),
	OPTION_TEXT_ROW("zone", struct scan_options, zone, "FILE",
	    "Take every DNS answer from this file: lines of name, type and "
	    "rdata, separated by tabs."),
	OPTION_TEXT_ROW("now", struct scan_options, now, "TIME",
	    "Judge as of this time: Unix seconds or RFC 3339."),
	OPTION_TEXT_ROW("client-ip", struct scan_options, client_ip, "ADDRESS",
	    "The address of the SMTP client; without it checks of the client "
	    "are left out."),
	OPTION_TEXT_ROW("client-name", struct scan_options, client_name,
	    "NAME", "The client's name as Postfix found it."),
	OPTION_TEXT_ROW("helo", struct scan_options, helo, "NAME",
	    "The name of the client's HELO."),
	OPTION_TEXT_ROW("mail-from", struct scan_options, mail_from,
	    "ADDRESS", "The envelope sender; the null sender when absent."),
	OPTION_LIST_ROW("rcpt", struct scan_options, rcpts, "ADDRESS",
	    "An envelope recipient; may be given many times."),
	OPTION_TEXT_ROW("auth-user", struct scan_options, auth_user, "LOGIN",
	    "The SASL login of the client."),
	OPTION_FLAG_ROW("spf-only", struct scan_options, is_spf_only,
	    "Judge client, HELO and MAIL FROM by SPF alone: takes no FILE, "
	    "prints JSON."),
};

/* No fault of the usage: what strangers say in MAIL FROM is theirs to choose,
 * and the milter judges the message all the same. People are told, for whom it
 * may be a slip. */
static void
check_sender(struct command_run *run)
{
	const struct scan_options *options = run->options;
	const char *path = options->mail_from, *error;
	struct arena *arena = run->arena;
	struct address address;

	if (path != NULL && !options->wants_json && !options->is_spf_only &&
	    address_parse_path(arena, str_from(path), &address, &error) < 0)
		cli_error("--mail-from '%s' is no address, and is judged as "
		    "it stands: %s", clean_text(arena, path), error);
}

static int
check_rcpt(struct arena *arena, const char *path)
{
	struct address address;
	const char *error;

	if (address_parse_path(arena, str_from(path), &address, &error) == 0) {
		if (address.local.len != 0 || address.domain.len != 0)
			return 0;
		error = "it is empty";
	}
	cli_error("--rcpt '%s' is no address: %s", clean_text(arena, path),
	    error);
	return -1;
}

static int
take_envelope(struct command_run *run, struct scan_envelope *envelope_r)
{
	const struct scan_options *options = run->options;

	*envelope_r = (struct scan_envelope){
		.client_name = options->client_name,
		.helo = options->helo,
		.login = options->auth_user,
		.mail_from = options->mail_from,
		.rcpts = options->rcpts,
	};
	if (options->client_ip != NULL && netaddr_parse(str_from(
	    options->client_ip), &envelope_r->client_address) < 0) {
		cli_error("--client-ip '%s' is neither an IPv4 nor an IPv6 "
		    "address", clean_text(run->arena, options->client_ip));
		return -1;
	}
	check_sender(run);
	for (size_t i = 0; i < options->rcpts.count; i++)
		if (check_rcpt(run->arena, options->rcpts.texts[i]) < 0)
			return -1;
	return 0;
}

static int
take_time(struct arena *arena, const char *text, int64_t *now_ms_r)
{
	*now_ms_r = clock_now_ms();
	if (text == NULL || clock_parse(str_from(text), now_ms_r) == 0)
		return 0;
	cli_error("--now '%s' is neither Unix seconds nor RFC 3339 "
	    "(2026-11-20T10:00:00Z)", clean_text(arena, text));
	return -1;
}

/* The snapshot and the DNS source of --config and --zone. */
static int
open_parts(struct command_run *run, struct scan *scan)
{
	const struct scan_options *options = run->options;
	const char *error = NULL;
	struct conf *conf;

	conf = options->config != NULL
	    ? config_load(options->config, run->arena)
	    : conf_parse("built-in defaults", "", config_sections(), NULL,
	    run->arena, &error);
	if (conf == NULL) {
		if (error != NULL)
			cli_error("%s", error);
		return -1;
	}
	scan->snapshot = snapshot_new(conf, false, run->arena, &error);
	conf_unref(&conf);
	if (scan->snapshot != NULL)
		scan->dns = options->zone != NULL
		    ? zone_source_load(options->zone, run->arena, &error)
		    : resolver_new(conf_get(snapshot_conf(scan->snapshot),
		    &dns_section), run->arena, &error);
	if (scan->snapshot != NULL && scan->dns != NULL)
		return 0;
	cli_error("%s", error);
	return -1;
}

/* What the milter knows by the directory. SPF alone needs none of it. */
static int
consult(struct command_run *run, struct scan *scan,
    struct consulting *consulting)
{
	const struct scan_options *options = run->options;
	struct snapshot *fresh = NULL;
	const char *error;

	if (options->is_spf_only)
		return 0;
	if (consulting_begin(consulting, snapshot_conf(scan->snapshot),
	    snapshot_site(scan->snapshot)->recipient_delimiter, run->arena,
	    &error) == 0)
		fresh = snapshot_new_again(scan->snapshot, consulting->lists,
		    run->arena, &error);
	if (fresh == NULL) {
		cli_error("%s", error);
		return -1;
	}
	snapshot_unref(&scan->snapshot);
	scan->snapshot = fresh;
	scan->policies = consulting->policies;
	return 0;
}

/* A check that wants files read asks mailreeve-avscan, as in the milter. */
static int
begin_asking(struct scan *scan, struct asking *asking)
{
	const char *error;

	if (!snapshot_wants_files(scan->snapshot))
		return 0;
	if (asking_begin(asking, &error) < 0) {
		cli_error("%s", error);
		return -1;
	}
	scan->asker = asking->asker;
	return 0;
}

static unsigned
thread_count(const struct scan_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	long threads = cores < 1 ? 1 : cores;

	if (options->zone == NULL)
		threads *= SCAN_THREADS_PER_CORE;
	return threads < SCAN_THREADS_MAX ? (unsigned)threads
					  : SCAN_THREADS_MAX;
}

static void
print_client(struct command_run *run, const struct scan *scan)
{
	struct buf out;

	buf_init(&out, run->arena);
	scan_client(scan, &out);
	fputs(out.data, stdout);
}

/* Standard input is one message. */
static int
check_input(const struct command_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->arg_count; i++)
		count += strcmp(run->args[i], "-") == 0 ? 1 : 0;
	if (count <= 1)
		return 0;
	cli_error("'-' is given twice");
	return -1;
}

static int
check_usage(const struct command_run *run)
{
	const struct scan_options *options = run->options;

	if (options->is_spf_only && run->arg_count != 0) {
		cli_error("--spf-only takes no FILE");
		return -1;
	}
	if (options->is_spf_only && options->client_ip == NULL) {
		cli_error("--spf-only needs --client-ip: SPF judges the "
		    "client");
		return -1;
	}
	if (!options->is_spf_only && run->arg_count == 0) {
		cli_error("no FILE: name the messages, or '-' for standard "
		    "input");
		return -1;
	}
	return check_input(run);
}

static void
close_parts(struct scan *scan, struct consulting *consulting,
    struct asking *asking)
{
	asking_end(asking);
	consulting_end(consulting);
	dns_source_free(&scan->dns);
	snapshot_unref(&scan->snapshot);
}

static int
run_scan(struct command_run *run)
{
	const struct scan_options *options = run->options;
	struct consulting consulting = { 0 };
	struct asking asking = { 0 };
	size_t unread = 0;
	struct scan scan = {
		.format = options->wants_json ? SCAN_JSON
		    : options->wants_story ? SCAN_STORY : SCAN_SUMMARY,
	};

	if (check_usage(run) < 0 ||
	    take_envelope(run, &scan.envelope) < 0 ||
	    take_time(run->arena, options->now, &scan.now_ms) < 0)
		return CLI_USAGE;
	log_set_level(LOG_LEVEL_WARN);
	scan.has_colour = output_has_colour();
	if (open_parts(run, &scan) < 0 ||
	    consult(run, &scan, &consulting) < 0 ||
	    begin_asking(&scan, &asking) < 0) {
		close_parts(&scan, &consulting, &asking);
		return CLI_USAGE;
	}
	scan.is_observed = options->config != NULL &&
	    snapshot_settings(scan.snapshot)->common.mode == MODE_OBSERVE;
	if (options->is_spf_only)
		print_client(run, &scan);
	else
		unread = scan_files(&scan, run->args, run->arg_count,
		    thread_count(options));
	close_parts(&scan, &consulting, &asking);
	return unread == 0 ? CLI_OK : CLI_FAILED;
}

const struct command cmd_scan = {
	.name = "scan",
	.help = "Judge stored messages as the milter would, and say why.",
	.text = "Runs the checks, the verdict and the actions of the milter "
	    "over messages in files, without Postfix, as enforce mode would. "
	    "Nothing is sent, stored or changed.\n\n"
	    "A line that ends with LF reads as if it ended with CRLF. What "
	    "the options do not tell of the SMTP session is not known: "
	    "without --client-ip the checks of the client have no result.\n\n"
	    "A directory that --config names says what holds for senders, "
	    "recipients and logins, and who signs, as it does for the "
	    "milter; it must answer. So does mailreeve-avscan of what lies in "
	    "files, where --config enables check files: when it is not there, "
	    "a finding says that they were not read, and on_error what "
	    "becomes of the message.\n\n"
	    "Many files are judged on all cores, and told in the order given. "
	    "For those of a folder: find DIR -type f -print0 | xargs -0 "
	    "mailreeve scan --json.\n\n"
	    "With --json a line is an object of file, id, spf, dkim, arc, "
	    "dmarc, score, verdict, findings, recipients, actions, reply: all "
	    "of them always, and null where something was not judged. Results "
	    "are the words of RFC 8601; a verdict is ham, junk, hold, defer or "
	    "refuse.\n\n"
	    "A zone file takes the place of the DNS. Its types are A, AAAA, "
	    "MX (10 host), PTR, CNAME and TXT; rdata !TIMEOUT or !SERVFAIL "
	    "makes that fault; a line with # in front is a comment; what no "
	    "line has does not exist.\n\n"
	    "Exit status: 0 when all messages were read, 1 when some could "
	    "not be read, 2 when the usage or the configuration is wrong, or "
	    "the directory cannot be asked.",
	.examples = "scan --explain --client-ip 192.0.2.1 letter.eml\n"
	    "scan --json Maildir/cur/*\n",
	.arguments = "FILE...|-",
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct scan_options),
	.run = run_scan,
};
