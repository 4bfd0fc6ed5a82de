/* SPDX-License-Identifier: ISC */
/* test_action_mark.c - id, verdict and score, and where they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "action_test.h"
#include "base/arena.h"
#include "base/vec.h"

extern const struct action action_mark;

#define SITE "class quiet { junk no; }\n" \
	"domain ours.example { }\n" \
	"user quiet@ours.example { class quiet; }\n"
#define ONE "<a@ours.example>"
#define QUIET "<quiet@ours.example>"

struct row {
	const char *why;
	enum direction direction;
	enum decision suggested;
	double score;
	const char *rcpts[3];
	const char *fields;	/* below X-Mailreeve-Id */
	const char *detail;
};

static const struct row rows[] = {
	{ "ham", DIRECTION_INBOUND, DECISION_HAM, 0, { ONE },
	    "|X-Mailreeve-Verdict: ham; score=0.0|X-Spam-Score: 0.0",
	    "ham; score=0.0" },
	{ "junk", DIRECTION_INBOUND, DECISION_JUNK, 6.54, { ONE },
	    "|X-Mailreeve-Verdict: junk; score=6.5|X-Spam-Score: 6.5|"
	    "X-Spam-Flag: YES", "junk; score=6.5" },
	{ "junk for one who does not want it marked", DIRECTION_INBOUND,
	    DECISION_JUNK, 6, { QUIET },
	    "|X-Mailreeve-Verdict: junk; score=6.0|X-Spam-Score: 6.0",
	    "junk; score=6.0" },
	{ "junk for him and another", DIRECTION_INBOUND,
	    DECISION_JUNK, 6, { QUIET, ONE },
	    "|X-Mailreeve-Verdict: junk; score=6.0|X-Spam-Score: 6.0|"
	    "X-Spam-Flag: YES", "junk; score=6.0" },
	{ "held", DIRECTION_INBOUND, DECISION_HOLD, 3, { ONE },
	    "|X-Mailreeve-Verdict: hold; score=3.0|X-Spam-Score: 3.0",
	    "hold; score=3.0" },
	{ "less than nothing", DIRECTION_INBOUND, DECISION_HAM, -1.25, { ONE },
	    "|X-Mailreeve-Verdict: ham; score=-1.2|X-Spam-Score: -1.2",
	    "ham; score=-1.2" },
	{ "hardly less than nothing", DIRECTION_INBOUND, DECISION_HAM, -0.04,
	    { ONE },
	    "|X-Mailreeve-Verdict: ham; score=0.0|X-Spam-Score: 0.0",
	    "ham; score=0.0" },
	{ "internal mail stays here", DIRECTION_INTERNAL, DECISION_JUNK, 6,
	    { ONE },
	    "|X-Mailreeve-Verdict: junk; score=6.0|X-Spam-Score: 6.0|"
	    "X-Spam-Flag: YES", "junk; score=6.0" },
	{ "outbound mail carries no score", DIRECTION_OUTBOUND,
	    DECISION_JUNK, 6, { ONE }, "", "id" },
	{ "forwarded mail carries no score", DIRECTION_FORWARDED,
	    DECISION_JUNK, 6, { ONE }, "", "id" },
};

static void
each_direction_has_its_fields_with_the_id_on_top(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct action_test t;
		struct finding *finding;
		const char *error;

		print_message("%s\n", row->why);
		action_test_begin(&t, &action_mark, SITE, "");
		t.txn->direction = row->direction;
		for (size_t r = 0; row->rcpts[r] != NULL; r++)
			assert_int_equal(txn_add_rcpt(t.txn, row->rcpts[r],
			    &error), 0);
		finding = findings_add(&t.findings, "a", RESULT_FAIL, "why");
		finding->suggested = row->suggested;
		finding->score = row->score;
		assert_int_equal(action_test_apply(&t, &error), 0);
		assert_string_equal(action_test_fields(&t), arena_printf(
		    t.arena, "X-Mailreeve-Id: %s%s", t.txn->id, row->fields));
		assert_string_equal(t.run.detail, row->detail);
		action_test_end(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_direction_has_its_fields_with_the_id_on_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
