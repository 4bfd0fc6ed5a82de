/* SPDX-License-Identifier: ISC */
/* test_event.c - what a stranger writes stays inside of its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "mail_site.h"
#include "milter/engine.h"
#include "milter/event.h"

static void
take_line(void *arg, enum log_level level, const char *line)
{
	(void)level;
	snprintf(arg, 4096, "%s", line);
}

/* The log line of a message that this sentence explains. */
static void
log_sentence(const char *sentence, char line[4096])
{
	struct arena *arena = arena_new(0);
	struct txn *txn = txn_new(mail_site(arena, ""), 1700000000000);
	struct verdict verdict = { .decision = DECISION_JUNK,
		.done = DECISION_JUNK, .sentence = sentence };
	struct outcome outcome = { .verdict = &verdict };

	log_set_sink(take_line, line);
	event_log(txn, &outcome);
	log_set_sink(NULL, NULL);
	txn_free(&txn);
	arena_free(&arena);
}

static void
a_sentence_cannot_end_its_quotes_in_the_log(void **state)
{
	static const struct {
		const char *story, *sentence, *wanted;
	} cases[] = {
		{ "plain", "delivered: no check objects",
		    " why=\"delivered: no check objects\"" },
		{ "a HELO name with quotes",
		    "\"x\" done=ham why=\"\" is no host name",
		    " why=\"\\\"x\\\" done=ham why=\\\"\\\" is no host name\"" },
		{ "with line ends and escape sequences",
		    "a\r\nid=1 \033[31m", " why=\"a\\x0d\\x0aid=1 "
		    "\\x1b[31m\"" },
	};
	char line[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		log_sentence(cases[i].sentence, line);
		if (strstr(line, " why=") == NULL ||
		    strcmp(strstr(line, " why="), cases[i].wanted) != 0)
			fail_msg("%s: %s", cases[i].story, line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_cannot_end_its_quotes_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
