/* SPDX-License-Identifier: ISC */
/* dkim_check.c - mailreeve dkim check: is the key in the DNS the right one? */
#include <string.h>
#include <unistd.h>

#include "auth/dkim_key.h"
#include "auth/dkim_key_record.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/wait.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/directory.h"
#include "cli/output.h"
#include "directory/directory_settings.h"
#include "directory/kind.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/resolver.h"
#include "dns/zone.h"
#include "mail/address.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "milter/engine.h"

/* The resolver gives up on each server earlier than this. */
#define PATIENCE_MS 30000

struct check_options {
	const char *config;
	const char *zone;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct check_options, config),
	OPTION_TEXT_ROW("zone", struct check_options, zone, "FILE",
	    "Take the DNS answer from this file, as scan does."),
};

struct key_check {
	struct command_run *run;
	struct str domain;
	const char *selector;
	struct snapshot *snapshot;
	struct dns_source *dns;
	struct wait *wait;
	const char *idle_state;		/* it does not sign; NULL: it does */
	bool has_failed;
};

static void
say(struct key_check *check, enum output_style style, const char *mark,
    const char *text)
{
	struct buf line;

	buf_init(&line, check->run->arena);
	output_wrap(&line, "      ", str_from(text));
	output_print(style, "%-6s", mark);
	output_print(STYLE_PLAIN, "%s", line.data + strlen("      "));
	check->has_failed |= style == STYLE_BAD;
}

/* --- the DNS ----------------------------------------------------------------- */

/* NULL: no answer in time. */
static const struct dns_answer *
ask(struct key_check *check)
{
	struct arena *arena = check->run->arena;
	struct dns_view *view = dns_view_new(arena, check->dns, check->wait);
	struct str name = str_from(arena_printf(arena, "%s._domainkey.%.*s",
	    check->selector, STR_ARG(check->domain)));
	int64_t deadline_ms = clock_steady_ms() + PATIENCE_MS;
	const struct dns_answer *answer;

	output_print(STYLE_BOLD, "%s\n", name.data);
	while ((answer = dns_ask(view, name, DNS_TXT)) == NULL)
		if (wait_sleep(check->wait, deadline_ms) == 0)
			dns_view_give_up(view);
	return answer;
}

/* What is allowed, but perhaps not meant. */
static void
say_doubts(struct key_check *check, const struct dns_answer *answer,
    const struct dkim_key_record *record)
{
	struct arena *arena = check->run->arena;

	if (answer->count > 1)
		say(check, STYLE_WARN, "note", "there are other TXT records at "
		    "this name, a wildcard perhaps; some receivers stumble "
		    "over them");
	if (record->is_test_key)
		say(check, STYLE_WARN, "note", "t=y: the domain only tries "
		    "DKIM out, and receivers may ignore its signatures");
	if (record->is_strict)
		say(check, STYLE_PLAIN, "note", "t=s: i= of a signature must "
		    "have exactly this domain, which is what we write");
	if (record->key != NULL && record->bits < 2048)
		say(check, STYLE_WARN, "note", arena_printf(arena, "%u bits "
		    "are few: RFC 8301 asks for 2048", record->bits));
}

/* 0, and *record_r is a key that can be used; else -1. */
static int
check_dns(struct key_check *check, struct dkim_key_record *record_r)
{
	const struct dns_answer *answer = ask(check);
	struct arena *arena = check->run->arena;
	enum result result;
	const char *reason;

	if (dkim_key_record_read(arena, answer, record_r, &result,
	    &reason) < 0) {
		say(check, STYLE_BAD, "bad", arena_printf(arena,
		    "%s: no receiver can verify a signature with it",
		    reason));
		return -1;
	}
	say(check, STYLE_GOOD, "ok", arena_printf(arena, "the DNS has %s key "
	    "of %u bits%s", record_r->key != NULL ? "an RSA" : "an Ed25519",
	    record_r->bits, record_r->is_secure ? ", with DNSSEC" : ""));
	say_doubts(check, answer, record_r);
	return 0;
}

/* --- the key file ------------------------------------------------------------ */

static bool
has_directory(const struct key_check *check)
{
	const struct directory_settings *settings = conf_get(
	    snapshot_conf(check->snapshot), &directory_section);

	return settings->kind != DIRECTORY_NONE;
}

static const char *
file_of(struct key_check *check, const struct directory_dkim_key *key)
{
	if (key->state != DKIM_KEY_ACTIVE)
		check->idle_state = setting_print(directory_kind_row(
		    &kind_dkim_key, "state"), key, check->run->arena);
	return key->file;
}

/* The file of the directory's key with this selector; NULL: it has none. */
static const char *
find_in_directory(struct key_check *check)
{
	const struct check_options *options = check->run->options;
	const char *const key[] = { check->domain.data, check->selector };
	struct directory_object *object;
	struct directory *directory;
	struct db_error error;

	if (!has_directory(check))
		return NULL;
	directory = cli_directory_open(check->run, options->config, DB_READ);
	if (directory == NULL)
		return NULL;
	if (directory_find(directory, check->run->arena, &kind_dkim_key, key,
	    &object, &error) < 0) {
		say(check, STYLE_WARN, "note", error.text);
		return NULL;
	}
	return object != NULL ? file_of(check, object->values) : NULL;
}

