/* SPDX-License-Identifier: ISC */
/* policy_host.c - for tests: policyd where a directory has people. */
#include "policy_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "mail/finding.h"
#include "mail/txn.h"
#include "policyd/hearing.h"
#include "policyd/request.h"
#include "policyd/rulebook.h"

/* Patience for a busy machine, and more than any outage here. */
#define AT_MOST_MS 60000
#define LONG_MS (24 * 3600 * INT64_C(1000))

#define WORLD "add class staff greylist=yes limits=out=7/1h\n" \
	"add domain example.org\n" \
	"add domain other.example role=alias alias_of=example.org\n" \
	"add domain relay.example role=relay relay_to=mx.relay.example\n" \
	"add domain all.example catch_all=ann@example.org\n" \
	"add domain old.example status=suspended\n" \
	"add domain ours.example\n" \
	"add user ann@example.org class=staff\n" \
	"add user bob@example.org\n" \
	"add user mute@example.org status=sending-suspended\n" \
	"add user gone@example.org status=suspended\n" \
	"add user kept@example.org status=suspended on_suspended=keep\n" \
	"add user later@example.org status=suspended on_suspended=defer\n" \
	"add user reader@example.org smtp=no\n" \
	"add user few@example.org max_recipients=1\n" \
	"add user eve@old.example\n" \
	"add alias sales@example.org to=ann@example.org\n" \
	"add alias team@example.org to=ann@example.org,bob@example.org\n" \
	"add alias quiet@example.org to=ann@example.org " \
	"status=sending-suspended\n" \
	"add alias off@example.org to=ann@example.org status=suspended\n" \
	"add alias past@example.org to=ann@example.org " \
	"expires=2001-01-01T00:00:00Z\n" \
	"add alias away@example.org to=ann@else.example\n" \
	"add alias lost@example.org to=gone@example.org\n" \
	"add identity bob@example.org office@else.example\n" \
	"add identity bob@example.org @ours.example\n"

struct policy_host
policy_host_begin(void **state, const char *conf)
{
	struct policy_host host = { .asked = directory_asked_begin(state,
	    WORLD, 1000, LONG_MS) };

	policy_bench_begin(&host.bench, conf);
	rulebook_set_policies(host.bench.rulebook, host.asked.policies);
	return host;
}

void
policy_host_end(struct policy_host *host)
{
	policy_bench_end(&host->bench);
	directory_asked_end(&host->asked);
}

void
policy_host_hear(struct policy_host *host, const char *lines)
{
	struct policy_bench *bench = &host->bench;
	int64_t deadline_ms = clock_steady_ms() + AT_MOST_MS;
	struct request request;
	const char *error;

	hearing_free(&bench->hearing);
	assert_int_equal(request_parse(str_from(arena_printf(bench->arena,
	    "request=smtpd_access_policy\n%sprotocol_state=RCPT\n"
	    "client_address=192.0.2.7\n\n", lines)), &request, &error), 0);
	bench->hearing = hearing_new(bench->rulebook, bench->instances,
	    &request, bench->wait);
	while (!hearing_run(bench->hearing))
		assert_int_equal(wait_sleep(bench->wait, deadline_ms), 1);
	bench->ruling = hearing_end(bench->hearing);
	bench->txn = hearing_txn(bench->hearing);
}

const char *
policy_host_answer(struct policy_host *host, const char *lines)
{
	struct str action, piece;

	policy_host_hear(host, lines);
	action = host->bench.ruling->action;
	str_cut(&action, '[', &piece);
	return str_dup(host->bench.txn->arena, str_trim(piece));
}

const char *
policy_host_reason(const struct policy_host *host, const char *rule)
{
	const struct findings *findings = host->bench.ruling->findings;

	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		if (strcmp(finding->check, rule) == 0)
			return finding->reason;
	}
	return "none";
}
