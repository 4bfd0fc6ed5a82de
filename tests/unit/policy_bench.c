/* SPDX-License-Identifier: ISC */
/* policy_bench.c - for tests: requests to policyd's engine, without sockets. */
#include "policy_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/wait.h"
#include "mail/txn.h"
#include "policyd/hearing.h"
#include "policyd/instances.h"
#include "policyd/rulebook.h"

struct rulebook *
policy_rulebook(struct arena *arena, const char *conf_text,
    const char **error_r)
{
	struct rulebook *rulebook = NULL;
	struct conf *conf;

	if (strncmp(conf_text, "policyd", 7) != 0)
		conf_text = arena_printf(arena,
		    "policyd { mode enforce; }\n%s", conf_text);
	conf = conf_parse("test", conf_text, rulebook_sections(), NULL, arena,
	    error_r);
	if (conf != NULL)
		rulebook = rulebook_new(conf, arena, error_r);
	conf_unref(&conf);
	return rulebook;
}

void
policy_bench_begin(struct policy_bench *bench, const char *conf_text)
{
	const char *error = NULL;

	*bench = (struct policy_bench){ .arena = arena_new(0) };
	bench->rulebook = policy_rulebook(bench->arena, conf_text, &error);
	if (bench->rulebook == NULL) {
		fprintf(stderr, "the test's configuration: %s\n", error);
		abort();
	}
	bench->instances = instances_new(65536);
	bench->wait = wait_new();
}

void
policy_bench_end(struct policy_bench *bench)
{
	hearing_free(&bench->hearing);
	instances_free(&bench->instances);
	rulebook_unref(&bench->rulebook);
	wait_unref(&bench->wait);
	arena_free(&bench->arena);
}

const char *
policy_bench_ask(struct policy_bench *bench, const char *lines)
{
	const char *text = arena_printf(bench->arena,
	    "request=smtpd_access_policy\n%sclient_address=192.0.2.7\n"
	    "protocol_state=RCPT\n", lines);
	struct request request;
	const char *error;

	hearing_free(&bench->hearing);
	if (request_parse(str_from(text), &request, &error) < 0) {
		fprintf(stderr, "the test's request: %s\n", error);
		abort();
	}
	bench->hearing = hearing_new(bench->rulebook, bench->instances,
	    &request, bench->wait);
	hearing_run(bench->hearing);
	bench->ruling = hearing_end(bench->hearing);
	bench->txn = hearing_txn(bench->hearing);
	return str_dup(bench->txn->arena, bench->ruling->action);
}