static const char *
find_configured(struct key_check *check)
{
	const struct policy_key *keys;
	size_t count = policy_keys(snapshot_site(check->snapshot)->policies,
	    check->domain, &keys);

	for (size_t i = 0; i < count; i++)
		if (strcasecmp(keys[i].selector, check->selector) == 0)
			return keys[i].file;
	return NULL;
}

/* Is it the other half of the key in the DNS (record NULL: there is none)? */
static void
compare(struct key_check *check, const struct dkim_key *key,
    const struct dkim_key_record *record)
{
	struct arena *arena = check->run->arena;
	struct dkim_key_record ours;
	const char *text = dkim_key_record(key, arena), *reason;

	if (record == NULL ||
	    dkim_key_record_parse(arena, str_from(text), &ours, &reason) < 0 ||
	    !str_eq(ours.bytes, record->bytes)) {
		say(check, STYLE_BAD, "bad", arena_printf(arena, record == NULL
		    ? "%s %s; publish its public half:"
		    : "%s is another key than that in the DNS: its signatures "
		    "%s; publish its public half:", key->file,
		    record != NULL ? (check->idle_state != NULL ?
		    "would fail" : "fail") : check->idle_state != NULL ?
		    "is to sign" : "signs"));
		output_print(STYLE_PLAIN, "%s\n", dkim_key_zone_line(arena,
		    check->selector, check->domain.data, text));
		return;
	}
	say(check, STYLE_GOOD, "ok", arena_printf(arena, check->idle_state ==
	    NULL ? "%s is its other half, and signs" : "%s is its other half; "
	    "it does not sign, for its state in the directory is %s",
	    key->file, check->idle_state));
}

static void
check_file(struct key_check *check, const struct dkim_key_record *record)
{
	struct arena *arena = check->run->arena;
	const char *file = find_in_directory(check), *error;
	const struct dkim_key *key;

	if (file == NULL)
		file = find_configured(check);
	if (file == NULL) {
		say(check, STYLE_PLAIN, "note", has_directory(check) ?
		    "neither the directory nor the configuration signs with "
		    "this selector" :
		    "the configuration does not sign with this selector");
		return;
	}
	key = dkim_key_load(arena, file, &error);
	if (key == NULL) {
		say(check, STYLE_BAD, "bad", error);
		return;
	}
	if (key->warning != NULL)
		say(check, STYLE_WARN, "note", key->warning);
	compare(check, key, record);
}

/* ----------------------------------------------------------------------------- */

/* Without a configuration file there is nothing to compare with, and the DNS
 * servers are those of the system. */
static struct conf *
load_conf(struct key_check *check, const char **error_r)
{
	const struct check_options *options = check->run->options;

	*error_r = NULL;
	if (options->config != NULL || access(CONF_DEFAULT_PATH, F_OK) == 0)
		return config_load(options->config, check->run->arena);
	return conf_parse("built-in defaults", "", config_sections(), NULL,
	    check->run->arena, error_r);
}

static int
open_parts(struct key_check *check)
{
	const struct check_options *options = check->run->options;
	struct arena *arena = check->run->arena;
	const char *error;
	struct conf *conf = load_conf(check, &error);

	if (conf != NULL) {
		check->snapshot = snapshot_new_without_rules(conf, arena,
		    &error);
		conf_unref(&conf);
	}
	if (check->snapshot != NULL)
		check->dns = options->zone != NULL
		    ? zone_source_load(options->zone, arena, &error)
		    : resolver_new(conf_get(snapshot_conf(check->snapshot),
		    &dns_section), arena, &error);
	if (check->dns != NULL)
		return 0;
	if (error != NULL)
		cli_error("%s", error);
	return -1;
}

static void
close_parts(struct key_check *check)
{
	if (check->dns != NULL)
		dns_source_free(&check->dns);
	wait_unref(&check->wait);
	snapshot_unref(&check->snapshot);
}

static int
run_check(struct command_run *run)
{
	struct key_check check = { .run = run, .selector = run->args[1] };
	struct dkim_key_record record;
	int status = CLI_USAGE;

	if (domain_canonical(run->arena, str_from(run->args[0]),
	    &check.domain) < 0) {
		cli_error("'%s' is not a domain name", run->args[0]);
		return CLI_USAGE;
	}
	/* What is to be said of the keys, this command says itself. */
	log_set_level(LOG_LEVEL_ERROR);
	check.wait = wait_new();
	if (open_parts(&check) == 0) {
		bool is_good = check_dns(&check, &record) == 0;

		check_file(&check, is_good ? &record : NULL);
		status = check.has_failed ? CLI_FAILED : CLI_OK;
	}
	close_parts(&check);
	return status;
}

const struct command cmd_dkim_check = {
	.name = "dkim check",
	.help = "See whether a key in the DNS is right.",
	.text = "Asks the DNS for SELECTOR._domainkey.DOMAIN, judges the "
	    "record as a receiver would, and compares it with the key file "
	    "that the directory or the configuration has under this selector.\n\n"
	    "The exit status is 1 when signatures with this key would fail.",
	.examples = "dkim check example.org s2026\n",
	.arguments = "DOMAIN SELECTOR",
	.min_args = 2,
	.max_args = 2,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct check_options),
	.run = run_check,
};
