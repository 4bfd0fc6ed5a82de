/* SPDX-License-Identifier: ISC */
/* test_ours.c - checks know the domains of the directory as ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/inquiry.h"
#include "directory/policies.h"
#include "dmarc_bench.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "engine_bench.h"
#include "mail/txn_policy.h"
#include "milter/check/dmarc_indirect.h"
#include "milter/ours.h"
#include "pgsql_server.h"

#define LONG_MS (24 * 3600 * INT64_C(1000))
#define WORLD "add domain example.org\n" \
	"add domain stand.example role=alias alias_of=example.org\n" \
	"add domain relay.example role=relay relay_to=mx.relay.example\n" \
	"add domain both.example role=relay relay_to=mx.relay.example\n" \
	"add domain lists.example.org\n"
#define CONF "milter { mode enforce; deadline 60s; }\n" \
	"host { authserv_id mx.host.example; host_id mx.host.example; }\n" \
	"domain conf.example { }\ndomain both.example { }\n"

extern const struct check check_helo;

struct host {
	struct directory_lab *lab;
	struct inquiry *inquiry;
	struct policies *policies;
	struct dns_source *dns;
	struct engine_bench bench;
	struct chain_entry entry;
};

static void
begin(struct host *host, void **state, const struct check *check,
    const void *settings)
{
	const char *error;

	memset(host, 0, sizeof(*host));
	host->lab = *state;
	assert_string_equal(directories_do(host->lab, host->lab->directory,
	    WORLD), "");
	host->inquiry = directories_inquiry(host->lab);
	host->policies = policies_new(host->inquiry, '\0', 1000, LONG_MS);
	engine_bench_begin(&host->bench, CONF);
	host->dns = zone_source_parse("zone",
	    str_from("mx.example\tA\t192.0.2.7\n"), host->bench.arena,
	    &error);
	assert_non_null(host->dns);
	host->entry = (struct chain_entry){ check, settings != NULL ? settings
	    : conf_get(snapshot_conf(host->bench.snapshot), check->section) };
	engine_bench_checks(&host->bench, &host->entry, 1);
}

static void
end(struct host *host)
{
	engine_bench_end(&host->bench);
	dns_source_free(&host->dns);
	policies_free(&host->policies);
	inquiry_free(&host->inquiry);
}

/* Its one finding's reason. */
static const char *
judge(struct host *host, const char *helo, const char *list_id)
{
	struct engine_bench *bench = &host->bench;
	struct client *client;
	const struct finding *finding;

	engine_free(&bench->engine);
	bench->engine = engine_new(bench->snapshot, host->dns,
	    DIRECTORY_NOW);
	bench->txn = engine_txn(bench->engine);
	client = &bench->txn->client;
	assert_int_equal(netaddr_parse(STR("192.0.2.7"), &client->address),
	    0);
	client->helo = helo;
	engine_consult(bench->engine, host->policies);
	engine_reach(bench->engine, STAGE_MAIL);
	if (list_id != NULL)
		engine_add_header(bench->engine, STR("List-Id"),
		    str_from(list_id));
	engine_bench_close(bench);
	finding = engine_bench_finding(bench, host->entry.check->name);
	assert_non_null(finding);
	assert_false(finding->has_failed);
	return finding->reason;
}

static void
a_stranger_does_not_greet_with_a_domain_of_ours(void **state)
{
	static const struct {
		const char *sentence, *helo;
		bool is_ours;
	} cases[] = {
		{ "of the directory", "example.org", true },
		{ "in other letters", "Example.ORG", true },
		{ "one that stands for it", "stand.example", true },
		{ "of the configuration", "conf.example", true },
		{ "this host", "mx.host.example", true },
		{ "a relay domain has a server of its own", "relay.example",
		    false },
		{ "the directory goes before the configuration",
		    "both.example", false },
		{ "a name below one", "www.example.org", false },
		{ "a stranger's", "else.example", false },
	};
	struct host host;

	begin(&host, state, &check_helo, NULL);
	/* Twice: what is kept must say the same. */
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		size_t at = i % ARRAY_LEN(cases);
		const char *reason = judge(&host, cases[at].helo, NULL);

		print_message("%s: %s\n", cases[at].sentence, reason);
		assert_int_equal(strstr(reason, "which is a name of ours") !=
		    NULL, cases[at].is_ours);
	}
	end(&host);
}

