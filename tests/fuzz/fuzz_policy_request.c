/* SPDX-License-Identifier: ISC */
/* fuzz_policy_request.c - requests of the policy protocol, up to the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/wait.h"
#include "fuzz.h"
#include "mail/txn.h"
#include "policyd/hearing.h"
#include "policyd/instances.h"
#include "policyd/policy_event.h"
#include "policyd/reply.h"
#include "policyd/request.h"
#include "policyd/rulebook.h"

static const char conf_text[] =
    "policyd { mode enforce; }\n"
    "host { recipient_delimiter +; }\n"
    "domain example.org { }\n"
    "access net { client 192.0.2.0/24 *.example.net; action deny; }\n"
    "access list { sender @example.com joe@ <> @.test; action defer; }\n"
    "access who { login @example.org; recipient ann@; action allow; }\n"
    "access name { helo *.dyn.example; action deny; }\n";

static void
drop_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

static struct rulebook *
make_rulebook(void)
{
	struct arena *arena = arena_new(0);
	const char *error = "";
	struct conf *conf = conf_parse("fuzz", conf_text, rulebook_sections(),
	    NULL, arena, &error);
	struct rulebook *rulebook = NULL;

	if (conf != NULL)
		rulebook = rulebook_new(conf, arena, &error);
	if (rulebook == NULL) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	conf_unref(&conf);
	arena_free(&arena);
	log_set_sink(drop_line, NULL);
	return rulebook;
}

static void
check_inside(struct str part, struct str text)
{
	if (part.len != 0 && (part.data < text.data ||
	    part.data + part.len > text.data + text.len ||
	    memchr(part.data, '\n', part.len) != NULL ||
	    memchr(part.data, '\0', part.len) != NULL))
		abort();
}

/* One line of printable ASCII that begins as it must. */
static void
check_action(struct str action)
{
	if (!str_is(action, "DUNNO") &&
	    !str_has_prefix_nocase(action, STR("450 4.7.1 [")) &&
	    !str_has_prefix_nocase(action, STR("550 5.7.1 [")))
		abort();
	for (size_t i = 0; i < action.len; i++)
		if (action.data[i] < ' ' || action.data[i] > '~')
			abort();
}

static void
hear(struct rulebook *rulebook, struct instances *instances,
    const struct request *request)
{
	struct wait *wait = wait_new();
	struct hearing *hearing = hearing_new(rulebook, instances, request,
	    wait);
	const struct ruling *ruling;
	struct buf event;

	if (!hearing_run(hearing))
		abort();
	ruling = hearing_end(hearing);
	check_action(ruling->action);
	buf_init(&event, hearing_txn(hearing)->arena);
	policy_event_write(&event, hearing_txn(hearing), ruling);
	if (memchr(event.data, '\n', event.len) != NULL)
		abort();
	policy_event_log(hearing_txn(hearing), ruling);
	hearing_free(&hearing);
	wait_unref(&wait);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rulebook *rulebook;
	struct instances *instances = instances_new(10000);
	struct str rest = str_of((const char *)data, size);
	struct request request;
	const char *error;
	size_t len, looked = 0;

	if (rulebook == NULL)
		rulebook = make_rulebook();
	/* As a connection does it: one request after the other. */
	while ((len = request_len(rest, &looked)) != 0) {
		struct str text = str_sub(rest, 0, len);

		error = NULL;
		if (request_parse(text, &request, &error) == 0) {
			check_inside(request.sender, text);
			check_inside(request.instance, text);
			hear(rulebook, instances, &request);
		} else if (error == NULL) {
			abort();
		}
		rest = str_from_pos(rest, len);
		looked = 0;
	}
	instances_free(&instances);
	return 0;
}
