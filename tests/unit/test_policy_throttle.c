/* SPDX-License-Identifier: ISC */
/* test_policy_throttle.c - limits on mail: stories, on every kind of store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "stores.h"
#include "throttle_bench.h"

#define PEOPLE "host { recipient_delimiter +; }\n"                           \
	"domain example.org { }\ndomain gold.example { class gold; }\n"       \
	"user ann@example.org { }\nuser joe@example.org { }\n"                \
	"alias sales@example.org { to ann@example.org; }\n"                   \
	"class gold { }\n"

#define MINUTE 60
#define HOUR 3600
/* The last slice goes with the window. */
#define SLICE (HOUR / 60)

#define ANN .login = "ann@example.org"
#define JOE .login = "joe@example.org"

/* What is sent at a time, so often; the answer to each. "450": how it begins;
 * with more words, the whole. */
struct step {
	int64_t at_s;
	struct throttle_mail mail;
	size_t times;
	const char *expected;
};

static const struct {
	const char *sentence, *conf;
	struct step steps[10];
} stories[] = {
	{ "the limit passes, the one after it is told when to come back",
	    "throttle out { limit 3/1h; }", {
		{ 0, { ANN }, 3, "DUNNO" },
		{ 600, { ANN }, 2, "450 4.7.1 [id] try again later: outbound "
		    "limit of ann@example.org reached: 3 messages per hour, "
		    "3 used; next possible at 15:01 UTC" },
		{ 600, { ANN, .is_blind = true }, 1, "421" },
		{ HOUR + SLICE, { ANN }, 3, "DUNNO" },
		{ HOUR + SLICE, { ANN }, 1, "450" } } },
	{ "a refused message that is tried again does not add",
	    "throttle out { limit 2/1h; }", {
		{ 0, { ANN }, 2, "DUNNO" },
		{ 10, { ANN, .is_blind = true }, 20, "421" },
		{ HOUR + SLICE, { ANN }, 2, "DUNNO" } } },
	{ "a request that Postfix repeats is charged once",
	    "throttle out { limit 2/1h; }", {
		{ 0, { ANN }, 1, "DUNNO" },
		{ 1, { ANN, .is_repeat = true }, 5, "DUNNO" },
		{ 2, { ANN }, 1, "DUNNO" },
		{ 3, { ANN }, 1, "450" } } },
	{ "no double burst at the edge of a window",
	    "throttle out { limit 5/1h; }", {
		{ HOUR - 1, { ANN }, 5, "DUNNO" },
		{ HOUR + 1, { ANN }, 1, "450" },
		{ 2 * HOUR - 2, { ANN }, 1, "450" },
		{ 2 * HOUR + SLICE, { ANN }, 5, "DUNNO" } } },
	{ "the first message is checked too, at its first recipient too many",
	    "throttle out { unit recipients; limit 50/1h; }", {
		{ 0, { ANN, .rcpt_count = 51 }, 1, "450 4.7.1 [id] try again "
		    "later: outbound limit of ann@example.org reached: "
		    "50 recipients per hour, this message alone has 51" },
		{ 0, { ANN, .rcpt_count = 51, .is_blind = true }, 1,
		    "521 5.7.1 [id] refused: outbound limit of "
		    "ann@example.org reached: 50 recipients per hour, this "
		    "message alone has 51" },
		{ 0, { ANN, .rcpt_count = 50 }, 1, "DUNNO" },
		{ 0, { ANN }, 1, "450" } } },
	{ "recipients: 1, 2 and 100",
	    "throttle out { unit recipients; limit 103/1h; }", {
		{ 0, { ANN }, 1, "DUNNO" },
		{ 0, { ANN, .rcpt_count = 2 }, 1, "DUNNO" },
		{ 0, { ANN, .rcpt_count = 100 }, 1, "DUNNO" },
		{ 0, { ANN }, 1, "450" } } },
	{ "recipients that Postfix alone counted are charged",
	    "throttle out { unit recipients; limit 10/1h; }", {
		{ 0, { ANN, .rcpt_count = 8, .is_blind = true }, 1, "DUNNO" },
		{ 0, { ANN, .rcpt_count = 3, .is_blind = true }, 1, "421" },
		{ 0, { ANN, .rcpt_count = 2, .is_blind = true }, 1,
		    "DUNNO" } } },
	{ "messages count one, whatever they are",
	    "throttle out { limit 2/1h; }", {
		{ 0, { ANN, .rcpt_count = 100, .size = 9000000 }, 2, "DUNNO" },
		{ 0, { ANN }, 1, "450" } } },
	{ "bytes: this message counts before it passes",
	    "throttle out { unit bytes; limit 1m/1d; }", {
		{ 0, { ANN, .size = 1048577, .is_blind = true }, 1,
		    "521 5.7.1 [id] refused: outbound limit of "
		    "ann@example.org reached: 1048576 bytes per day, this "
		    "message alone has 1048577" },
		{ 0, { ANN, .size = (size_t)1 << 50 }, 1, "550" },
		{ 0, { ANN, .size = 1000000, .rcpt_count = 3 }, 1, "DUNNO" },
		{ 0, { ANN, .size = 48577 }, 1, "450" },
		{ 0, { ANN, .size = 48576 }, 1, "DUNNO" },
		{ 0, { ANN, .size = 0 }, 1, "450 4.7.1 [id] try again later: "
		    "outbound limit of ann@example.org reached: 1048576 bytes "
		    "per day, 1048576 used; next possible at 2026-11-21 14:24 "
		    "UTC" } } },
	{ "each user has a counter",
	    "throttle out { limit 1/1h; }", {
		{ 0, { ANN }, 1, "DUNNO" }, { 0, { ANN }, 1, "450" },
		{ 0, { JOE }, 1, "DUNNO" }, { 0, { JOE }, 1, "450" } } },
	{ "a domain has one for all of its users",
	    "throttle pool { per domain; limit 3/1h; }", {
		{ 0, { ANN }, 2, "DUNNO" }, { 0, { JOE }, 1, "DUNNO" },
		{ 0, { ANN }, 1, "450 4.7.1 [id] try again later: outbound "
		    "limit of domain example.org reached: 3 messages per "
		    "hour, 3 used; next possible at 15:01 UTC" },
		{ 0, { .login = "x@gold.example" }, 3, "DUNNO" } } },
	{ "the pool and the user's: in all or in none",
	    "throttle out { limit 2/1h; } throttle pool { per domain; "
	    "limit 3/1h; }", {
		{ 0, { ANN }, 2, "DUNNO" },
		{ 0, { ANN, .is_blind = true }, 9, "421 4.7.1 [id] try again "
		    "later: outbound limit of ann@example.org reached: "
		    "2 messages per hour, 2 used; next possible at 15:01 UTC" },
		{ 0, { JOE }, 1, "DUNNO" },
		{ 0, { JOE, .is_blind = true }, 9, "421 4.7.1 [id] try again "
		    "later: outbound limit of domain example.org reached: "
		    "3 messages per hour, 3 used; next possible at 15:01 "
		    "UTC" } } },
	{ "a class shares one", "throttle team { per class; limit 2/1h; }", {
		{ 0, { .login = "x@gold.example" }, 1, "DUNNO" },
		{ 0, { .login = "y@gold.example" }, 1, "DUNNO" },
		{ 0, { .login = "z@gold.example" }, 1, "450 4.7.1 [id] try "
		    "again later: outbound limit of class gold reached: "
		    "2 messages per hour, 2 used; next possible at 15:01 "
		    "UTC" },
		{ 0, { ANN }, 3, "DUNNO" } } },
	{ "several windows: the longest wait is told",
	    "throttle out { limit 2/1m 3/1h; }", {
		{ 0, { ANN }, 2, "DUNNO" },
		{ 30, { ANN }, 1, "450 4.7.1 [id] try again later: outbound "
		    "limit of ann@example.org reached: 2 messages per minute, "
		    "2 used; next possible at 14:02 UTC" },
		{ 2 * MINUTE, { ANN }, 1, "DUNNO" },
		{ 4 * MINUTE, { ANN }, 1, "450 4.7.1 [id] try again later: "
		    "outbound limit of ann@example.org reached: 3 messages "
		    "per hour, 3 used; next possible at 15:01 UTC" },
		{ 30 * MINUTE, { ANN }, 1, "450" } } },
	{ "case, extension and alias are one user",
	    "throttle out { limit 3/1h; }", {
		{ 0, { .login = "Ann@Example.ORG" }, 1, "DUNNO" },
		{ 0, { .login = "ann+tag@example.org" }, 1, "DUNNO" },
		{ 0, { .login = "sales@example.org" }, 1, "DUNNO" },
		{ 0, { ANN }, 1, "450" } } },
	{ "a login without a domain has a counter",
	    "throttle out { limit 1/1h; }", {
		{ 0, { .login = "ann" }, 1, "DUNNO" },
		{ 0, { .login = "ANN" }, 1, "450" },
		{ 0, { .login = "joe" }, 1, "DUNNO" } } },
	{ "a login that is no address has a counter",
	    "throttle out { limit 1/1h; }", {
		{ 0, { .login = "ann lee@example.org" }, 1, "DUNNO" },
		{ 0, { .login = "Ann Lee@example.org" }, 1, "450" },
		{ 0, { .login = "ann@lee@example.org" }, 1, "DUNNO" },
		{ 0, { .login = "ann@lee@example.org" }, 1, "450" },
		{ 0, { .login = "r\xe9my" }, 1, "DUNNO" },
		{ 0, { .login = "r\xe9my" }, 1, "450" } } },
	{ "nothing may pass", "throttle out { limit 0/1h; }", {
		{ 0, { ANN }, 1, "550" },
		{ 0, { ANN, .is_blind = true }, 1, "521" } } },
	{ "reject says so at once",
	    "throttle out { limit 1/1h; action reject; }", {
		{ 0, { ANN }, 1, "DUNNO" },
		{ 0, { ANN }, 1, "550 5.7.1 [id] refused: outbound limit of "
		    "ann@example.org reached: 1 message per hour, 1 used; "
		    "next possible at 15:01 UTC" } } },
	{ "hold holds, and counts what is held",
	    "throttle out { limit 1/1h; action hold; } "
	    "throttle most { limit 3/1h; }", {
		{ 0, { ANN }, 1, "DUNNO" },
		{ 0, { ANN }, 2, "HOLD" },
		{ 0, { ANN }, 1, "450" } } },
	{ "a dry run refuses nothing",
	    "throttle out { limit 1/1h; dry_run yes; } "
	    "throttle most { limit 3/1h; }", {
		{ 0, { ANN }, 3, "DUNNO" }, { 0, { ANN }, 1, "450" } } },
	{ "nor does the rule as a whole in a dry run",
	    "rule throttle { dry_run yes; } throttle out { limit 1/1h; }", {
		{ 0, { ANN }, 5, "DUNNO" } } },
	{ "a Cc to postmaster changes nothing",
	    "throttle out { unit recipients; limit 3/1h; }", {
		{ 0, { ANN, .rcpts = "a@example.com postmaster@example.com" },
		    1, "DUNNO" },
		{ 0, { ANN, .rcpts = "postmaster@example.com" }, 1, "DUNNO" },
		{ 0, { ANN, .rcpts = "postmaster@example.com" }, 1, "450" },
		{ 0, { ANN, .rcpts = "a@example.com postmaster@example.com" },
		    1, "450" } } },
	{ "nor does a postmaster beside a recipient that is no address",
	    "throttle out { unit bytes; limit 1k/1h; }", {
		{ 0, { ANN, .rcpts = "r\xe9my@example.com "
		    "postmaster@example.org", .size = 2000,
		    .hides_size = true }, 1, "521" },
		{ 0, { ANN, .rcpts = "postmaster@example.org", .size = 2000,
		    .hides_size = true }, 1, "DUNNO" } } },
	{ "what stays here is outbound too",
	    "throttle out { limit 1/1h; }", {
		{ 0, { ANN, .rcpts = "joe@example.org" }, 1, "DUNNO" },
		{ 0, { ANN, .rcpts = "joe@example.org" }, 1, "450" } } },
	{ "internal is what stays here alone",
	    "throttle in { direction internal; limit 1/1h; }", {
		{ 0, { ANN, .rcpts = "joe@example.org x@example.com" }, 3,
		    "DUNNO" },
		{ 0, { ANN, .rcpts = "joe@example.org" }, 1, "DUNNO" },
		{ 0, { ANN, .rcpts = "joe@example.org" }, 1, "421" },
		{ 0, { ANN, .rcpts = "joe@example.org x@example.com" }, 3,
		    "DUNNO" } } },
	{ "inbound, for each recipient: an alias is its owner",
	    "throttle in { direction inbound; per recipient; limit 2/1h; }", {
		{ 0, { .sender = "x@example.com", .rcpts = "ann@example.org "
		    "sales@example.org" }, 1, "DUNNO" },
		{ 0, { .sender = "x@example.com",
		    .rcpts = "ann@example.org" }, 1, "DUNNO" },
		{ 0, { .sender = "x@example.com",
		    .rcpts = "sales@example.org" }, 1, "450" },
		{ 0, { .sender = "x@example.com",
		    .rcpts = "joe@example.org" }, 1, "DUNNO" },
		{ 0, { ANN, .rcpts = "ann@example.org" }, 3, "DUNNO" } } },
	{ "recipients of one domain",
	    "throttle in { direction any; per recipient-domain; "
	    "unit recipients; limit 3/1h; }", {
		{ 0, { ANN, .rcpts = "a@one.example b@one.example "
		    "c@two.example" }, 1, "DUNNO" },
		{ 0, { ANN, .rcpts = "a@one.example b@one.example" }, 1,
		    "421 4.7.1 [id] try again later: limit of domain "
		    "one.example reached: 3 recipients per hour, 2 used; "
		    "next possible at 15:01 UTC" },
		{ 0, { ANN, .rcpts = "a@two.example b@two.example" }, 1,
		    "DUNNO" } } },
	{ "a client, whoever logs in there",
	    "throttle in { direction any; per client; limit 2/1h; }", {
		{ 0, { ANN, .client = "198.51.100.1" }, 1, "DUNNO" },
		{ 0, { JOE, .client = "198.51.100.1" }, 1, "DUNNO" },
		{ 0, { .sender = "x@y.example", .client = "198.51.100.1" }, 1,
		    "450" },
		{ 0, { ANN, .client = "198.51.100.2" }, 1, "DUNNO" } } },
	{ "its network",
	    "throttle in { direction any; per client-net; limit 2/1h; }", {
		{ 0, { ANN, .client = "198.51.100.1" }, 1, "DUNNO" },
		{ 0, { ANN, .client = "198.51.100.200" }, 1, "DUNNO" },
		{ 0, { ANN, .client = "198.51.100.3" }, 1, "450 4.7.1 [id] "
		    "try again later: limit of 198.51.100.0/24 reached: "
		    "2 messages per hour, 2 used; next possible at 15:01 "
		    "UTC" },
		{ 0, { ANN, .client = "2001:db8::1" }, 1, "DUNNO" },
		{ 0, { ANN, .client = "2001:db8::ffff:1" }, 1, "DUNNO" },
		{ 0, { ANN, .client = "2001:db8::2" }, 1, "450 4.7.1 [id] "
		    "try again later: limit of 2001:db8::/64 reached: "
		    "2 messages per hour, 2 used; next possible at 15:01 "
		    "UTC" },
		{ 0, { ANN, .client = "2001:db8:0:1::2" }, 1, "DUNNO" } } },
	{ "a sender, not the null sender",
	    "throttle in { direction inbound; per sender; limit 1/1h; }", {
		{ 0, { .sender = "x@y.example" }, 1, "DUNNO" },
		{ 0, { .sender = "X@Y.example" }, 1, "450" },
		{ 0, { .sender = "" }, 3, "DUNNO" } } },
	{ "all together", "throttle all { per global; limit 3/1h; }", {
		{ 0, { ANN }, 2, "DUNNO" }, { 0, { JOE }, 1, "DUNNO" },
		{ 0, { JOE }, 1, "450" } } },
	{ "tags are charged together: what one refuses the others get back",
	    "throttle all { per global; limit 10/1h; } "
	    "throttle pool { per domain; limit 2/1h; }", {
		{ 0, { ANN }, 2, "DUNNO" },
		{ 0, { ANN, .is_blind = true }, 20, "421" },
		{ 0, { .login = "a@b.example" }, 2, "DUNNO" },
		{ 0, { .login = "a@c.example" }, 2, "DUNNO" },
		{ 0, { .login = "a@d.example" }, 2, "DUNNO" },
		{ 0, { .login = "a@e.example" }, 2, "DUNNO" },
		{ 0, { .login = "a@f.example" }, 1, "450" } } },
	{ "who is excepted is not counted",
	    "throttle all { per global; limit 1/1h; "
	    "except_logins joe@example.org; except_networks 203.0.113.0/24; }",
	    {
		{ 0, { JOE }, 3, "DUNNO" },
		{ 0, { ANN, .client = "203.0.113.9" }, 3, "DUNNO" },
		{ 0, { ANN }, 1, "DUNNO" }, { 0, { ANN }, 1, "450" },
		{ 0, { JOE }, 1, "DUNNO" } } },
	{ "a disabled one is none",
	    "throttle out { limit 0/1h; enabled no; }", {
		{ 0, { ANN }, 3, "DUNNO" } } },
	{ "users and classes have limits of their own",
	    "throttle out { limit 1/1h; } domain big.example { limits "
	    "out=2/1h; } class max { limits out=unlimited; } "
	    "user vip@example.org { class max; } "
	    "user bad@example.org { limits out=0/1h; }", {
		{ 0, { .login = "vip@example.org" }, 5, "DUNNO" },
		{ 0, { .login = "bad@example.org" }, 1, "550" },
		{ 0, { .login = "x@big.example" }, 2, "DUNNO" },
		{ 0, { .login = "x@big.example" }, 1, "450" },
		{ 0, { ANN }, 1, "DUNNO" }, { 0, { ANN }, 1, "450" } } },
	{ "none: only those who are named have one",
	    "throttle out { limit none; } "
	    "user new@example.org { limits out=1/1h; }", {
		{ 0, { ANN }, 3, "DUNNO" },
		{ 0, { .login = "new@example.org" }, 1, "DUNNO" },
		{ 0, { .login = "new@example.org" }, 1, "450" } } },
	{ "who writes a sender does not get its limits",
	    "throttle in { direction inbound; per sender; limit 1/1h; } "
	    "user vip@example.org { limits in=unlimited; }", {
		{ 0, { .sender = "vip@example.org" }, 1, "DUNNO" },
		{ 0, { .sender = "vip@example.org" }, 1, "450" } } },
	{ "recipients count while they are new to the login",
	    "throttle new { unit new-recipients; limit 4/1h; }", {
		{ 0, { ANN, .rcpts = "a@one.example b@one.example "
		    "A+x@one.example" }, 1, "DUNNO" },
		{ 0, { ANN, .rcpts = "a@one.example b@one.example" }, 20,
		    "DUNNO" },
		{ 0, { ANN, .rcpts = "c@one.example d@one.example" }, 1,
		    "DUNNO" },
		{ 0, { ANN, .rcpts = "a@one.example e@one.example" }, 1,
		    "450 4.7.1 [id] try again later: outbound limit of "
		    "ann@example.org reached: 4 new recipients per hour, "
		    "4 used; next possible at 15:01 UTC" },
		{ 0, { ANN, .rcpts = "b@one.example" }, 1, "DUNNO" },
		{ 0, { JOE, .rcpts = "a@one.example" }, 1, "DUNNO" },
		{ HOUR + SLICE, { ANN, .rcpts = "e@one.example" }, 1,
		    "DUNNO" } } },
	{ "new ones count however many there are",
	    "throttle new { unit new-recipients; limit 999/1h; }", {
		{ 0, { ANN, .rcpt_count = 1000 }, 1, "521" },
		{ 0, { ANN, .rcpt_count = 999 }, 2, "DUNNO" } } },
	{ "who is known to Postfix alone is taken for new",
	    "throttle new { unit new-recipients; limit 7/1h; }", {
		{ 0, { ANN, .rcpt_count = 8, .is_blind = true }, 1, "521" },
		{ 0, { ANN, .rcpt_count = 7, .is_blind = true }, 1, "DUNNO" },
		{ 0, { ANN }, 1, "450" } } },
	{ "nobody new beyond the limit comes by a message that is refused",
	    "throttle new { unit new-recipients; limit 2/1h; } "
	    "throttle all { per global; limit 4/1h; }", {
		{ 0, { ANN, .rcpt_count = 3 }, 1, "521" },
		{ 0, { ANN, .rcpt_count = 2 }, 2, "DUNNO" },
		{ 0, { ANN, .rcpt_count = 3 }, 1, "450" } } },
	{ "refusals count, but those of limits do not",
	    "access bad { recipient bad@example.com; action deny; } "
	    "throttle guess { unit refused; limit 2/1h; action reject; } "
	    "throttle out { limit 1/1h; }", {
		{ 0, { ANN }, 1, "DUNNO" },
		{ 1, { ANN }, 5, "450" },
		{ HOUR + SLICE, { ANN, .rcpts = "bad@example.com" }, 2,
		    "550 5.7.1 [id] refused: not accepted by local policy" },
		{ HOUR + SLICE, { ANN }, 3, "550 5.7.1 [id] refused: outbound "
		    "limit of ann@example.org reached: 2 refusals per hour, "
		    "2 used; next possible at 16:02 UTC" },
		{ HOUR + SLICE, { JOE }, 1, "DUNNO" },
		{ 2 * HOUR + 2 * SLICE, { ANN }, 1, "DUNNO" } } },
	{ "no login, no limit of a user",
	    "throttle out { direction any; limit 0/1h; } "
	    "throttle pool { direction any; per domain; limit 0/1h; }", {
		{ 0, { .sender = "ann@example.org" }, 3, "DUNNO" } } },
};