/* --- signers of lists ------------------------------------------------------ */

struct probe_settings {
	struct check_common common;
	const char *dkim;
};

static enum check_status
probe_run(struct check_run *run, const char **error_r)
{
	const struct probe_settings *settings = run->settings;
	const char *list;

	(void)error_r;
	if (run->txn->stage < STAGE_MESSAGE)
		return CHECK_WAIT;
	run->txn->auth.dkim = dmarc_dkim_of(run->txn->arena, settings->dkim);
	if (!dmarc_indirect_knows(run->txn, run->ours))
		return CHECK_WAIT;
	list = dmarc_indirect_list(run->txn);
	findings_add(run->findings, run->name, RESULT_NONE, list != NULL ?
	    list : "none");
	return CHECK_DONE;
}

static const struct check probe = { .name = "probe",
	.first_stage = STAGE_MAIL, .run = probe_run };

static void
a_signature_of_ours_proves_no_list(void **state)
{
	static const struct {
		const char *sentence, *list, *dkim, *found;
	} cases[] = {
		{ "a domain of the directory signs", " <l.lists.example.org>",
		    "pass lists.example.org", "none" },
		{ "a list of others", " <l.club.example>",
		    "pass club.example",
		    "l.club.example, signed by club.example" },
		{ "a list of others that we have signed as well",
		    " <l.club.example>", "pass example.org, pass club.example",
		    "l.club.example, signed by club.example" },
		{ "another server's domain", " <l.relay.example>",
		    "pass relay.example",
		    "l.relay.example, signed by relay.example" },
		{ "no list at all", NULL, "pass example.org", "none" },
	};
	struct probe_settings settings = { .common = { .enabled = true } };
	struct host host;

	begin(&host, state, &probe, &settings);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		settings.dkim = cases[i].dkim;
		print_message("%s\n", cases[i].sentence);
		assert_string_equal(judge(&host, "x", cases[i].list),
		    cases[i].found);
	}
	end(&host);
}

/* --- when it cannot be asked ------------------------------------------------ */

static void
without_the_directory_the_configuration_knows(void **state)
{
	struct host host;

	begin(&host, state, &check_helo, NULL);
	directory_close(&host.lab->directory);
	if (host.lab->is_sqlite)
		assert_int_equal(rename(host.lab->settings.place,
		    arena_printf(host.lab->arena, "%s/away",
		    host.lab->folder)), 0);
	else
		pgsql_server_stop(directories_server());
	while (inquiry_degraded(host.inquiry, host.lab->arena) == NULL)
		usleep(1000);
	assert_null(strstr(judge(&host, "example.org", NULL), "of ours"));
	assert_non_null(strstr(judge(&host, "conf.example", NULL),
	    "of ours"));
	if (host.lab->is_sqlite)
		assert_int_equal(rename(arena_printf(host.lab->arena,
		    "%s/away", host.lab->folder), host.lab->settings.place),
		    0);
	else
		pgsql_server_start(directories_server());
	host.lab->directory = directories_connect(host.lab, DB_WRITE);
	while (inquiry_degraded(host.inquiry, host.lab->arena) != NULL)
		usleep(1000);
	while (strstr(judge(&host, "example.org", NULL), "of ours") == NULL)
		usleep(1000);
	end(&host);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(a_stranger_does_not_greet_with_a_domain_of_ours),
		SQLITE_TEST(a_signature_of_ours_proves_no_list),
		DIRECTORY_TEST(without_the_directory_the_configuration_knows),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
