/* SPDX-License-Identifier: ISC */
/* scan_setup.c - what commands that judge stored messages are told, and open. */
#include "cli/scan_setup.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "cli/clean.h"
#include "cli/config.h"
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

/* No fault of the usage: what strangers say in MAIL FROM is theirs to choose,
 * and the milter judges the message all the same. People are told, for whom it
 * may be a slip. */
static void
check_sender(struct arena *arena, const char *path)
{
	struct address address;
	const char *error;

	if (path != NULL &&
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
take_envelope(struct arena *arena, const struct scan_options *options,
    bool is_quiet, struct scan_envelope *envelope_r)
{
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
		    "address", clean_text(arena, options->client_ip));
		return -1;
	}
	if (!is_quiet)
		check_sender(arena, options->mail_from);
	for (size_t i = 0; i < options->rcpts.count; i++)
		if (check_rcpt(arena, options->rcpts.texts[i]) < 0)
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
open_parts(struct command_run *run, const struct scan_options *options,
    bool wants_rules, struct scan *scan)
{
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
	scan->snapshot = wants_rules
	    ? snapshot_new(conf, false, run->arena, &error)
	    : snapshot_new_without_rules(conf, run->arena, &error);
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

/* What the milter knows by the directory. */
static int
consult(struct command_run *run, struct scan *scan,
    struct consulting *consulting)
{
	struct snapshot *fresh = NULL;
	const char *error;

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

static int
open_peers(struct command_run *run, struct scan *scan,
    struct scan_peers *peers)
{
	if (consult(run, scan, &peers->consulting) < 0)
		return -1;
	return begin_asking(scan, &peers->asking);
}

int
scan_open(struct command_run *run, const struct scan_options *options,
    bool is_quiet, bool wants_peers, struct scan *scan,
    struct scan_peers *peers)
{
	if (take_envelope(run->arena, options, is_quiet, &scan->envelope) < 0 ||
	    take_time(run->arena, options->now, &scan->now_ms) < 0)
		return -1;
	log_set_level(LOG_LEVEL_WARN);
	scan->has_colour = output_has_colour();
	if (open_parts(run, options, wants_peers, scan) < 0 ||
	    (wants_peers && open_peers(run, scan, peers) < 0))
		return -1;
	scan->is_observed = options->config != NULL &&
	    snapshot_settings(scan->snapshot)->common.mode == MODE_OBSERVE;
	return 0;
}

void
scan_close(struct scan *scan, struct scan_peers *peers)
{
	asking_end(&peers->asking);
	consulting_end(&peers->consulting);
	dns_source_free(&scan->dns);
	snapshot_unref(&scan->snapshot);
}

unsigned
scan_threads(const struct scan_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	long threads = cores < 1 ? 1 : cores;

	if (options->zone == NULL)
		threads *= SCAN_THREADS_PER_CORE;
	return threads < SCAN_THREADS_MAX ? (unsigned)threads
					  : SCAN_THREADS_MAX;
}

/* Standard input is one message. */
int
scan_check_input(const struct command_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->arg_count; i++)
		count += strcmp(run->args[i], "-") == 0 ? 1 : 0;
	if (count <= 1)
		return 0;
	cli_error("'-' is given twice");
	return -1;
}