static void
run_step(struct throttle_bench *bench, const struct step *step,
    const char *sentence)
{
	size_t len = strlen(step->expected);
	bool is_whole = strchr(step->expected, ' ') != NULL;

	throttle_bench_at(step->at_s);
	for (size_t i = 0; i < step->times; i++) {
		const char *got = throttle_bench_send(bench, &step->mail);

		if (is_whole ? strcmp(got, step->expected) != 0
		    : strncmp(got, step->expected, len) != 0)
			fail_msg("%s\n  at %d s, number %zu: %s\n  expected "
			    "%s", sentence, (int)step->at_s, i + 1, got,
			    step->expected);
	}
}

/* Each story is a test, in the order of the table, on each kind of store. */
static size_t story_at;

static void
tell_story(void **state)
{
	const struct store_lab *lab = *state;
	size_t i = story_at++ % ARRAY_LEN(stories);
	struct throttle_bench bench;

	throttle_bench_begin(&bench, arena_printf(lab->arena, "%s%s", PEOPLE,
	    stories[i].conf), lab->store);
	for (size_t s = 0; s < ARRAY_LEN(stories[i].steps) &&
	    stories[i].steps[s].times != 0; s++)
		run_step(&bench, &stories[i].steps[s], stories[i].sentence);
	throttle_bench_end(&bench);
}

int
main(void)
{
	struct store_test tests[ARRAY_LEN(stories)];

	for (size_t i = 0; i < ARRAY_LEN(stories); i++)
		tests[i] = (struct store_test){ stories[i].sentence,
		    tell_story, false };
	return stores_run(tests, ARRAY_LEN(tests));
}
